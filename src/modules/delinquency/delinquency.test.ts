import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { addDays, day } from '#domain/day.ts'
import { LOSS_ALLOWANCE, PROVISION_EXPENSE } from '#domain/ledger/chart.ts'
import { bucketOf, bucketsFor, PAR_BUCKETS, provisionOn, SMA_BUCKETS } from '#domain/loans/delinquency.ts'
import { arrears } from '#domain/loans/arrears.ts'
import { standingsOf } from '#modules/collections/views.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { bucketsOf, closePortfolio } from '#modules/delinquency/delinquency.ts'
import { businessDays, lateLoans, portfolioOn } from '#modules/delinquency/views.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { writeOff } from '#modules/loan-adjustments/loan-adjustments.ts'
import { loanSummaries } from '#modules/loan-records/views.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

describe('buckets', () => {
  it.each([
    // days | Kenya       | India
    [0, 'Current', 'Standard'],
    [1, '1–30', 'SMA-0'],
    [30, '1–30', 'SMA-0'],
    [31, '31–60', 'SMA-1'],
    [60, '31–60', 'SMA-1'],
    [61, '61–90', 'SMA-2'],
    [90, '61–90', 'SMA-2'],
    [91, 'Over 90', 'NPA'],
    [4000, 'Over 90', 'NPA'],
  ])('%i days past due', (days, par, sma) => {
    expect(PAR_BUCKETS[bucketOf(PAR_BUCKETS, days)]!.name).toBe(par)
    expect(SMA_BUCKETS[bucketOf(SMA_BUCKETS, days)]!.name).toBe(sma)
  })

  test('are the organisation’s own, else its country’s', () => {
    const own = [
      { name: 'ok', fromDays: 0, provisionBp: 0 },
      { name: 'late', fromDays: 8, provisionBp: 1_000 },
    ]
    expect(bucketsFor('KE', own)).toBe(own)
    expect(bucketsFor('IN', undefined)).toBe(SMA_BUCKETS)
    expect(bucketsFor('HN', undefined)).toBe(PAR_BUCKETS)
  })

  test('5 % of 0.10 is half a cent: set aside is one', () => {
    expect(provisionOn(10n, PAR_BUCKETS[1]!)).toBe(1n)
    expect(provisionOn(9n, PAR_BUCKETS[1]!)).toBe(0n)
  })
})

describe('the close of business', () => {
  let world: World
  let lender: Lender
  let late: number
  let current: number

  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-15T09:00:00Z' })
    lender = await openLender(world)
    const [amina, beatrice] = [await lender.borrower('amina'), await lender.borrower('beatrice')]
    late = await lender.lend(amina, 1_200_000n)
    current = await lender.lend(beatrice, 600_000n)
    lender.goTo('2026-02-15')
    await lender.pay(beatrice.phone, 110_000n, 'B1')
  })
  afterAll(() => world.close())

  const close = async (on: string) => {
    lender.goTo(on)
    await closeLoans(lender.door())
    return closePortfolio(lender.door())
  }
  const portfolio = (on: string) => lender.as(lender.officer, (ctx) => portfolioOn(ctx, day(on)))
  const balance = async (account: number) =>
    (await lender.as(lender.officer, (ctx) => trialBalance(ctx, day('2026-12-31')))).find((row) => row.code === account)
      ?.balance ?? 0n

  test('on the due day nobody is late yet: 1 % of 17,000.00 is set aside', async () => {
    expect(await portfolio('2026-02-14')).toBeNull()
    expect(await close('2026-02-15')).toEqual({ loans: 2 })
    const { buckets } = (await portfolio('2026-02-14'))!
    expect(buckets.map((b) => [b.name, b.loans, b.principal])).toEqual([
      ['Current', 2, 1_700_000n],
      ['1–30', 0, 0n],
      ['31–60', 0, 0n],
      ['61–90', 0, 0n],
      ['Over 90', 0, 0n],
    ])
    expect([await balance(PROVISION_EXPENSE), await balance(LOSS_ALLOWANCE)]).toEqual([17_000n, -17_000n])
  })

  test.each([
    // closed on the morning of | days past due of the late loan | bucket  | set aside
    ['2026-02-16', 1, '1–30', 60_000n + 5_000n],
    ['2026-03-17', 30, '1–30', 60_000n + 25_000n],
    ['2026-03-18', 31, '31–60', 300_000n + 25_000n],
    ['2026-05-17', 91, 'Over 90', 1_200_000n + 250_000n],
  ])('%s: %i days, %s', async (morning, days, bucket, provision) => {
    await close(morning)
    const [worst] = await lender.as(lender.officer, (ctx) => lateLoans(ctx, { minDays: 1, limit: 10 }))
    expect(worst).toMatchObject({ loanId: late, daysPastDue: days })
    expect(bucketsOf(lender.door().org)[worst!.bucket]!.name).toBe(bucket)
    const loan = await lender.loan(late)
    expect(arrears(loan.instalments, day(morning)).daysPastDue).toBe(days)
    expect(await balance(PROVISION_EXPENSE)).toBe(provision)
    await lender.expectAgreement()
  })

  test('closing the same day again changes nothing; after a payment it sees it', async () => {
    const before = await balance(PROVISION_EXPENSE)
    await close('2026-05-17')
    expect(await balance(PROVISION_EXPENSE)).toBe(before)
    await lender.pay('+254712000002', 600_000n, 'B2')
    await close('2026-05-17')
    expect(await lender.loan(current)).toMatchObject({ status: 'completed' })
    // 61 days late is what 2 × 1,000.00 were; they are paid, and what was set aside for them is released.
    expect(await balance(PROVISION_EXPENSE)).toBe(before - 250_000n)
    await lender.expectAgreement()
  })

  test('a write-off releases what was set aside', async () => {
    await lender.as(lender.officer, (ctx) => writeOff(ctx, late, 'gone'))
    await close('2026-05-18')
    expect(await balance(PROVISION_EXPENSE)).toBe(0n)
    expect((await portfolio('2026-05-17'))!.buckets.every((b) => b.loans === 0)).toBe(true)
    const [latest] = await lender.as(lender.officer, (ctx) => businessDays(ctx, 1))
    expect(latest).toMatchObject({ day: '2026-05-17', loans: 0, finishedAt: expect.any(Date) })
  })
})

describe('what a product tolerates', () => {
  let world: World
  let lender: Lender
  let loanId: number
  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-15T09:00:00Z' })
    lender = await openLender(world)
    loanId = await lender.lend(await lender.borrower('tolerated'), 600_000n, { arrearsTolerance: '5000' })
  })
  afterAll(() => world.close())

  const dueOf = async (nr: number) => totalOf((await lender.loan(loanId)).instalments[nr - 1]!.due)

  /** Told of, days in the ageing, listed as overdue, days on the worklist; days and amount of the loan itself. */
  const morningAfter = async (on: string) => {
    lender.goTo(on)
    const { overdue } = await closeLoans(lender.door())
    await closePortfolio(lender.door())
    const [late] = await lender.as(lender.officer, (ctx) => lateLoans(ctx, { minDays: 1, limit: 10 }))
    const listed = await lender.as(lender.officer, (ctx) => loanSummaries(ctx, { overdue: true, limit: 10 }))
    const standing = await lender.as(lender.officer, (ctx) => standingsOf(ctx, [loanId]))
    const view = await lender.loan(loanId)
    expect(view.overdue).toBe(view.daysPastDue > 0)
    const days = [late?.daysPastDue ?? 0, standing.get(loanId)!.daysPastDue, view.daysPastDue]
    return [overdue, listed.length, ...days, view.overdueAmount]
  }
  const pay = async (on: string, amount: bigint) => {
    lender.goTo(on)
    await lender.pay('+254712000001', amount, `paid ${on}`)
  }

  test('counts as paid in views, ageing, notices and worklist alike', async () => {
    await pay('2026-02-15', (await dueOf(1)) - 4_000n)
    expect(await morningAfter('2026-02-16')).toEqual([0, 0, 0, 0, 0, 4_000n])
    await pay('2026-03-15', await dueOf(2))
    expect(await morningAfter('2026-03-20')).toEqual([0, 0, 0, 0, 0, 4_000n])
  })

  test('and what is beyond it is late since the day it came to more', async () => {
    await pay('2026-04-15', (await dueOf(3)) - 2_000n)
    expect(await morningAfter('2026-04-17')).toEqual([1, 1, 2, 2, 2, 6_000n])
    await pay('2026-04-18', 1_000n)
    expect(await morningAfter('2026-04-18')).toEqual([0, 0, 0, 0, 0, 5_000n])
    expect(await morningAfter('2026-05-16')).toEqual([1, 1, 1, 1, 1, 5_000n + (await dueOf(4))])
    await lender.expectAgreement()
  })
})

describe('killed in the middle and run again', () => {
  let world: World
  let lender: Lender
  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-15T09:00:00Z' })
    lender = await openLender(world)
  })
  afterAll(() => world.close())

  test('the totals are those of a run that was not', async () => {
    for (let n = 0; n < 6; n++) await lender.lend(await lender.borrower(`p${n}`), 100_000n * BigInt(n + 1))
    lender.goTo('2026-04-20')
    const closed = addDays(lender.door().today, -1)
    // As a run leaves it that died after its first portion of two loans.
    await closePortfolio(lender.door())
    const whole = await lender.as(lender.officer, (ctx) => portfolioOn(ctx, closed))
    await lender.as(lender.officer, async (ctx) => {
      await sql`update business_days set after_loan = 2, loans = 2, finished_at = null where org_id = ${ctx.org.id} and day = ${closed}`.execute(
        ctx.tx,
      )
    })
    await withClient(world.owner, (client) => client.query('delete from portfolio_days'))
    const seen: number[] = []
    expect(await closePortfolio(lender.door(), (loans) => seen.push(loans))).toEqual({ loans: 6 })
    expect(seen).toEqual([6])
    expect(await lender.as(lender.officer, (ctx) => portfolioOn(ctx, closed))).toEqual(whole)
    await lender.expectAgreement()
  })
})
