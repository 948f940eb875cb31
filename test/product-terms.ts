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
