/** What a product fixes for every loan made of it; stored as JSON with the product, copied into each loan. */
import { z } from 'zod'
import { COMPONENTS } from '#domain/loans/instalment.ts'
import { instalmentsOfMonths } from '#domain/loans/everyday-terms.ts'
import { allocationSchema, type StoredAllocation } from '#modules/loan-products/allocation-terms.ts'
import { amountText, chargeSchema, lateFeeSchema, rateText } from '#modules/loan-products/charge-terms.ts'
import { divide, type Rounding } from '#domain/money.ts'

export const FREQUENCIES = ['daily', 'weekly', 'monthly'] as const
export const ALL_FREQUENCIES = [...FREQUENCIES, 'twiceMonthly'] as const
export const LONGEST_MONTHS = 600
const MOST_INSTALMENTS = 1_200
const MOST_CHARGES = 50

const ROUNDINGS = ['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'] as const satisfies Rounding[]

const count = (least: number, most: number) => z.int().min(least).max(most)
const dayText = z.iso.date('Give a day as YYYY-MM-DD.')

/**
 * When the first instalment falls due where that is not one period after the disbursement: so many days after it, on a
 * day of its own, or on the first such day of the month or of the week that leaves at least so many days.
 */
const firstDue = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('afterDays'), days: count(0, 3_660) }),
  z.strictObject({ rule: z.literal('on'), day: dayText }),
  z.strictObject({ rule: z.literal('onDayOfMonth'), day: count(1, 31), atLeastDays: count(0, 366).default(1) }),
  z.strictObject({ rule: z.literal('onWeekday'), weekday: count(1, 7), atLeastDays: count(0, 366).default(1) }),
])

/** Everything but the length and the few terms that every loan has; what is left out takes its usual value. */
const unusual = {
  engine: z.enum(['progressive', 'cumulative']).optional(),
  every: count(1, 366).optional(),
  twiceMonthlyDays: z.tuple([count(1, 31), count(1, 31)]).optional(),
  firstDue: firstDue.optional(),
  fixedLength: z
    .strictObject({ count: count(1, MOST_INSTALMENTS * 366), unit: z.enum(['days', 'weeks', 'months']) })
    .optional(),
  balloon: amountText.optional(),
  contractualInstalments: z.array(amountText).min(1).max(MOST_INSTALMENTS).optional(),
  dayCount: z
    .strictObject({
      month: z.enum(['30', 'actual']).default('30'),
      year: z.enum(['360', '364', '365', 'actual']).default('360'),
      leap: z.enum(['leapYear', 'feb29Period']).default('leapYear'),
    })
    .optional(),
  interestPeriod: z.enum(['daily', 'perInstalment']).optional(),
  partialPeriodInterest: z.boolean().optional(),
  interestOnDisbursementDay: z.boolean().optional(),
  grace: z
    .strictObject({
      principal: count(0, MOST_INSTALMENTS).default(0),
      interestPayment: count(0, MOST_INSTALMENTS).default(0),
      interestFree: count(0, MOST_INSTALMENTS).default(0),
    })
    .optional(),
  rounding: z.enum(ROUNDINGS).optional(),
  multiple: amountText.optional(),
  multipleRounding: z.enum(ROUNDINGS).optional(),
  downPaymentPercent: rateText.optional(),
  charges: z.array(chargeSchema).max(MOST_CHARGES).optional(),
  lateFee: lateFeeSchema.optional(),
  recalculation: z
    .strictObject({
      rest: z.enum(['daily', 'perInstalment']).default('daily'),
      overdueBearsInterest: z.boolean().default(true),
    })
    .optional(),
  /** What closes a loan early: all interest agreed on, or only what has accrued. Usual: whole if flat, else accrued. */
  payoffInterest: z.enum(['whole', 'accrued']).optional(),
  /** While no more than this is overdue of a loan, it is not late: not aged, listed or told of. */
  arrearsTolerance: amountText.optional(),
}

/**
 * Flat interest is reckoned on the amount lent, declining interest on the balance still owed; the rate is for a year, an
 * instalment period or the whole term. The length is given in months (as many instalments as months, months × 52/12 weeks
 * to the nearest, thirty days a month) or as a number of instalments. Interest goes to income as it is earned (accrual)
 * or as it is paid (cash). Amounts are minor units as text.
 */
export const productTermsSchema = z
  .strictObject({
    interestMethod: z.enum(['flat', 'declining']).default('flat'),
    rateBasis: z.enum(['wholeTerm', 'annual', 'perPeriod']).optional(),
    ratePercent: rateText,
    months: count(1, LONGEST_MONTHS).optional(),
    instalments: count(1, MOST_INSTALMENTS).optional(),
    frequency: z.enum(ALL_FREQUENCIES).default('monthly'),
    amortization: z.enum(['equalInstalments', 'equalPrincipal', 'bullet']).default('equalInstalments'),
    accounting: z.enum(['accrual', 'cash']).default('accrual'),
    allocation: allocationSchema.default([...COMPONENTS] satisfies StoredAllocation),
    ...unusual,
  })
  .refine(({ months, instalments }) => months !== undefined || instalments !== undefined, {
    error: 'Give the length in months, or the number of instalments.',
    path: ['months'],
  })
  .transform(({ rateBasis, months, ...terms }) => ({
    ...terms,
    rateBasis: rateBasis ?? (terms.interestMethod === 'flat' ? ('wholeTerm' as const) : ('annual' as const)),
    months: months ?? monthsOf(terms),
  }))

export type ProductTerms = Readonly<z.output<typeof productTermsSchema>>
/** What must be given; everything else takes the default. */
export type GivenTerms = Readonly<z.input<typeof productTermsSchema>>

type AnyFrequency = (typeof ALL_FREQUENCIES)[number]

interface Length {
  readonly frequency: AnyFrequency
  readonly every?: number | undefined
  readonly instalments?: number | undefined
}

/** How many instalments of the rhythm make one, or twelve, months. */
const PERIODS: Readonly<Record<AnyFrequency, readonly [periods: bigint, months: bigint]>> = {
  daily: [30n, 1n],
  weekly: [52n, 12n],
  monthly: [1n, 1n],
  twiceMonthly: [2n, 1n],
}

/** The length of so many instalments in months, the begun one counted whole. */
function monthsOf({ frequency, every = 1, instalments = 1 }: Length): number {
  const [periods, months] = PERIODS[frequency]
  const length = Number(divide(BigInt(instalments * every) * months, periods, 'CEILING'))
  return Math.min(length, LONGEST_MONTHS)
}

/**
 * The number of instalments: as agreed on, or what the months make. Where somebody has agreed on other months than the
 * number of instalments comes to, the months win.
 */
export function instalmentCountOf(terms: ProductTerms): number {
  const { instalments, months, frequency, every = 1 } = terms
  if (instalments !== undefined && monthsOf(terms) === months) return instalments
  if (frequency === 'twiceMonthly') return Math.max(1, Number(divide(BigInt(months) * 2n, BigInt(every), 'HALF_EVEN')))
  if (every === 1) return instalmentsOfMonths(months, frequency)
  const [periods, perMonths] = PERIODS[frequency]
  return Math.max(1, Number(divide(BigInt(months) * periods, perMonths * BigInt(every), 'HALF_EVEN')))
}

/** The terms for another number of instalments. */
export const withInstalments = (terms: ProductTerms, instalments: number): ProductTerms => ({
  ...terms,
  instalments,
  months: monthsOf({ ...terms, instalments }),
})
