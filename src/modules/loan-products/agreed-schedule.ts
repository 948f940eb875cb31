/** From the terms of a product to those of the engine, and to the schedule of a loan made of it. */
import { addDays, type Day } from '#domain/day.ts'
import { firstDue } from '#domain/loans/due-days.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import type { Schedule } from '#domain/loans/schedule.ts'
import { soundSchedule } from '#domain/loans/sound-schedule.ts'
import type { Charge, Frequency, LoanTerms } from '#domain/loans/terms.ts'
import type { TermsFault } from '#domain/loans/terms-check.ts'
import { decimalsOf, sum } from '#domain/money.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'
import { instalmentCountOf, type ProductTerms } from '#modules/loan-products/terms.ts'

export interface Lent {
  readonly principal: bigint
  readonly currency: string
  /** The day from which due days are counted: the disbursement. */
  readonly startDay: Day
}

/** The schedule with its disbursement rows, which say what fees are kept back. Refuses invalid_input for terms that make none. */
export function fullScheduleFor(terms: ProductTerms, lent: Lent): Schedule {
  const { schedule, fault } = soundSchedule(loanTermsOf(terms, lent))
  return schedule ?? refuse('invalid_input', { fields: { [`terms.${fieldOf(fault, terms)}`]: fault.advice } })
}

/** What is wrong with the terms for a loan, by the product's name of the field; null when a schedule follows. */
export function faultFor(terms: ProductTerms, lent: Lent): { readonly field: string; readonly advice: string } | null {
  const { fault } = soundSchedule(loanTermsOf(terms, lent))
  return fault && { field: fieldOf(fault, terms), advice: fault.advice }
}

/** Fees taken out of what is paid out. */
export const feeAtSource = (planned: Schedule): bigint =>
  sum(planned.rows.map((row) => (row.kind === 'disbursement' ? row.fee : 0n)))

const UNITS: Readonly<Record<ProductTerms['frequency'], Frequency>> = {
  daily: 'days',
  weekly: 'weeks',
  monthly: 'months',
  twiceMonthly: 'twiceMonthly',
}

/** Everything the engine wants to know, the product's silence filled with what is usual. */
export function loanTermsOf(terms: ProductTerms, { principal, currency, startDay }: Lent): LoanTerms {
  return {
    ...USUAL,
    ...pickUsual(terms),
    decimals: decimalsOf(currency),
    principal,
    disbursements: [{ day: startDay, amount: principal }],
    startDay,
    instalments: instalmentCountOf(terms),
    frequency: UNITS[terms.frequency],
    ...firstDue(terms.firstDue, startDay),
    fixedLength: terms.fixedLength ?? null,
    balloon: BigInt(terms.balloon ?? 0),
    contractualInstalments: terms.contractualInstalments?.map(BigInt) ?? null,
    rate: percent(terms.ratePercent),
    multiple: terms.multiple === undefined ? null : BigInt(terms.multiple),
    downPayment: terms.downPaymentPercent === undefined ? null : percent(terms.downPaymentPercent),
    charges: (terms.charges ?? []).map((charge) => chargeOf(charge, startDay)),
  }
}

/** The terms that have the same form here and there. */
function pickUsual(terms: ProductTerms) {
  const rounding = terms.rounding ?? USUAL.rounding
  return {
    interestMethod: terms.interestMethod,
    amortization: terms.amortization,
    rateBasis: terms.rateBasis,
    engine: terms.engine ?? USUAL.engine,
    every: terms.every ?? USUAL.every,
    twiceMonthlyDays: terms.twiceMonthlyDays ?? USUAL.twiceMonthlyDays,
    dayCount: terms.dayCount ?? USUAL.dayCount,
    interestPeriod: terms.interestPeriod ?? USUAL.interestPeriod,
    partialPeriodInterest: terms.partialPeriodInterest ?? USUAL.partialPeriodInterest,
    interestOnDisbursementDay: terms.interestOnDisbursementDay ?? USUAL.interestOnDisbursementDay,
    grace: terms.grace ?? USUAL.grace,
    rounding,
    multipleRounding: terms.multipleRounding ?? rounding,
  }
}

function chargeOf(charge: NonNullable<ProductTerms['charges']>[number], startDay: Day): Charge {
  return {
    name: charge.name,
    time: charge.time === 'afterDays' ? 'dueDay' : charge.time,
    basis: charge.basis,
    amount: BigInt(charge.basis === 'flat' ? (charge.amount ?? 0) : 0),
    percent: charge.basis === 'flat' ? ZERO_RATE : percent(charge.percent ?? '0'),
    penalty: charge.penalty,
    dueDay: charge.time === 'afterDays' ? addDays(startDay, charge.days ?? 0) : null,
    least: charge.least === undefined ? null : BigInt(charge.least),
    most: charge.most === undefined ? null : BigInt(charge.most),
  }
}

/** The engine's fields by the names they have in a product, where those differ. */
const FIELDS: Readonly<Partial<Record<keyof LoanTerms, string>>> = {
  rate: 'ratePercent',
  downPayment: 'downPaymentPercent',
  firstDueDay: 'firstDue',
}

function fieldOf({ field }: TermsFault, terms: ProductTerms): string {
  if (field === 'instalments' && terms.instalments === undefined) return 'months'
  return FIELDS[field] ?? field
}
