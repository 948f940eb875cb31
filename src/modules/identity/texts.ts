/** What we write to people about their account, in their organisation's language. */
import { type Language, languageOf } from '#domain/language.ts'

interface Texts {
  readonly resetSubject: string
  readonly reset: (token: string, minutes: number) => string
  readonly codeSubject: string
  readonly code: (code: string, minutes: number) => string
  readonly changedSubject: string
  readonly changed: string
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    resetSubject: 'Reset your password',
    reset: (token, minutes) =>
      `Use this code to choose a new password within ${minutes} minutes: ${token}. If you did not ask for it, ignore this message.`,
    codeSubject: 'Your verification code',
    code: (code, minutes) =>
      `Your verification code is ${code}. It is valid for ${minutes} minutes. Tell it to nobody.`,
    changedSubject: 'Your contact details were changed',
    changed: 'The contact details of your account were changed. If it was not you, tell us at once.',
  },
  sw: {
    resetSubject: 'Badilisha nenosiri lako',
    reset: (token, minutes) =>
      `Tumia msimbo huu kuchagua nenosiri jipya ndani ya dakika ${minutes}: ${token}. Kama hukuomba, puuza ujumbe huu.`,
    codeSubject: 'Msimbo wako wa uthibitisho',
    code: (code, minutes) =>
      `Msimbo wako wa uthibitisho ni ${code}. Unatumika kwa dakika ${minutes}. Usimwambie mtu yeyote.`,
    changedSubject: 'Mawasiliano yako yamebadilishwa',
    changed: 'Mawasiliano ya akaunti yako yamebadilishwa. Kama si wewe, tujulishe mara moja.',
  },
  es: {
    resetSubject: 'Restablezca su contraseña',
    reset: (token, minutes) =>
      `Use este código para elegir una contraseña nueva en los próximos ${minutes} minutos: ${token}. Si no lo pidió, ignore este mensaje.`,
    codeSubject: 'Su código de verificación',
    code: (code, minutes) =>
      `Su código de verificación es ${code}. Vale por ${minutes} minutos. No lo comparta con nadie.`,
    changedSubject: 'Sus datos de contacto han cambiado',
    changed: 'Los datos de contacto de su cuenta han cambiado. Si no fue usted, avísenos de inmediato.',
  },
}

export const textsFor = (locale: string): Texts => TEXTS[languageOf(locale)]
