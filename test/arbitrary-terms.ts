/** Random terms that hang together, for properties. */
import fc from 'fast-check'
import { addDays, type Day, day } from '#domain/day.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import type { Rounding } from '#domain/money.ts'
import { rateOfUnits } from '#domain/rate.ts'

export const ROUNDINGS_TO_TRY: readonly Rounding[] = [
  'HALF_EVEN',
  'HALF_UP',
  'HALF_DOWN',
  'UP',
  'DOWN',
  'CEILING',
  'FLOOR',
]

const someDay = fc.integer({ min: 0, max: 3000 }).map((n): Day => addDays(day('2020-01-01'), n))

const numbers = fc.record({
  principal: fc.bigInt({ min: 100n, max: 10n ** 11n }),
  startDay: someDay,
  instalments: fc.integer({ min: 1, max: 60 }),
  every: fc.constantFrom(1, 1, 2, 3, 15),
  rate: fc.integer({ min: 0, max: 120_000 }).map((thousandths) => rateOfUnits(BigInt(thousandths) * 100_000n)),
})

const choices = fc.record({
  engine: fc.constantFrom('progressive', 'cumulative'),
  frequency: fc.constantFrom('days', 'weeks', 'months', 'twiceMonthly'),
  interestMethod: fc.constantFrom('declining', 'flat'),
  amortization: fc.constantFrom('equalInstalments', 'equalInstalments', 'equalPrincipal', 'bullet'),
  rateBasis: fc.constantFrom('annual', 'annual', 'perPeriod', 'wholeTerm'),
  interestPeriod: fc.constantFrom('daily', 'perInstalment'),
  partialPeriodInterest: fc.boolean(),
  interestOnDisbursementDay: fc.boolean(),
  multiple: fc.constantFrom(null, null, 10n, 100n, 1000n),
  downPayment: fc.constantFrom(null, null, rateOfUnits(2_500_000_000n)),
})

const dayCount = fc.record({
  month: fc.constantFrom('30', 'actual'),
  year: fc.constantFrom('360', '364', '365', 'actual'),
  leap: fc.constantFrom('leapYear', 'feb29Period'),
})

interface Extra {
  readonly principalGrace: number
  readonly interestGrace: number
  readonly freeGrace: number
  readonly firstDueAfter: number | null
  readonly laterTranches: readonly (readonly [share: number, after: number])[]
}

const extras: fc.Arbitrary<Extra> = fc.record({
  principalGrace: fc.constantFrom(0, 0, 0, 1, 2),
  interestGrace: fc.constantFrom(0, 0, 0, 1, 3),
  freeGrace: fc.constantFrom(0, 0, 0, 1),
  firstDueAfter: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 4 }),
  laterTranches: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 90 })), { maxLength: 2 }),
})

/** Terms of every kind; one disbursement or up to three. */
export function termsToTry(): fc.Arbitrary<LoanTerms> {
  return fc.tuple(numbers, choices, dayCount, extras).map(([n, c, count, extra]) => {
    const most = n.instalments - 1
    return {
      ...USUAL,
      ...n,
      ...c,
      dayCount: count,
      disbursements: disbursementsOf(n.principal, n.startDay, extra.laterTranches),
      firstDueDay: extra.firstDueAfter === null ? null : addDays(n.startDay, extra.firstDueAfter),
      grace: {
        principal: Math.min(extra.principalGrace, most),
        interestPayment: Math.min(extra.interestGrace, most),
        interestFree: Math.min(extra.freeGrace, most),
      },
    }
  })
}

/** The first today, later ones as percentages of the principal after so many days. */
function disbursementsOf(principal: bigint, start: Day, later: Extra['laterTranches']): LoanTerms['disbursements'] {
  const tranches = later
    .map(([share, after]) => ({ day: addDays(start, after), amount: (principal * BigInt(share)) / 100n }))
    .sort((a, b) => (a.day < b.day ? -1 : 1))
  const first = tranches.reduce((rest, t) => rest - t.amount, principal)
  return [{ day: start, amount: first }, ...tranches]
}
