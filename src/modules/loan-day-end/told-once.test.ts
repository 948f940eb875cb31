/** Each late instalment is told of once and charged once, whatever becomes of the loan meanwhile; none is forgotten. */
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, type Day, day } from '#domain/day.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { type Agreement, restructure, undoRestructure } from '#modules/loan-agreements/loan-agreements.ts'
import { charge, writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { reverseTransaction } from '#modules/loan-corrections/loan-corrections.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import * as store from '#modules/loan-day-end/store.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import { transactionsOfLoan } from '#modules/loan-records/views.ts'
import type { Ctx } from '#platform/context.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
let wanjiku: Person
beforeEach(async () => {
  world = await openWorld({ now: '2026-01-05T09:00:00Z' })
  lender = await openLender(world)
  wanjiku = await lender.borrower('wanjiku')
})
afterEach(async () => {
  await lender.expectAgreement()
  await world.close()
})

const as = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(lender.officer, work)

async function closeDays(until: Day): Promise<void> {
  for (let on = addDays(lender.door().today, 1); on <= until; on = addDays(on, 1)) {
    lender.goTo(on)
    await closeLoans(lender.door())
    await ageOverdueLoans(lender.door())
  }
}

const toldOf = (type: 'instalment.overdue' | 'instalment.due_soon'): Promise<number[]> =>
  as(async (ctx) => {
    const { rows } = await sql<{ nr: number }>`
      select (data ->> 'nr')::integer as nr from events where org_id = ${ctx.org.id} and type = ${type} order by id`.execute(
      ctx.tx,
    )
    return rows.map((row) => row.nr)
  })

const lateFees = async (loanId: number): Promise<bigint[]> =>
  (await as((ctx) => transactionsOfLoan(ctx, loanId)))
    .filter((one) => one.kind === 'penalty' && !one.reversed)
    .map((one) => one.amount)

const agreements: Agreement[] = [
  { kind: 're_age', instalments: 3, firstDueDay: day('2026-03-20') },
  { kind: 'reschedule', instalments: 5 },
  { kind: 're_amortise' },
]

describe.each(agreements)('$kind undone', (agreement) => {
  test('charges no second late fee for an instalment, and tells of the same arrears once', async () => {
    const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
    const loanId = await lender.lend(wanjiku, 1_200_000n, { lateFee })
    await closeDays(day('2026-02-10'))
    expect([await lateFees(loanId), await toldOf('instalment.overdue')]).toEqual([[5_000n], [1]])
    await as((ctx) => restructure(ctx, { loanId, agreement, reason: 'asked' }))
    await as((ctx) => undoRestructure(ctx, loanId, 'mistake'))
    await closeDays(day('2026-02-12'))
    expect([await lateFees(loanId), await toldOf('instalment.overdue')]).toEqual([[5_000n], [1]])
    expect(await toldOf('instalment.due_soon')).toEqual([1])
  })

  test('charges no second late fee, also where the instalment has lost its mark', async () => {
    const lateFee = { basis: 'flat' as const, amount: '5000', graceDays: 0 }
    const loanId = await lender.lend(wanjiku, 1_200_000n, { lateFee })
    await closeDays(day('2026-02-10'))
    await as((ctx) => restructure(ctx, { loanId, agreement, reason: 'asked' }))
    await as((ctx) => undoRestructure(ctx, loanId, 'mistake'))
    // So do those of agreements that were made before marks were kept.
    await as((ctx) =>
      sql`update instalments set late_fee_on = null where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(
        ctx.tx,
      ),
    )
    await closeDays(day('2026-02-12'))
    expect(await lateFees(loanId)).toEqual([5_000n])
  })
})

describe('arrears within the tolerance', () => {
  const terms = { interestMethod: 'declining' as const, ratePercent: '24', instalments: 12, arrearsTolerance: '1000' }

  /** The first instalment is paid up to 5.00, of 10.00 that are tolerated; nobody is told. */
  async function paidButFive() {
    const loanId = await lender.lend(wanjiku, 1_200_000n, terms)
    const first = (await lender.loan(loanId)).instalments[0]!
    lender.goTo(first.dueDay)
    const paid = await as((ctx) => repay(ctx, { loanId, amount: totalOf(first.due) - 500n, account: 1000 }))
    await closeDays(addDays(first.dueDay, 2))
    expect(await toldOf('instalment.overdue')).toEqual([])
    return { loanId, first, paid }
  }

  test('are told of once the payment bounces', async () => {
    const { loanId, first, paid } = await paidButFive()
    await as((ctx) => reverseTransaction(ctx, { loanId, transactionId: paid, reason: 'bounced' }))
    await closeDays(addDays(first.dueDay, 5))
    expect((await lender.loan(loanId)).daysPastDue).toBe(5)
    expect(await toldOf('instalment.overdue')).toEqual([1])
  })

  test('are told of once a charge takes them beyond it', async () => {
    const { loanId } = await paidButFive()
    const last = (await lender.loan(loanId)).instalments.at(-1)!
    await as((ctx) => repay(ctx, { loanId, amount: 1n, account: 1000 }))
    await closeDays(addDays(last.dueDay, 0))
    // The second instalment takes the loan beyond the tolerance: both are told of.
    expect((await toldOf('instalment.overdue')).slice(0, 3)).toEqual([1, 2, 3])
    await as((ctx) => charge(ctx, { loanId, component: 'fee', amount: 5_000n, reason: 'visit' }))
    await closeDays(addDays(last.dueDay, 3))
    expect(await toldOf('instalment.overdue')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('are looked at once, as those of a loan written off', async () => {
    await paidButFive()
    const other = await lender.lend(await lender.borrower('amina'), 1_200_000n, { ...terms, arrearsTolerance: '0' })
    await as((ctx) => writeOff(ctx, other, 'gone'))
    await closeDays(day('2026-02-28'))
    const before = lender.door().today
    const looked = await as((ctx) => store.markTold(ctx, { of: 'overdue', before, after: null, limit: 10 }))
    expect(looked).toEqual({ upTo: null, told: [] })
  })

  test('of a loan written off are told of once it is taken back', async () => {
    const loanId = await lender.lend(wanjiku, 1_200_000n, terms)
    const lost = await as((ctx) => writeOff(ctx, loanId, 'gone'))
    await closeDays(day('2026-02-10'))
    expect(await toldOf('instalment.overdue')).toEqual([])
    await as((ctx) => reverseTransaction(ctx, { loanId, transactionId: lost, reason: 'found' }))
    await closeDays(day('2026-02-12'))
    expect(await toldOf('instalment.overdue')).toEqual([1])
  })
})
