/** What the close of business marks, portion by portion: the same as in one go, and each instalment once. */
import { sql } from 'kysely'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, day } from '#domain/day.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { waive, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import * as store from '#modules/loan-day-end/store.ts'
import type { Ctx } from '#platform/context.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z' })
  lender = await openLender(world)
  await lendAtRandom()
})
afterAll(() => world.close())

const CLOSED = day('2026-04-19')

/** Loans of all ages and kinds: on accrual and on cash, paid in part and in full, relieved, written off. */
async function lendAtRandom(): Promise<void> {
  const kinds = fc.record({
    daysLater: fc.integer({ min: 0, max: 3 }),
    amount: fc.bigInt(10_000n, 900_000n),
    months: fc.integer({ min: 1, max: 6 }),
    accounting: fc.constantFrom('accrual' as const, 'cash' as const),
    fate: fc.constantFrom('open', 'paid', 'paid off', 'relieved', 'written off'),
  })
  const loans = fc.sample(kinds, { numRuns: 24, seed: 7 })
  for (const [n, { daysLater, amount, months, accounting, fate }] of loans.entries()) {
    lender.goTo(addDays(lender.door().today, daysLater))
    const person = await lender.borrower(`person ${n}`)
    const loanId = await lender.lend(person, amount, { months, accounting })
    if (fate === 'paid') await lender.pay(person.phone, amount / 2n, `P${n}`)
    if (fate === 'paid off') await lender.pay(person.phone, amount * 3n, `P${n}`)
    if (fate === 'relieved')
      await lender.as(lender.officer, (ctx) =>
        waive(ctx, { loanId, component: 'interest', amount: amount / 100n, reason: 'Flood' }),
      )
    if (fate === 'written off') await lender.as(lender.officer, (ctx) => writeOff(ctx, loanId, 'gone'))
  }
  lender.goTo(addDays(CLOSED, 1))
}

class Undo extends Error {}

/** What the work answers; what it wrote is undone. */
async function tried<T>(work: (ctx: Ctx) => Promise<T>): Promise<T> {
  let result: T | undefined
  const undone = lender.as(lender.officer, async (ctx) => {
    result = await work(ctx)
    throw new Undo()
  })
  await expect(undone).rejects.toBeInstanceOf(Undo)
  return result!
}

async function earnedOf(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select concat_ws('/', loan_id, nr, interest_earned) as text from instalments where org_id = ${ctx.org.id} order by loan_id, nr`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.text)
}

async function earnIn(ctx: Ctx, atOnce: number) {
  let [ranges, loans, amount] = [0, 0, 0n]
  for (const which of ['due', 'completed'] as const) {
    for (const range of await store.earningRanges(ctx, which, { day: CLOSED, atOnce })) {
      const earned = await store.earnInterest(ctx, which, { day: CLOSED, loans: range })
      ranges++
      loans += earned.loans
      amount += earned.amount
    }
  }
  return { ranges, loans, amount, instalments: await earnedOf(ctx) }
}

/** The rule in plain words: of loans in the books all that is due, and of those completed within the week all there is. */
async function expected(ctx: Ctx): Promise<{ amount: bigint; instalments: string[] }> {
  const { rows } = await sql<{ text: string; amount: bigint }>`
    select concat_ws('/', i.loan_id, i.nr, case when e.now then i.interest_due - i.interest_waived else i.interest_earned end) as text,
           case when e.now and l.terms ->> 'accounting' = 'accrual'
             then i.interest_due - i.interest_waived - i.interest_earned else 0 end as amount
      from instalments i join loans l on l.org_id = i.org_id and l.id = i.loan_id
     cross join lateral (select i.interest_earned < i.interest_due - i.interest_waived
            and l.status in ('active', 'completed') and l.charged_off_on is null
            and (i.due_day <= ${CLOSED} or (l.status = 'completed' and l.completed_on > ${addDays(CLOSED, -7)})) as now) e
     where i.org_id = ${ctx.org.id} order by i.loan_id, i.nr`.execute(ctx.tx)
  return { amount: rows.reduce((sum, row) => sum + row.amount, 0n), instalments: rows.map((row) => row.text) }
}

describe('interest is earned', () => {
  test.each([1, 2, 5, 1_000])('%i instalments at once: each instalment as the rule says', async (atOnce) => {
    const { amount, instalments } = await tried(expected)
    const earned = await tried((ctx) => earnIn(ctx, atOnce))
    expect(earned).toMatchObject({ amount, instalments })
    expect(amount).toBeGreaterThan(0n)
    const whole = await tried((ctx) => earnIn(ctx, 1_000))
    expect(earned.loans).toBe(whole.loans)
    expect(earned.ranges).toBeGreaterThan(atOnce < 1_000 ? 2 : 1)
  })
})

describe('customers are told', () => {
  async function tellIn(ctx: Ctx, limit: number): Promise<string[]> {
    const told: string[] = []
    for (let after: store.ToldUpTo | null = null; ; ) {
      const portion: store.Told = await store.markTold(ctx, { of: 'overdue', before: CLOSED, after, limit })
      expect(portion.told.length).toBeLessThanOrEqual(limit)
      told.push(...portion.told.map(({ loanId, nr }) => `${loanId}/${nr}`))
      if (portion.upTo === null) return told
      after = portion.upTo
    }
  }

  test.each([1, 3])('%i at once: everybody once, in the order of the whole', async (limit) => {
    const whole = await tried((ctx) => tellIn(ctx, 1_000))
    expect(whole.length).toBeGreaterThan(10)
    expect(await tried((ctx) => tellIn(ctx, limit))).toEqual(whole)
  })
})

test('the whole close leaves nothing to do, and the books agree', async () => {
  const [{ loans }, told] = [await tried((ctx) => earnIn(ctx, 1_000)), expect.any(Number)]
  expect(await closeLoans(lender.door())).toEqual({ loansEarned: loans, reminded: told, overdue: told })
  expect(await closeLoans(lender.door())).toEqual({ loansEarned: 0, reminded: 0, overdue: 0 })
  await lender.expectAgreement()
})
