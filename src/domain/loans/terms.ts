/** What a lender and a customer agree on: everything from which a schedule follows. Amounts are minor units. */
import type { Day } from '#domain/day.ts'
import type { Rounding } from '#domain/money.ts'
import type { Rate } from '#domain/rate.ts'

/**
 * Two ways to reckon the same agreement. `progressive` keeps exact interest by interest period, prices the instalment
 * from the real length of every period and levels it; `cumulative` prices it from one period rate.
 */
type Engine = 'progressive' | 'cumulative'

/** Interest on the balance still owed (declining) or always on the amount lent (flat). */
type InterestMethod = 'declining' | 'flat'

/** `bullet`: interest at every due day, the whole principal with the last instalment. */
type Amortization = 'equalInstalments' | 'equalPrincipal' | 'bullet'

/** What the rate is a percentage for: a year, one instalment period, or the whole term. */
type RateBasis = 'annual' | 'perPeriod' | 'wholeTerm'

/** `twiceMonthly` falls due on the two days of the month named by `twiceMonthlyDays`. */
export type Frequency = 'days' | 'weeks' | 'months' | 'twiceMonthly'

interface DayCount {
  /** 30: every month counts as thirty days; actual: calendar days. */
  readonly month: '30' | 'actual'
  readonly year: '360' | '364' | '365' | 'actual'
  /** Which periods have a year of 366 days, when the year is actual: those of a leap year, or only the one holding 29 February. */
  readonly leap: 'leapYear' | 'feb29Period'
}

/** Counts of first instalments that are spared. */
interface Grace {
  /** Instalments that carry interest only. */
  readonly principal: number
  /** Instalments whose interest is charged later, with the first instalment after them. */
  readonly interestPayment: number
  /** Instalments whose periods bear no interest at all. */
  readonly interestFree: number
}

export interface Disbursement {
  readonly day: Day
  readonly amount: bigint
}

/**
 * When a charge is taken: with the first disbursement, with every disbursement, on its own day, with every instalment, or
 * with every instalment that is overdue.
 */
export type ChargeTime = 'disbursement' | 'tranche' | 'dueDay' | 'instalment' | 'overdue'

/** What a charge is: an amount of money, or a percentage of principal, of interest, of both, or of what is disbursed. */
export type ChargeBasis = 'flat' | 'principal' | 'interest' | 'principalAndInterest' | 'disbursed'

export interface Charge {
  readonly name: string
  readonly time: ChargeTime
  readonly basis: ChargeBasis
  /** Of a flat charge; otherwise 0. */
  readonly amount: bigint
  /** Of a percentage; otherwise 0. */
  readonly percent: Rate
  readonly penalty: boolean
  /** Of a charge with a day of its own. Of an overdue charge: only the instalment whose period holds the day bears it. */
  readonly dueDay: Day | null
  /** Of an overdue charge: nothing having been paid, instalments due before this day bear it. */
  readonly asOf?: Day | null
  /** Bounds of what a percentage comes to, each time it is taken. */
  readonly least: bigint | null
  readonly most: bigint | null
}

/** A term that ends on a day of its own, whatever the number of instalments says. */
export interface FixedLength {
  readonly count: number
  readonly unit: 'days' | 'weeks' | 'months'
}

/** Nothing was paid until `asOf`: overdue principal keeps bearing interest until that day, or until its period ends. */
export interface OverdueRecalculation {
  readonly asOf: Day
  readonly rest: 'daily' | 'perInstalment'
}

export interface LoanTerms {
  readonly engine: Engine
  /** Decimals of the currency. */
  readonly decimals: number
  /** All disbursements together, down payments included. */
  readonly principal: bigint
  /** In order of day; at least one. */
  readonly disbursements: readonly Disbursement[]
  /** The day from which due days and interest periods are counted. */
  readonly startDay: Day
  /** Number of instalments, down payments not counted. */
  readonly instalments: number
  /** A due day every so many days, weeks or months. */
  readonly every: number
  readonly frequency: Frequency
  /** Two days of the month, ascending; 31 stands for the last day. Only for `twiceMonthly`. */
  readonly twiceMonthlyDays: readonly [number, number]
  /** The first due day where it is not one period after the start; the others follow it. */
  readonly firstDueDay: Day | null
  /** The day of the month that the due days keep, where the first falls on the last day of a shorter month: 31 for 28 Feb, 31 Mar. */
  readonly dueDayOfMonth: number | null
  readonly fixedLength: FixedLength | null
  readonly interestMethod: InterestMethod
  readonly amortization: Amortization
  /** Principal that stays until the last instalment. */
  readonly balloon: bigint
  /** Amounts of the instalments as the contract prints them, one each; they win over the rate. */
  readonly contractualInstalments: readonly bigint[] | null
  readonly rate: Rate
  readonly rateBasis: RateBasis
  readonly dayCount: DayCount
  /** Interest by days, or the same for every instalment period. */
  readonly interestPeriod: 'daily' | 'perInstalment'
  /** With interest per instalment: a part of a period (a tranche within it) bears its part, not the whole. */
  readonly partialPeriodInterest: boolean
  /** The day of disbursement already bears interest (and the day of repayment does not). */
  readonly interestOnDisbursementDay: boolean
  readonly grace: Grace
  readonly rounding: Rounding
  /** Instalments are whole multiples of this amount; null for the minor unit. */
  readonly multiple: bigint | null
  /** How an instalment becomes a multiple. */
  readonly multipleRounding: Rounding
  /** Part of each disbursement due back on its day. */
  readonly downPayment: Rate | null
  readonly charges: readonly Charge[]
  readonly overdue: OverdueRecalculation | null
}
