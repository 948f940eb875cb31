/** What we write to customers about their contact details, in their organisation's language. */
import { type Language, languageOf } from '#domain/language.ts'

interface Texts {
  readonly subject: string
  /** To the old phone or mailbox; without a code where none is good for it. */
  readonly asked: (lender: string, to: string, code: string | null) => string
  /** To the new one. */
  readonly wanted: (lender: string) => string
  /** To both, when it is done. */
  readonly done: (lender: string, to: string) => string
  readonly none: string
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    subject: 'Your contact details',
    asked: (lender, to, code) =>
      `${lender}: your contact is to be changed to ${to}. ` +
      `${code === null ? '' : `If you want that, tell our staff the code ${code} within a day. `}If not, tell us at once.`,
    wanted: (lender) =>
      `${lender}: this is to become the contact of one of our customers. It counts once the change is confirmed.`,
    done: (lender, to) =>
      `${lender}: your contact was changed to ${to}. No login is given by it for 24 hours. If it was not you, tell us at once.`,
    none: 'none',
  },
  sw: {
    subject: 'Mawasiliano yako',
    asked: (lender, to, code) =>
      `${lender}: mawasiliano yako yatabadilishwa kuwa ${to}. ` +
      `${code === null ? '' : `Ukikubali, wape wafanyakazi wetu msimbo ${code} ndani ya siku moja. `}Kama si wewe, tujulishe mara moja.`,
    wanted: (lender) => `${lender}: hii itakuwa mawasiliano ya mteja wetu. Itatumika mabadiliko yakithibitishwa.`,
    done: (lender, to) =>
      `${lender}: mawasiliano yako yamebadilishwa kuwa ${to}. Kwa saa 24 hayatumiki kuingia. Kama si wewe, tujulishe mara moja.`,
    none: 'hakuna',
  },
  es: {
    subject: 'Sus datos de contacto',
    asked: (lender, to, code) =>
      `${lender}: su contacto va a cambiar a ${to}. ` +
      `${code === null ? '' : `Si está de acuerdo, dé a nuestro personal el código ${code} en un día. `}Si no fue usted, avísenos de inmediato.`,
    wanted: (lender) => `${lender}: este será el contacto de un cliente nuestro. Valdrá cuando se confirme el cambio.`,
    done: (lender, to) =>
      `${lender}: su contacto cambió a ${to}. Durante 24 horas no da acceso. Si no fue usted, avísenos de inmediato.`,
    none: 'ninguno',
  },
}

export const textsFor = (locale: string): Texts => TEXTS[languageOf(locale)]
