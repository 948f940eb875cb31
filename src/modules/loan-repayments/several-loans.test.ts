/** One payment of a customer with several loans: what one does not need, another gets. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '#domain/day.ts'
import { sum } from '#domain/money.ts'
import { writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import type { GivenTerms } from '#modules/loan-products/loan-products.ts'
import { type LoanView, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { receive, takeBack } from '#modules/payments/payments.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z', lockOrder: true })
  lender = await openLender(world)
})
afterEach(() => lender.expectAgreement())
afterAll(() => world.close())

const PLAIN = { interestMethod: 'declining', ratePercent: '24', instalments: 24 } as const
const RECALCULATING = { ...PLAIN, instalments: 12, recalculation: { rest: 'daily' } } as const
const SHORT = { interestMethod: 'declining', ratePercent: '24', instalments: 3 } as const

let people = 0
const borrower = (): Promise<Person> => lender.borrower(`several${++people}`)
const pay = (person: Person, amount: bigint, daysAgo = 0) => {
  const door = lender.door({ kind: 'provider', name: 'mpesa' })
  const reference = `SEVERAL${person.customerId}-${amount}-${daysAgo}`
  const payment = { reference, payerPhone: person.phone, accountRef: null, amount }
  return receive(door, { provider: 'mpesa', ...payment, valueDay: addDays(door.today, -daysAgo) })
}
const loans = (ids: readonly number[]): Promise<LoanView[]> => Promise.all(ids.map((id) => lender.loan(id)))
const writtenOff = (id: number) =>
  lender.as({ kind: 'user', id: 99_999, roles: ['admin'], sessionId: '', customerId: null }, (ctx) =>
    writeOff(ctx, id, 'not found any more'),
  )
const paidOf = async (id: number) =>
  (await lender.as(lender.officer, (ctx) => transactionsOfLoan(ctx, id))).filter(
    ({ kind, reversed }) => (kind === 'repayment' || kind === 'recovery') && !reversed,
  )

test('interest that falls away by paying one loan early pays the other', async () => {
  const person = await borrower()
  const a = await lender.lend(person, 1_200_000n, RECALCULATING)
  const b = await lender.lend(person, 1_200_000n, PLAIN)
  lender.goTo('2026-01-20')
  const owed = (await lender.loan(b)).balance
  expect(await pay(person, 2_200_000n)).toMatchObject({ overpayment: 0n, status: 'applied' })
  const [one, two] = await loans([a, b])
  // Fifteen days at 2 % a month on 12,000 are about 120: the rest, about 9,880, is the other loan's.
  expect(one).toMatchObject({ status: 'completed', balance: 0n, credit: 0n })
  const [first] = await paidOf(a)
  expect(owed - two!.balance).toBe(2_200_000n - first!.amount)
  expect(first!.amount).toBeLessThan(1_213_000n)
})

test('the receipt names all that is over, on whichever loan it stands', async () => {
  const person = await borrower()
  const ids = [await lender.lend(person, 300_000n, RECALCULATING), await lender.lend(person, 200_000n, RECALCULATING)]
  const { overpayment } = await pay(person, 2_000_000n)
  const after = await loans(ids)
  expect(after.map(({ status }) => status)).toEqual(['completed', 'completed'])
  expect(overpayment).toBe(sum(after.map(({ credit }) => credit)))
  expect(overpayment).toBe(1_500_000n)
})

describe('what no running loan is owed', () => {
  test('goes to the loan written off, as a recovery', async () => {
    const person = await borrower()
    const small = await lender.lend(person, 100_000n, SHORT)
    const lost = await lender.lend(person, 1_200_000n, PLAIN)
    await writtenOff(lost)
    const [owed, owedOfLost] = (await loans([small, lost])).map(({ balance }) => balance)
    expect(await pay(person, owed! + 300_000n)).toMatchObject({ overpayment: 0n })
    expect(await loans([small, lost])).toMatchObject([
      { status: 'completed', credit: 0n },
      { status: 'written_off', credit: 0n, balance: owedOfLost! - 300_000n },
    ])
    expect(await paidOf(lost)).toMatchObject([{ kind: 'recovery', amount: 300_000n }])
  })

  test('stays with the running loan while that owes, however old the other debts are', async () => {
    const person = await borrower()
    const lost = await lender.lend(person, 1_200_000n, PLAIN)
    const small = await lender.lend(person, 100_000n, SHORT)
    await writtenOff(lost)
    await pay(person, 90_000n)
    expect(await paidOf(lost)).toEqual([])
    expect(await paidOf(small)).toMatchObject([{ kind: 'repayment', amount: 90_000n }])
  })
})

const KINDS: readonly (readonly [string, Partial<GivenTerms>])[] = [
  ['plain', PLAIN],
  ['short', SHORT],
  ['recalculating', RECALCULATING],
]
const PAIRS = KINDS.flatMap(([a, one]) => KINDS.map(([b, two]) => [a, b, [one, two]] as const))
const SHARES = [30n, 80n, 95n, 120n]

test.each(PAIRS)('no loan has credit while the other owes: %s and %s', async (_a, _b, terms) => {
  for (const [n, percent] of SHARES.entries()) {
    const person = await borrower()
    const ids = [await lender.lend(person, 600_000n, terms[0]), await lender.lend(person, 400_000n, terms[1])]
    lender.goTo(addDays(lender.door().today, 9))
    await pay(person, 50_001n)
    const before = await loans(ids)
    const amount = (sum(before.map(({ balance }) => balance)) * percent) / 100n
    // Every other payment counts from a day before the last.
    const { paymentId, overpayment } = await pay(person, amount, n % 2 === 0 ? 0 : 4)
    const after = await loans(ids)
    const credit = sum(after.map((loan) => loan.credit))
    if (credit > 0n) expect(after.map(({ balance }) => balance)).toEqual([0n, 0n])
    if (n % 2 === 0) expect(overpayment).toBe(credit)
    await lender.as({ kind: 'system', name: 'boss' }, (ctx) => takeBack(ctx, paymentId, 'reversed'))
    expect((await loans(ids)).map(({ balance }) => balance)).toEqual(before.map(({ balance }) => balance))
  }
})
