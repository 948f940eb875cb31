/** Pages of loans with their schedules: bounded by what they hold, and never without the loan they begin with. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listLoans, loanById } from '#modules/loan-records/views.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
/** Two instalments, six and paid three times, twelve. */
let ids: readonly [number, number, number]
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  const [amina, beatrice] = [await lender.borrower('amina'), await lender.borrower('beatrice')]
  const small = await lender.lend(amina, 100_000n, { months: 2 })
  const paid = await lender.lend(beatrice, 600_000n, { months: 6 })
  for (const n of [1, 2, 3]) await lender.pay(beatrice.phone, 150_000n, `B${n}`)
  ids = [small, paid, await lender.lend(amina, 600_000n, { months: 12 })]
})
afterAll(() => world.close())

const page = (mostRows?: number, before?: number) =>
  lender.as(lender.officer, (ctx) =>
    listLoans(ctx, { limit: 10, before, ...(mostRows === undefined ? {} : { mostRows }) }),
  )

test.each([
  // rows at most: 3 + 10 + 13, disbursements among them | loans of the page
  [undefined, [0, 1, 2]],
  [26, [0, 1, 2]],
  [25, [1, 2]],
  [23, [1, 2]],
  [22, [2]],
  [1, [2]],
])('%s rows at most', async (mostRows, places) => {
  expect((await page(mostRows)).map((loan) => loan.id)).toEqual(places.map((place) => ids[place]))
})

test('pages that end sooner still hold every loan once', async () => {
  const seen: number[] = []
  for (let before: number | undefined; ; ) {
    const loans = await page(5, before)
    if (loans.length === 0) break
    seen.unshift(...loans.map((loan) => loan.id))
    before = loans[0]!.id
  }
  expect(seen).toEqual(ids)
})

test('a payment stands at every instalment it reached, the latest first', async () => {
  const loan = (await lender.as(lender.officer, (ctx) => loanById(ctx, ids[1])))!
  const paid = loan.instalments.map((row) => row.repayments.map((repayment) => repayment.reference))
  // 1,100.00 each: 1,500.00 pays the first and part of the second, and so on.
  expect(paid).toEqual(
    [['B1'], ['B2', 'B1'], ['B3', 'B2'], ['B3'], ['B3'], []].map((row, n) => (n < 3 ? row : paid[n])),
  )
  expect(new Set(paid.flat())).toEqual(new Set(['B1', 'B2', 'B3']))
  for (const row of loan.instalments) {
    for (const { allocation } of row.repayments) expect(allocation.map((line) => line.nr)).toContain(row.nr)
  }
})
