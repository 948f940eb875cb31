/** Random terms that hang together, for properties. */
import fc from 'fast-check'
import { addDays, type Day, day, toNumber } from '#domain/day.ts'
import { dueDays } from '#domain/loans/due-days.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import type { Rounding } from '#domain/money.ts'
import { percent, rateOfUnits } from '#domain/rate.ts'

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

/** Terms of every kind; one disbursement or up to three, none after the last due day. */
export function termsToTry(): fc.Arbitrary<LoanTerms> {
  return fc.tuple(numbers, choices, dayCount, extras).map(([n, c, count, extra]) => {
    const most = n.instalments - 1
    const terms: LoanTerms = {
      ...USUAL,
      ...n,
      ...c,
      dayCount: count,
      disbursements: [{ day: n.startDay, amount: n.principal }],
      firstDueDay: extra.firstDueAfter === null ? null : addDays(n.startDay, extra.firstDueAfter),
      grace: {
        principal: Math.min(extra.principalGrace, most),
        interestPayment: Math.min(extra.interestGrace, most),
        interestFree: Math.min(extra.freeGrace, most),
      },
    }
    return { ...terms, disbursements: disbursementsOf(terms, extra.laterTranches) }
  })
}

/** The first today, later ones as percentages of the principal after so many days of the term. */
function disbursementsOf(terms: LoanTerms, later: Extra['laterTranches']): LoanTerms['disbursements'] {
  const { principal, startDay } = terms
  const length = dueDays(terms).at(-1)! - toNumber(startDay)
  const tranches = later
    .map(([share, after]) => ({
      day: addDays(startDay, Math.min(after, length)),
      amount: (principal * BigInt(share)) / 100n,
    }))
    .sort((a, b) => (a.day < b.day ? -1 : 1))
  const first = tranches.reduce((rest, t) => rest - t.amount, principal)
  return [{ day: startDay, amount: first }, ...tranches]
}

type Change = (terms: LoanTerms) => Partial<LoanTerms>

const someCharge = fc.record({
  name: fc.constant('Fee'),
  time: fc.constantFrom('disbursement' as const, 'tranche' as const, 'dueDay' as const, 'instalment' as const),
  basis: fc.constantFrom('flat' as const, 'principal' as const, 'interest' as const, 'disbursed' as const),
  amount: fc.bigInt({ min: 0n, max: 10n ** 9n }),
  percent: fc.constantFrom('0', '1', '99', '100', '9999').map(percent),
  penalty: fc.boolean(),
  dueDay: someDay,
  least: fc.constantFrom(null, null, 5n, 10_000n),
  most: fc.constantFrom(null, null, 4n, 20_000n),
})

/** One term at a time that may not go with the others. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(10n, 50n, 90n, 100n, 110n).map(
    (share): Change =>
      ({ principal }) => ({ balloon: (principal * share) / 100n }),
  ),
  fc.constantFrom('0', '10', '50', '99', '100').map(
    (share): Change =>
      () => ({ downPayment: percent(share) }),
  ),
  fc.constantFrom(...ROUNDINGS_TO_TRY).map(
    (rounding): Change =>
      () => ({ rounding, multipleRounding: rounding }),
  ),
  fc.record({ count: fc.integer({ min: 0, max: 500 }), unit: fc.constantFrom('days', 'weeks', 'months') }).map(
    (fixedLength): Change =>
      () => ({ fixedLength }),
  ),
  fc.constantFrom(-40_000, -400, -10, 10, 400, 40_000).map(
    (days): Change =>
      ({ startDay }) => ({ startDay: addDays(startDay, days) }),
  ),
  fc.constantFrom([1, 16], [27, 31], [28, 31]).map(
    ([first, second]): Change =>
      () => ({ twiceMonthlyDays: [first!, second!] }),
  ),
  fc.array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 4 }).map(
    (amounts): Change =>
      () => ({ contractualInstalments: amounts, instalments: amounts.length }),
  ),
  fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 8n }), fc.integer({ min: 0, max: 200 })), { minLength: 1 }).map(
    (tranches): Change =>
      ({ startDay }) =>
        paidOut(tranches.map(([amount, after]) => ({ day: addDays(startDay, after), amount }))),
  ),
  fc.constantFrom(8n, 80n).map(
    (times): Change =>
      ({ rate }) => ({ rate: rateOfUnits(rate * times) }),
  ),
  fc.constantFrom(10n ** 4n, 10n ** 5n).map(
    (times): Change =>
      ({ disbursements }) =>
        paidOut(disbursements.map((d) => ({ ...d, amount: d.amount * times }))),
  ),
  fc.array(someCharge, { maxLength: 2 }).map(
    (charges): Change =>
      () => ({ charges }),
  ),
)

function paidOut(disbursements: LoanTerms['disbursements']): Partial<LoanTerms> {
  const principal = disbursements.reduce((total, { amount }) => total + amount, 0n)
  return { principal, disbursements: disbursements.toSorted((a, b) => (a.day < b.day ? -1 : 1)) }
}

/** Terms that hang together or not: whatever somebody may send in. */
export function oddTerms(): fc.Arbitrary<LoanTerms> {
  return fc
    .tuple(termsToTry(), fc.array(change, { maxLength: 3 }))
    .map(([usual, changes]) => changes.reduce((terms, change) => Object.assign({}, terms, change(terms)), usual))
}
