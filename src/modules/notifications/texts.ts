/** What people are told when something has happened to their loans, in their organisation's language. */
import type { EventData, EventType } from '#domain/event.ts'
import { type Language, languageOf } from '#domain/language.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'

/** Who is told: the borrower, the loan's officer, or those who run the organisation. */
export type Audience = 'borrower' | 'officer' | 'admins'

/** What may be said: every blank is filled from the event. */
export interface Facts {
  readonly amount: string
  readonly loan: string
  readonly reason: string
  readonly day: string
  readonly phone: string
  /** Number of the user or customer it is about. */
  readonly person: string
  readonly address: string
  readonly payout: string
}

export interface Text {
  readonly title: string
  readonly message: (facts: Facts) => string
}

type Spoken = Readonly<Record<Language, Text>>
type Told = Readonly<Partial<Record<Audience, Spoken>>>

/** One line per audience of an event; events that are not here are told to nobody. */
const SPOKEN = {
  'loan.applied': {
    officer: {
      en: { title: 'New loan application', message: (f) => `Loan ${f.loan}: a customer has applied for ${f.amount}.` },
      sw: { title: 'Ombi jipya la mkopo', message: (f) => `Mkopo ${f.loan}: mteja ameomba ${f.amount}.` },
      es: { title: 'Nueva solicitud', message: (f) => `Préstamo ${f.loan}: un cliente ha solicitado ${f.amount}.` },
    },
  },
  'loan.approved': {
    borrower: {
      en: { title: 'Loan approved', message: (f) => `Your loan of ${f.amount} has been approved.` },
      sw: { title: 'Mkopo umeidhinishwa', message: (f) => `Mkopo wako wa ${f.amount} umeidhinishwa.` },
      es: { title: 'Préstamo aprobado', message: (f) => `Su préstamo de ${f.amount} ha sido aprobado.` },
    },
  },
  'loan.rejected': {
    borrower: {
      en: { title: 'Loan rejected', message: (f) => `Your loan of ${f.amount} was not approved${because(f)}.` },
      sw: { title: 'Mkopo umekataliwa', message: (f) => `Mkopo wako wa ${f.amount} haukuidhinishwa${because(f)}.` },
      es: { title: 'Préstamo rechazado', message: (f) => `Su préstamo de ${f.amount} no fue aprobado${because(f)}.` },
    },
  },
  'loan.disbursed': {
    borrower: {
      en: { title: 'Loan disbursed', message: (f) => `Your loan of ${f.amount} has been paid out to you.` },
      sw: { title: 'Mkopo umetolewa', message: (f) => `Mkopo wako wa ${f.amount} umetolewa kwako.` },
      es: { title: 'Préstamo desembolsado', message: (f) => `Su préstamo de ${f.amount} ha sido desembolsado.` },
    },
  },
  'loan.completed': {
    borrower: {
      en: { title: 'Loan fully repaid', message: (f) => `Loan ${f.loan} is fully repaid. Thank you!` },
      sw: { title: 'Mkopo umelipwa wote', message: (f) => `Mkopo ${f.loan} umelipwa wote. Asante!` },
      es: { title: 'Préstamo pagado', message: (f) => `El préstamo ${f.loan} está totalmente pagado. ¡Gracias!` },
    },
  },
  'repayment.posted': {
    borrower: {
      en: { title: 'Payment received', message: (f) => `We have received ${f.amount} for loan ${f.loan}. Thank you!` },
      sw: { title: 'Malipo yamepokelewa', message: (f) => `Tumepokea ${f.amount} kwa mkopo ${f.loan}. Asante!` },
      es: {
        title: 'Pago recibido',
        message: (f) => `Hemos recibido ${f.amount} para el préstamo ${f.loan}. ¡Gracias!`,
      },
    },
    officer: {
      en: { title: 'Payment received', message: (f) => `${f.amount} was paid on loan ${f.loan}.` },
      sw: { title: 'Malipo yamepokelewa', message: (f) => `${f.amount} zimelipwa kwa mkopo ${f.loan}.` },
      es: { title: 'Pago recibido', message: (f) => `Se pagaron ${f.amount} del préstamo ${f.loan}.` },
    },
  },
  'repayment.reversed': {
    borrower: {
      en: { title: 'Payment reversed', message: (f) => `A payment of ${f.amount} on loan ${f.loan} was taken back.` },
      sw: {
        title: 'Malipo yamebatilishwa',
        message: (f) => `Malipo ya ${f.amount} kwa mkopo ${f.loan} yamebatilishwa.`,
      },
      es: { title: 'Pago revertido', message: (f) => `Se revirtió un pago de ${f.amount} del préstamo ${f.loan}.` },
    },
    officer: {
      en: { title: 'Payment reversed', message: (f) => `A payment of ${f.amount} on loan ${f.loan} was taken back.` },
      sw: {
        title: 'Malipo yamebatilishwa',
        message: (f) => `Malipo ya ${f.amount} kwa mkopo ${f.loan} yamebatilishwa.`,
      },
      es: { title: 'Pago revertido', message: (f) => `Se revirtió un pago de ${f.amount} del préstamo ${f.loan}.` },
    },
  },
  'instalment.due_soon': {
    borrower: {
      en: { title: 'Payment due soon', message: (f) => `${f.amount} is due on loan ${f.loan}${on(f, 'on')}.` },
      sw: {
        title: 'Malipo yanakaribia',
        message: (f) => `${f.amount} zinatakiwa kwa mkopo ${f.loan}${on(f, 'tarehe')}.`,
      },
      es: { title: 'Próximo pago', message: (f) => `${f.amount} del préstamo ${f.loan} vencen${on(f, 'el')}.` },
    },
  },
  'instalment.overdue': {
    borrower: {
      en: { title: 'Payment overdue', message: (f) => `${f.amount} on loan ${f.loan} is overdue. Please pay now.` },
      sw: {
        title: 'Malipo yamechelewa',
        message: (f) => `${f.amount} za mkopo ${f.loan} zimechelewa. Tafadhali lipa sasa.`,
      },
      es: {
        title: 'Pago vencido',
        message: (f) => `${f.amount} del préstamo ${f.loan} están vencidos. Pague ahora, por favor.`,
      },
    },
  },
  'user.locked_out': {
    admins: {
      en: {
        title: 'Too many wrong logins',
        message: (f) =>
          `The login of user ${f.person} is closed to ${f.address} for 15 minutes: too many wrong passwords.`,
      },
      sw: {
        title: 'Majaribio mengi ya kuingia',
        message: (f) =>
          `Mtumiaji ${f.person} amefungiwa kuingia kutoka ${f.address} kwa dakika 15: nenosiri si sahihi mara nyingi.`,
      },
      es: {
        title: 'Demasiados intentos de ingreso',
        message: (f) =>
          `El ingreso del usuario ${f.person} desde ${f.address} queda cerrado por 15 minutos: demasiadas contraseñas incorrectas.`,
      },
    },
  },
  'customer.locked_out': {
    admins: {
      en: {
        title: 'Too many wrong logins',
        message: (f) =>
          `The login of customer ${f.person} is closed to ${f.address} for 15 minutes: too many failures.`,
      },
      sw: {
        title: 'Majaribio mengi ya kuingia',
        message: (f) =>
          `Mteja ${f.person} amefungiwa kuingia kutoka ${f.address} kwa dakika 15: ameshindwa mara nyingi.`,
      },
      es: {
        title: 'Demasiados intentos de ingreso',
        message: (f) =>
          `El ingreso del cliente ${f.person} desde ${f.address} queda cerrado por 15 minutos: demasiados intentos fallidos.`,
      },
    },
  },
  'address.locked_out': {
    admins: {
      en: {
        title: 'Somebody is trying out logins',
        message: (f) =>
          `Too many failed logins from ${f.address}, for several accounts: nobody logs in from there for 15 minutes.`,
      },
      sw: {
        title: 'Kuna mtu anajaribu kuingia',
        message: (f) =>
          `Majaribio mengi ya kuingia kutoka ${f.address} kwa akaunti kadhaa: hakuna anayeingia kutoka huko kwa dakika 15.`,
      },
      es: {
        title: 'Alguien está probando ingresos',
        message: (f) =>
          `Demasiados ingresos fallidos desde ${f.address}, de varias cuentas: nadie ingresa desde allí por 15 minutos.`,
      },
    },
  },
  'payment.suspended': {
    admins: {
      en: {
        title: 'Payment needs attention',
        message: (f) => `${f.amount}${f.phone && ` from ${f.phone}`} could not be applied${because(f)}.`,
      },
      sw: {
        title: 'Malipo yanahitaji uangalizi',
        message: (f) => `${f.amount}${f.phone && ` kutoka ${f.phone}`} hazikuweza kutumika${because(f)}.`,
      },
      es: {
        title: 'Pago por revisar',
        message: (f) => `${f.amount}${f.phone && ` de ${f.phone}`} no se pudieron aplicar${because(f)}.`,
      },
    },
  },
  'payout.contradicted': {
    admins: {
      en: {
        title: 'The provider contradicts itself',
        message: (f) =>
          `Payout ${f.payout} of ${f.amount} was settled, and the provider now says otherwise. Look at it.`,
      },
      sw: {
        title: 'Mtoa huduma anajipinga',
        message: (f) =>
          `Malipo ${f.payout} ya ${f.amount} yalikuwa yamekamilika, na sasa mtoa huduma anasema vingine. Yaangalie.`,
      },
      es: {
        title: 'El proveedor se contradice',
        message: (f) =>
          `El pago ${f.payout} de ${f.amount} estaba resuelto y ahora el proveedor dice otra cosa. Revíselo.`,
      },
    },
  },
  'payout.paid_after_return': {
    admins: {
      en: {
        title: 'Paid twice to a customer',
        message: (f) =>
          `Payout ${f.payout}: ${f.amount} had gone back to customer ${f.person} and was paid out as well. The customer owes it.`,
      },
      sw: {
        title: 'Mteja amelipwa mara mbili',
        message: (f) =>
          `Malipo ${f.payout}: ${f.amount} zilikuwa zimerudishwa kwa mteja ${f.person} na pia zikalipwa. Mteja anadaiwa.`,
      },
      es: {
        title: 'Cliente pagado dos veces',
        message: (f) =>
          `Pago ${f.payout}: ${f.amount} se habían devuelto al cliente ${f.person} y además se pagaron. El cliente los debe.`,
      },
    },
  },
  'books.disagreed': {
    admins: {
      en: {
        title: 'The books do not agree',
        message: (f) =>
          `The close of ${f.day} found that loans, savings or payments differ from the books${because(f)}.`,
      },
      sw: {
        title: 'Vitabu havilingani',
        message: (f) =>
          `Kufunga siku ya ${f.day} kumeonyesha kuwa mikopo, akiba au malipo yanatofautiana na vitabu${because(f)}.`,
      },
      es: {
        title: 'Los libros no concuerdan',
        message: (f) =>
          `El cierre del ${f.day} encontró que préstamos, ahorros o pagos difieren de los libros${because(f)}.`,
      },
    },
  },
} as const satisfies Partial<Record<EventType, Told>>

/** The facts that somebody is told of. */
export type Notified = keyof typeof SPOKEN
export const TEXTS: Readonly<Partial<Record<EventType, Told>>> = SPOKEN

/** What is mailed to those who run the organisation as well. */
export const MAILED: ReadonlySet<EventType> = new Set([
  ...(['user.locked_out', 'customer.locked_out', 'address.locked_out'] as const),
  ...(['payout.contradicted', 'payout.paid_after_return'] as const),
  'books.disagreed',
])

const because = (facts: Facts): string => (facts.reason ? ` (${facts.reason})` : '')
const on = (facts: Facts, word: string): string => (facts.day ? ` ${word} ${facts.day}` : '')

/** The text of an event for an audience in the language of a locale; null: it is not told to them. */
export const textOf = (type: EventType, audience: Audience, locale: string): Text | null =>
  TEXTS[type]?.[audience]?.[languageOf(locale)] ?? null

/** What texts and their readers are taken from, where a fact has it. */
export interface Blanks {
  readonly amount?: string
  readonly currency?: string
  readonly loan_id?: number | null
  readonly reason?: string | null
  readonly due_day?: string
  readonly day?: string
  readonly payer_phone?: string | null
  readonly customer_id?: number
  readonly user_id?: number
  readonly address?: string
  readonly payout_id?: number
  readonly borrower_user_id?: number | null
  readonly officer_id?: number | null
}

/** The event's own facts, amounts as people write them: `KES 2,200.00`. */
export function factsOf(data: EventData<Notified>): Facts {
  const told: Blanks = data
  const { amount, currency = '' } = told
  return {
    amount: amount === undefined ? '' : amountText(BigInt(amount), currency),
    loan: String(told.loan_id ?? ''),
    reason: (told.reason ?? '').replaceAll('_', ' '),
    day: told.due_day ?? told.day ?? '',
    phone: told.payer_phone ?? '',
    person: String(told.customer_id ?? told.user_id ?? ''),
    address: told.address || '?',
    payout: String(told.payout_id ?? ''),
  }
}

function amountText(minor: bigint, currency: string): string {
  const [whole, cents] = formatMinor(minor, decimalsOf(currency)).split('.')
  const grouped = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${currency} ${grouped}${cents ? `.${cents}` : ''}`
}
