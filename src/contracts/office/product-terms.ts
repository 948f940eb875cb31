/** A product's terms as the office writes them: snake case, amounts as decimal strings. Their rules stand with the product. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { minorOf } from '#contracts/office/asked.ts'
import { COMPONENTS } from '#domain/loans/instalment.ts'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { ALL_FREQUENCIES, type GivenTerms, type ProductTerms } from '#modules/loan-products/loan-products.ts'
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

const order = z.array(z.enum(COMPONENTS))
const rounding = z.enum(['HALF_EVEN', 'HALF_UP', 'HALF_DOWN', 'UP', 'DOWN', 'CEILING', 'FLOOR'])
const size = {
  amount: field.money.optional().meta({ description: 'Of a flat one' }),
  percent: field.percent.optional(),
  least: field.money.optional(),
  most: field.money.optional(),
}

const firstDue = z.discriminatedUnion('rule', [
  z.object({ rule: z.literal('afterDays'), days: field.count }),
  z.object({ rule: z.literal('on'), day: field.day }),
  z.object({ rule: z.literal('onDayOfMonth'), day: field.count, at_least_days: field.count }),
  z.object({ rule: z.literal('onWeekday'), weekday: field.count, at_least_days: field.count }),
])

const charge = z.object({
  name: z.string(),
  time: z.enum(['disbursement', 'instalment', 'afterDays']),
  days: field.count.optional(),
  basis: z.enum(['flat', 'principal', 'interest', 'principalAndInterest', 'disbursed']),
  penalty: z.boolean(),
  ...size,
})

const ranked = z.object({
  ranks: z.array(z.string()).meta({ description: 'pastDue.penalty, due.interest …' }),
  in_advance_to: z.enum(['next', 'last', 'spread', 'currentThenLast']),
})

const allocation = z.union([
  order,
  z.object({ order: z.literal('dueThenAdvance'), due: order, in_advance: order }),
  z.object({
    order: z.literal('ranked'),
    processing: z.enum(['horizontal', 'vertical']),
    rules: z.record(z.string(), ranked).meta({ description: 'By type of payment; `default` for the rest' }),
  }),
])

/** The terms of a product, or of a loan made of it; what is left out has its usual value. */
export const termsSchema = z
  .object({
    interest_method: z.enum(['flat', 'declining']),
    rate_basis: z.enum(['wholeTerm', 'annual', 'perPeriod']),
    rate_percent: field.percent,
    months: field.count,
    instalments: field.count.optional(),
    frequency: z.enum(ALL_FREQUENCIES),
    amortization: z.enum(['equalInstalments', 'equalPrincipal', 'bullet']),
    accounting: z.enum(['accrual', 'cash']),
    allocation,
    engine: z.enum(['progressive', 'cumulative']).optional(),
    every: field.count.optional(),
    twice_monthly_days: z.array(field.count).optional(),
    first_due: firstDue.optional(),
    fixed_length: z.object({ count: field.count, unit: z.enum(['days', 'weeks', 'months']) }).optional(),
    balloon: field.money.optional(),
    contractual_instalments: z.array(field.money).optional(),
    day_count: z
      .object({
        month: z.enum(['30', 'actual']),
        year: z.enum(['360', '364', '365', 'actual']),
        leap: z.enum(['leapYear', 'feb29Period']),
      })
      .optional(),
    interest_period: z.enum(['daily', 'perInstalment']).optional(),
    partial_period_interest: z.boolean().optional(),
    interest_on_disbursement_day: z.boolean().optional(),
    grace: z.object({ principal: field.count, interest_payment: field.count, interest_free: field.count }).optional(),
    rounding: rounding.optional(),
    multiple: field.money.optional(),
    multiple_rounding: rounding.optional(),
    down_payment_percent: field.percent.optional(),
    charges: z.array(charge).optional(),
    late_fee: z
      .object({
        basis: z.enum(['flat', 'overdue', 'overduePrincipal']),
        grace_days: field.count,
        ...size,
        most_of_loan: field.money.optional(),
      })
      .optional(),
    recalculation: z
      .object({ rest: z.enum(['daily', 'perInstalment']), overdue_bears_interest: z.boolean() })
      .optional(),
    payoff_interest: z.enum(['whole', 'accrued']).optional(),
    arrears_tolerance: field.money.optional(),
  })
  .meta({ id: 'LoanTerms' })

/** What every product has, as an example. */
export const termsExample: z.infer<typeof termsSchema> = {
  interest_method: 'declining',
  rate_basis: 'annual',
  rate_percent: '24',
  months: 12,
  frequency: 'monthly',
  amortization: 'equalInstalments',
  accounting: 'accrual',
  allocation: ['penalty', 'fee', 'interest', 'principal'],
}

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
export const termsOut = (terms: ProductTerms, currency: string): z.infer<typeof termsSchema> =>
  mapped(terms, snake, (_, value) =>
    typeof value === 'string' ? formatMinor(BigInt(value), decimalsOf(currency)) : value,
  ) as z.infer<typeof termsSchema>

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
