/** Charges agreed with the loan: what each comes to and which row it falls on. */
import { type Day, toNumber } from '#domain/day.ts'
import type { DayNumber } from '#domain/loans/due-days.ts'
import type { Charge, LoanTerms } from '#domain/loans/terms.ts'
import { max, min } from '#domain/money.ts'
import { percentOf } from '#domain/rate.ts'

/** What percentages are taken of. */
export interface Base {
  readonly principal: bigint
  readonly interest: bigint
  /** The disbursement (or all of them) the charge belongs to. */
  readonly disbursed: bigint
}

export interface Charged {
  readonly fee: bigint
  readonly penalty: bigint
}

const UNCHARGED: Charged = { fee: 0n, penalty: 0n }

/** What a charge comes to: its amount, or its percentage rounded to the minor unit and kept within its bounds. */
export function chargeAmount(charge: Charge, base: Base, terms: LoanTerms): bigint {
  if (charge.basis === 'flat') return charge.amount
  const part = percentOf(baseOf(charge, base), charge.percent, terms.rounding)
  const atLeast = charge.least === null ? part : max(part, charge.least)
  return charge.most === null ? atLeast : min(atLeast, charge.most)
}

function baseOf(charge: Charge, base: Base): bigint {
  if (charge.basis === 'principal') return base.principal
  if (charge.basis === 'interest') return base.interest
  if (charge.basis === 'disbursed') return base.disbursed
  return base.principal + base.interest
}

/** Taken out of a disbursement: charges at disbursement on the first, those for each tranche on every one. */
export function disbursementFee(terms: LoanTerms, nth: number, base: Base): bigint {
  let fee = 0n
  for (const c of terms.charges) {
    if (c.time === 'tranche' || (c.time === 'disbursement' && nth === 0)) fee += chargeAmount(c, base, terms)
  }
  return fee
}

/** The days of an instalment's period, the first not counted: (after, upTo]. */
interface Span {
  readonly after: DayNumber
  readonly upTo: DayNumber
}

/**
 * What every instalment carries, and what it carries for being overdue: each percentage of that instalment's own principal
 * and interest.
 */
export function instalmentCharges(terms: LoanTerms, base: Base, span: Span): Charged {
  return total(terms, base, (c) => c.time === 'instalment' || (c.time === 'overdue' && isOverdue(c, span)))
}

function isOverdue({ asOf, dueDay }: Charge, span: Span): boolean {
  const isPast = !asOf || span.upTo < toNumber(asOf)
  return isPast && (dueDay === null || isWithin(dueDay, span))
}

function isWithin(day: Day, { after, upTo }: Span): boolean {
  const number = toNumber(day)
  return number > after && number <= upTo
}

/** The charges with a day of their own in (after, upTo]; percentages of the whole loan. */
export function dueDayCharges(terms: LoanTerms, base: Base, span: Span): Charged {
  return total(terms, base, (c) => c.time === 'dueDay' && c.dueDay !== null && isWithin(c.dueDay, span))
}

/** The day of the last charge after maturity; null when there is none. */
export function lastChargeAfter(terms: LoanTerms, maturity: DayNumber): DayNumber | null {
  let last: DayNumber | null = null
  for (const c of terms.charges) {
    const day = c.time === 'dueDay' && c.dueDay !== null ? toNumber(c.dueDay) : maturity
    if (day > (last ?? maturity)) last = day
  }
  return last
}

function total(terms: LoanTerms, base: Base, chosen: (c: Charge) => boolean): Charged {
  if (terms.charges.length === 0) return UNCHARGED
  let charged = UNCHARGED
  for (const c of terms.charges) {
    if (!chosen(c)) continue
    const amount = chargeAmount(c, base, terms)
    charged = c.penalty ? { ...charged, penalty: charged.penalty + amount } : { ...charged, fee: charged.fee + amount }
  }
  return charged
}
