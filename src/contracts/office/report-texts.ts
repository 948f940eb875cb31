/** How files of reports speak: headings, days and moments in the language of the organisation. */
import { moneyText } from '#contracts/office/present.ts'
import type { Day } from '#domain/day.ts'
import { type Language, languageOf } from '#domain/language.ts'
import type { Organisation } from '#platform/context.ts'

type File = 'overdue' | 'collections' | 'loans' | 'payments'

const ENGLISH: Readonly<Record<File, readonly string[]>> = {
  overdue: [
    ...['Contract', 'Customer', 'Phone number', 'Branch', 'Device', 'IMEI', 'Overdue instalments', 'Overdue amount'],
    ...['Overdue since', 'Days overdue', 'Lock'],
  ],
  collections: ['Part', 'Figure', 'Count', 'Amount'],
  loans: [
    ...['ID', 'Account', 'Contract', 'Branch', 'Customer ID', 'Customer', 'Phone', 'Product', 'Officer', 'Status'],
    ...['Currency', 'Principal', 'Due', 'Paid', 'Outstanding', 'Overdue', 'Days past due', 'Disbursed', 'Completed'],
  ],
  payments: [
    ...['ID', 'Provider', 'Reference', 'Payer phone', 'Customer ID', 'Customer', 'Contract', 'Currency', 'Amount'],
    ...['Overpayment', 'Value day', 'Received', 'Status', 'Reason', 'Decided by', 'Decided at'],
  ],
}

const SPANISH: Readonly<Record<File, readonly string[]>> = {
  overdue: [
    ...['Contrato', 'Cliente', 'Teléfono', 'Sucursal', 'Equipo', 'IMEI', 'Cuotas en mora', 'Monto en mora'],
    ...['En mora desde', 'Días en mora', 'Bloqueo'],
  ],
  collections: ['Sección', 'Concepto', 'Cantidad', 'Monto'],
  loans: [
    ...['ID', 'Cuenta', 'Contrato', 'Sucursal', 'ID Cliente', 'Cliente', 'Teléfono', 'Producto', 'Vendedor', 'Estado'],
    ...['Moneda', 'Capital', 'Total', 'Pagado', 'Saldo', 'Vencido', 'Días de Atraso', 'Desembolso', 'Finalizado'],
  ],
  payments: [
    ...['ID', 'Método', 'Referencia', 'Teléfono', 'ID Cliente', 'Cliente', 'Contrato', 'Moneda', 'Monto', 'Excedente'],
    ...['Fecha de Pago', 'Recibido', 'Estado', 'Motivo', 'Decidido Por', 'Decidido En'],
  ],
}

/** The heading of a file. */
export const headings = (file: File, { locale }: Organisation): readonly string[] =>
  (languageOf(locale) === 'es' ? SPANISH : ENGLISH)[file]

/** What a lock is called; where there is no word, as the API has it. */
export const STATUS_TEXTS: Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>> = {
  es: { unlocked: 'Desbloqueado', pending: 'Bloqueo pendiente', locked: 'Bloqueado' },
}

export const amountText = (minor: bigint, { currency }: Organisation): string => moneyText(minor, currency)

/** 31/01/2026 in Spanish, 2026-01-31 elsewhere. */
export function dayText(day: Day | null, { locale }: Organisation): string | null {
  return day !== null && languageOf(locale) === 'es' ? day.split('-').reverse().join('/') : day
}

/** The day and the minute that it was where the organisation is. */
export function momentText(moment: Date | null, org: Organisation): string | null {
  if (moment === null) return null
  const [day, time] = formatterFor(org.timeZone).format(moment).split(' ') as [Day, string]
  return `${dayText(day, org)} ${time}`
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Kept, since making one takes longer than a row of a file. */
function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const kept = formatters.get(timeZone)
  if (kept) return kept
  // Sweden writes 2026-01-31 09:05.
  const made = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' })
  formatters.set(timeZone, made)
  return made
}
