/** A product's terms as the office writes them: snake case, amounts as decimal strings. Their rules stand with the product. */
import { z } from 'zod'
import { minorOf } from '#contracts/office/asked.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import type { GivenTerms, ProductTerms } from '#modules/loan-products/loan-products.ts'
import type { Ctx } from '#platform/context.ts'

const enumeration = (...values: string[]) => z.string().max(40).meta({ enum: values }).optional()
const count = z.number().optional()
const text = z.string().max(40).optional()
const object = z.record(z.string().max(40), z.unknown()).optional()

/** What the reference shows; the product itself says what is wrong, field by field. */
export const termsBody = z
  .looseObject({
    interest_method: enumeration('flat', 'declining'),
    rate_percent: text.meta({ description: 'Percent as an exact decimal', example: '12.5' }),
    rate_basis: enumeration('wholeTerm', 'annual', 'perPeriod'),
    months: count.meta({ description: 'The length, unless the number of instalments is given' }),
    instalments: count,
    frequency: enumeration('daily', 'weekly', 'monthly', 'twiceMonthly'),
    every: count.meta({ description: 'An instalment every so many days, weeks or months' }),
    twice_monthly_days: z.array(z.number()).max(2).optional(),
    first_due: object.meta({
      description: 'rule: afterDays, on, onDayOfMonth or onWeekday',
      example: { rule: 'onDayOfMonth', day: 5, at_least_days: 14 },
    }),
    fixed_length: object,
    amortization: enumeration('equalInstalments', 'equalPrincipal', 'bullet'),
    balloon: text,
    contractual_instalments: z.array(z.string().max(24)).max(1_200).optional(),
    day_count: object.meta({ example: { month: 'actual', year: '365' } }),
    interest_period: enumeration('daily', 'perInstalment'),
    grace: object.meta({ example: { principal: 1, interest_payment: 0, interest_free: 0 } }),
    rounding: enumeration('HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'),
    multiple: text.meta({ description: 'Instalments are multiples of this amount' }),
    down_payment_percent: text,
    charges: z
      .array(z.record(z.string().max(40), z.unknown()))
      .max(50)
      .optional()
      .meta({
        description:
          'time: disbursement, instalment or afterDays; basis: flat, principal, interest, principalAndInterest or disbursed',
        example: [{ name: 'Processing', time: 'disbursement', basis: 'disbursed', percent: '2', most: '500.00' }],
      }),
    late_fee: object.meta({ example: { basis: 'overdue', percent: '5', grace_days: 3, most: '300.00' } }),
    allocation: z.union([z.array(z.string().max(20)).max(4), z.record(z.string().max(40), z.unknown())]).optional(),
    accounting: enumeration('accrual', 'cash'),
    recalculation: object.meta({ example: { rest: 'daily', overdue_bears_interest: true } }),
    payoff_interest: enumeration('whole', 'accrued'),
    arrears_tolerance: text,
    engine: enumeration('progressive', 'cumulative'),
  })
  .meta({ id: 'LoanProductTerms' })

const AMOUNTS: ReadonlySet<string> = new Set([
  'balloon',
  'contractualInstalments',
  'multiple',
  'arrearsTolerance',
  'amount',
  'least',
  'most',
  'mostOfLoan',
])
/** Their keys are names of payment types, or values. */
const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The terms as the product takes them. Refuses invalid_input for an amount that is none. */
export const termsIn = (ctx: Ctx, sent: object): GivenTerms =>
  mapped(sent, camel, (key, value) =>
    typeof value === 'string' ? String(minorOf(ctx, value, `terms.${snake(key)}`)) : value,
  ) as unknown as GivenTerms

/** The terms as the office shows them. */
export const termsOut = (terms: ProductTerms, currency: string): unknown =>
  mapped(terms, snake, (_, value) =>
    typeof value === 'string' ? formatMinor(BigInt(value), decimalsOf(currency)) : value,
  )

function mapped(
  value: unknown,
  rename: (key: string) => string,
  // tidy: how an amount is read or shown is the point of the call
  amountOf: (key: string, value: unknown) => unknown,
): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, rename, amountOf))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const isAmount = AMOUNTS.has(camel(key))
      const shown = !isAmount
        ? mapped(member, rename, amountOf)
        : Array.isArray(member)
          ? member.map((item) => amountOf(key, item))
          : amountOf(key, member)
      return [rename(key), shown]
    }),
  )
}

/** The name of a wrong field as the office writes it: `terms.ratePercent` → `terms.rate_percent`. */
export const fieldNames = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([field, what]) => [field.split('.').map(snake).join('.'), what]))
