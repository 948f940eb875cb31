/** What we write to people about their account, in their organisation's language. */
import { type Language, languageOf } from '#domain/language.ts'

interface Texts {
  readonly resetSubject: string
  readonly reset: (token: string, minutes: number) => string
  readonly invitedSubject: (lender: string) => string
  readonly invited: (lender: string, token: string) => string
  readonly codeSubject: string
  readonly code: (code: string, minutes: number) => string
  readonly changedSubject: string
  readonly changed: string
  readonly welcome: (lender: string, login: string, password: string) => string
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    resetSubject: 'Reset your password',
    reset: (token, minutes) =>
      `Use this code to choose a new password within ${minutes} minutes: ${token}. If you did not ask for it, ignore this message.`,
    invitedSubject: (lender) => `Your invitation to ${lender}`,
    invited: (lender, token) =>
      `${lender} has invited you. Choose your password within three days with this code: ${token}. It works once; tell it to nobody.`,
    codeSubject: 'Your verification code',
    code: (code, minutes) =>
      `Your verification code is ${code}. It is valid for ${minutes} minutes. Tell it to nobody.`,
    changedSubject: 'Your contact details were changed',
    changed: 'The contact details of your account were changed. If it was not you, tell us at once.',
    welcome: (lender, login, password) =>
      `${lender}: you can sign in as ${login} with ${password}. Choose your own password then, and tell it to nobody.`,
  },
  sw: {
    resetSubject: 'Badilisha nenosiri lako',
    reset: (token, minutes) =>
      `Tumia msimbo huu kuchagua nenosiri jipya ndani ya dakika ${minutes}: ${token}. Kama hukuomba, puuza ujumbe huu.`,
    invitedSubject: (lender) => `Mwaliko wako wa ${lender}`,
    invited: (lender, token) =>
      `${lender} imekualika. Chagua nenosiri lako ndani ya siku tatu kwa msimbo huu: ${token}. Unatumika mara moja; usimwambie mtu yeyote.`,
    codeSubject: 'Msimbo wako wa uthibitisho',
    code: (code, minutes) =>
      `Msimbo wako wa uthibitisho ni ${code}. Unatumika kwa dakika ${minutes}. Usimwambie mtu yeyote.`,
    changedSubject: 'Mawasiliano yako yamebadilishwa',
    changed: 'Mawasiliano ya akaunti yako yamebadilishwa. Kama si wewe, tujulishe mara moja.',
    welcome: (lender, login, password) =>
      `${lender}: unaweza kuingia kama ${login} kwa ${password}. Kisha chagua nenosiri lako, na usimwambie mtu yeyote.`,
  },
  es: {
    resetSubject: 'Restablezca su contraseña',
    reset: (token, minutes) =>
      `Use este código para elegir una contraseña nueva en los próximos ${minutes} minutos: ${token}. Si no lo pidió, ignore este mensaje.`,
    invitedSubject: (lender) => `Su invitación a ${lender}`,
    invited: (lender, token) =>
      `${lender} le ha invitado. Elija su contraseña en los próximos tres días con este código: ${token}. Sirve una sola vez; no lo comparta con nadie.`,
    codeSubject: 'Su código de verificación',
    code: (code, minutes) =>
      `Su código de verificación es ${code}. Vale por ${minutes} minutos. No lo comparta con nadie.`,
    changedSubject: 'Sus datos de contacto han cambiado',
    changed: 'Los datos de contacto de su cuenta han cambiado. Si no fue usted, avísenos de inmediato.',
    welcome: (lender, login, password) =>
      `${lender}: puede entrar como ${login} con ${password}. Elija después su propia contraseña y no la comparta con nadie.`,
  },
}

export const textsFor = (locale: string): Texts => TEXTS[languageOf(locale)]
