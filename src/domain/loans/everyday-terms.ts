/** Terms of the products most lenders sell, from the few numbers their staff know. Everything else takes its usual value. */
import type { Day } from '#domain/day.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { divide } from '#domain/money.ts'
import { type Rate, ZERO_RATE } from '#domain/rate.ts'

/** The usual value of everything that is not about one loan: monthly, 30/360, declining, equal instalments, no extras. */
export const USUAL = {
  engine: 'progressive',
  decimals: 2,
  every: 1,
  frequency: 'months',
  twiceMonthlyDays: [15, 31],
  firstDueDay: null,
  dueDayOfMonth: null,
  fixedLength: null,
  interestMethod: 'declining',
  amortization: 'equalInstalments',
  balloon: 0n,
  contractualInstalments: null,
  rate: ZERO_RATE,
  rateBasis: 'annual',
  dayCount: { month: '30', year: '360', leap: 'leapYear' },
  interestPeriod: 'daily',
  partialPeriodInterest: true,
  interestOnDisbursementDay: false,
  grace: { principal: 0, interestPayment: 0, interestFree: 0 },
  rounding: 'HALF_EVEN',
  multiple: null,
  multipleRounding: 'HALF_EVEN',
  downPayment: null,
  charges: [],
  overdue: null,
} as const satisfies Partial<LoanTerms>

/** How often staff say that a customer pays. */
export type EverydayFrequency = 'monthly' | 'weekly' | 'daily'

const UNITS = { monthly: 'months', weekly: 'weeks', daily: 'days' } as const

/** Instalments of a term given in months: as many, months × 52/12 to the nearest, or thirty for each month. */
export function instalmentsOfMonths(months: number, frequency: EverydayFrequency): number {
  if (frequency === 'monthly') return months
  if (frequency === 'daily') return months * 30
  return Number(divide(BigInt(months) * 52n, 12n))
}

export interface EverydayLoan {
  readonly principal: bigint
  readonly rate: Rate
  readonly months: number
  readonly frequency: EverydayFrequency
  readonly disbursedOn: Day
  /** Of the currency; two where left out. */
  readonly decimals?: number
}

/**
 * Flat interest for the whole term: amount × rate, whatever the number of months. Equal instalments of the total, the
 * last takes the rounding: 12,000.00 at 10 % over six months is 6 × 2,200.00, or 25 × 507.69 and 507.75 by the week.
 */
export function flatTerms(loan: EverydayLoan): LoanTerms {
  return { ...everyday(loan), interestMethod: 'flat', rateBasis: 'wholeTerm' }
}

/** Interest of a yearly rate on the balance still owed, in equal instalments. */
export function decliningTerms(loan: EverydayLoan): LoanTerms {
  return everyday(loan)
}

function everyday({ principal, rate, months, frequency, disbursedOn, decimals = 2 }: EverydayLoan): LoanTerms {
  return {
    ...USUAL,
    decimals,
    principal,
    disbursements: [{ day: disbursedOn, amount: principal }],
    startDay: disbursedOn,
    instalments: instalmentsOfMonths(months, frequency),
    frequency: UNITS[frequency],
    rate,
  }
}
