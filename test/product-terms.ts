/** Terms of products as lenders might think of them, for properties. */
import fc from 'fast-check'
import type { GivenTerms } from '#modules/loan-products/loan-products.ts'

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

/** Leaves out what is undefined, as JSON does. */
const sparse = <T extends object>(given: T): GivenTerms =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as GivenTerms

const charge = fc.constantFrom(
  { name: 'Processing', time: 'disbursement' as const, basis: 'disbursed' as const, percent: '2.5' },
  { name: 'Service', time: 'instalment' as const, basis: 'flat' as const, amount: '1500' },
  { name: 'Insurance', time: 'instalment' as const, basis: 'principal' as const, percent: '1', most: '9000' },
  { name: 'Visit', time: 'afterDays' as const, days: 20, basis: 'flat' as const, amount: '10000' },
)

/** Methods, rhythms, graces, fees and roundings in any combination that makes a schedule. */
export const anyTerms: fc.Arbitrary<GivenTerms> = fc
  .record({
    ratePercent: fc.constantFrom('0', '10', '12.5', '33.3333'),
    instalments: fc.integer({ min: 2, max: 14 }),
    frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const, 'twiceMonthly' as const),
    every: optional(fc.integer({ min: 1, max: 3 })),
    engine: optional(fc.constantFrom('progressive' as const, 'cumulative' as const)),
    interestMethod: fc.constantFrom('flat' as const, 'declining' as const),
    rateBasis: optional(fc.constantFrom('annual' as const, 'perPeriod' as const)),
    amortization: fc.constantFrom('equalInstalments' as const, 'equalPrincipal' as const, 'bullet' as const),
    accounting: fc.constantFrom('accrual' as const, 'cash' as const),
    grace: optional(fc.record({ principal: fc.integer({ min: 0, max: 1 }), interestPayment: fc.constant(0) })),
    firstDue: optional(
      fc.constantFrom(
        { rule: 'afterDays' as const, days: 10 },
        { rule: 'onDayOfMonth' as const, day: 31 },
        { rule: 'onWeekday' as const, weekday: 5 },
      ),
    ),
    dayCount: optional(fc.constantFrom({ month: 'actual' as const, year: '365' as const }, { month: '30' as const })),
    downPaymentPercent: optional(fc.constant('10')),
    multiple: optional(fc.constant('1000')),
    charges: optional(fc.array(charge, { maxLength: 2 })),
  })
  .map(sparse)

const amount = (most: bigint) => fc.bigInt({ min: 0n, max: most }).map(String)

/** One term at a time that may not go with the others, nor with the amount. */
const oddity: fc.Arbitrary<Partial<GivenTerms>> = fc.oneof(
  amount(600_000n).map((balloon) => ({ balloon })),
  fc.constantFrom('0', '50', '99.99', '100', '150').map((downPaymentPercent) => ({ downPaymentPercent })),
  fc.constantFrom('1000', '1000.1', '9999').map((ratePercent) => ({ ratePercent })),
  fc.array(amount(300_000n), { minLength: 1, maxLength: 5 }).map((contractualInstalments) => ({
    contractualInstalments,
    instalments: contractualInstalments.length,
  })),
  fc
    .record({ count: fc.integer({ min: 1, max: 400 }), unit: fc.constantFrom('days', 'weeks', 'months') })
    .map((fixedLength) => ({ fixedLength })),
  fc.constantFrom('2025-06-01', '2026-01-05', '2026-04-30', '9999-12-30').map((on) => ({
    firstDue: { rule: 'on' as const, day: on },
  })),
  fc.constantFrom([1, 16], [20, 10], [28, 31]).map(([first, second]) => ({
    frequency: 'twiceMonthly' as const,
    twiceMonthlyDays: [first!, second!] as [number, number],
  })),
  fc
    .record({ principal: fc.integer({ min: 0, max: 14 }), interestPayment: fc.integer({ min: 0, max: 14 }) })
    .map((grace) => ({ grace })),
  fc.integer({ min: 1, max: 366 }).map((every) => ({ every, frequency: 'monthly' as const })),
  fc
    .record({
      name: fc.constant('Fee'),
      time: fc.constantFrom('disbursement' as const, 'instalment' as const),
      basis: fc.constantFrom('flat' as const, 'interest' as const, 'disbursed' as const),
      amount: amount(600_000n),
      percent: fc.constantFrom('0', '40', '100', '9999'),
      least: optional(fc.constantFrom('0', '90000')),
      most: optional(fc.constantFrom('0', '80000')),
    })
    .map((one) => ({ charges: [sparse(one)] as unknown as NonNullable<GivenTerms['charges']> })),
)

/** Terms that make a schedule for an amount or do not: whatever somebody may send in. */
export const oddTerms: fc.Arbitrary<GivenTerms> = fc
  .tuple(anyTerms, fc.array(oddity, { minLength: 1, maxLength: 2 }))
  .map(([usual, odd]) => ({ ...usual, ...Object.assign({}, ...odd) }))
