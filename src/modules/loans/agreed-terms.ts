/** From what a loan was agreed on to its schedule, its allocation order and its place in the books. */
import { addDays, type Day } from '#domain/day.ts'
import type { AllocationRule } from '#domain/loans/allocation.ts'
import { firstDue } from '#domain/loans/due-days.ts'
import type { LoanBooks } from '#domain/loans/entries.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import type { Instalment } from '#domain/loans/instalment.ts'
import { instalmentsOf, type Schedule, schedule } from '#domain/loans/schedule.ts'
import type { Charge, Frequency, LoanTerms } from '#domain/loans/terms.ts'
import { faultIn } from '#domain/loans/terms-check.ts'
import { decimalsOf, sum } from '#domain/money.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import { refuse } from '#domain/refusal.ts'
import {
  allocationRuleFor,
  instalmentCountOf,
  type LoanPaymentType,
  type ProductTerms,
} from '#modules/loan-products/loan-products.ts'

/** A product's terms as agreed on for one loan: rate and length may differ from the product's. */
export type AgreedTerms = ProductTerms

export interface Lent {
  readonly principal: bigint
  readonly currency: string
  /** The day from which due days are counted: the disbursement. */
  readonly startDay: Day
}

/** What the customer will owe and when: one function for the quote and for the schedule that disbursement creates. */
export const scheduleFor = (terms: AgreedTerms, lent: Lent): Instalment[] => instalmentsOf(fullScheduleFor(terms, lent))

/** The schedule with its disbursement rows, which say what fees are kept back. Refuses invalid_input for terms that make none. */
export function fullScheduleFor(terms: AgreedTerms, lent: Lent): Schedule {
  const full = loanTermsOf(terms, lent)
  const fault = faultIn(full)
  if (fault) refuse('invalid_input', { fields: { [`terms.${fault.field}`]: fault.advice } })
  const planned = schedule(full)
  if (feeAtSource(planned) >= lent.principal) {
    refuse('invalid_input', { fields: { 'terms.charges': 'Let the fees at disbursement be less than the loan.' } })
  }
  return planned
}

/** Fees taken out of what is paid out. */
export const feeAtSource = (planned: Schedule): bigint =>
  sum(planned.rows.map((row) => (row.kind === 'disbursement' ? row.fee : 0n)))

const UNITS: Readonly<Record<AgreedTerms['frequency'], Frequency>> = {
  daily: 'days',
  weekly: 'weeks',
  monthly: 'months',
  twiceMonthly: 'twiceMonthly',
}

/** Everything the engine wants to know, the product's silence filled with what is usual. */
export function loanTermsOf(terms: AgreedTerms, { principal, currency, startDay }: Lent): LoanTerms {
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
function pickUsual(terms: AgreedTerms) {
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

function chargeOf(charge: NonNullable<AgreedTerms['charges']>[number], startDay: Day): Charge {
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

/** The order in which the product says a payment pays penalties, fees, interest and principal. */
export const allocationRuleOf = (terms: AgreedTerms, type: LoanPaymentType = 'repayment'): AllocationRule =>
  allocationRuleFor(terms.allocation, type)

/**
 * Whether dues stay as scheduled and money goes to the oldest instalment: then the open instalments say all that a
 * payment needs. Otherwise a payment goes through the whole history of the loan.
 */
export const isPlain = (terms: AgreedTerms): boolean =>
  terms.recalculation === undefined && !('order' in terms.allocation)

export interface BookedLoan {
  readonly id: number
  readonly customerId: number
  readonly terms: AgreedTerms
  readonly status?: string
  readonly chargedOffOn?: Day | null
}

/** A loan charged off or written off has left the books: what still comes in is a recovery. */
export const booksOf = (loan: BookedLoan): LoanBooks => ({
  loanId: loan.id,
  customerId: loan.customerId,
  accounting: loan.terms.accounting,
  chargedOff: (loan.chargedOffOn ?? null) !== null || loan.status === 'written_off',
})
