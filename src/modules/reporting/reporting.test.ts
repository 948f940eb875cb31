import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { parseCsv } from 'hucre/csv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { updateCustomer } from '#modules/customers/customers.ts'
import { takeBack } from '#modules/payments/payments.ts'
import {
  collectionReport,
  loanPages,
  overdueDevicePages,
  paymentPages,
  periodOf,
} from '#modules/reporting/reporting.ts'
import { dashboard, type OverdueDevice, overdueTotals } from '#modules/reporting/views.ts'
import { transact } from '#platform/context.ts'
import { csvStream } from '#platform/files/csv.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { sellAlike } from '#test/many-phones.ts'
import { openMovi, type Movi } from '#test/movi.ts'
import { openWorld, type World } from '#test/world.ts'

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

describe('a lender of cash: 600.00 over six months at 10 % of it: six instalments of 110.00', () => {
  let world: World
  let lender: Lender
  let amina: Person
  let loanId: number
  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-10T09:00:00Z' })
    lender = await openLender(world)
    amina = await lender.borrower('amina')
    // due on 10 February, 10 March …
    loanId = await lender.lend(amina, 60_000n)
  })
  afterAll(() => world?.close())

  const on = (today: string, from: string, to = today) => {
    if (lender.door().today < today) lender.goTo(today)
    const period = { from: day(from), to: day(to) }
    return transact(lender.door(), (ctx) => collectionReport(ctx, period), true)
  }

  it('is not overdue on the due day, and is the day after', async () => {
    expect((await on('2026-02-10', '2026-02-01')).byBranch).toEqual([])
    const { byDays, byBranch } = await on('2026-02-11', '2026-02-01')
    expect(byDays.map(({ fromDays, count, amount }) => [fromDays, count, amount])).toEqual([
      ...[
        [1, 1, 11_000n],
        [8, 0, 0n],
        [16, 0, 0n],
        [31, 0, 0n],
      ],
    ])
    expect(byBranch).toEqual([{ branch: null, loans: 1, amount: 11_000n }])
  })

  it.each([
    ['2026-02-17', [1, 0, 0, 0]], // 7 days
    ['2026-02-18', [0, 1, 0, 0]], // 8
    ['2026-02-25', [0, 1, 0, 0]], // 15
    ['2026-02-26', [0, 0, 1, 0]], // 16
    ['2026-03-12', [1, 0, 1, 0]], // 30 and 2
    ['2026-03-13', [1, 0, 0, 1]], // 31 and 3
  ] as const)('stands on %s in the bands %j', async (today, counts) => {
    expect((await on(today, '2026-02-01')).byDays.map(({ count }) => count)).toEqual(counts)
  })

  it('recovers what was overdue at the start, not what falls due in the period, and forgets what is taken back', async () => {
    const at = async () => (await on('2026-03-13', '2026-03-01')).recovery
    // on 1 March the first was overdue; the second fell due on the 10th
    expect(await at()).toEqual({ overdueAtStart: 11_000n, recovered: 0n })
    await lender.pay(amina.phone, 4_000n, 'PART')
    expect(await at()).toEqual({ overdueAtStart: 11_000n, recovered: 4_000n })
    const { paymentId } = await lender.pay(amina.phone, 15_000n, 'MORE')
    // 70.00 completed the first, 80.00 went to the second
    expect(await at()).toEqual({ overdueAtStart: 11_000n, recovered: 11_000n })
    await lender.as(lender.officer, (ctx) => takeBack(ctx, paymentId, 'bounced'))
    expect(await at()).toEqual({ overdueAtStart: 11_000n, recovered: 4_000n })
  })

  it('counts a provider’s money as verified when it came', async () => {
    const board = await transact(lender.door(), (ctx) => dashboard(ctx), true)
    // MORE was reversed
    expect(board).toMatchObject({
      ...{ waiting: { count: 0, oldest: null }, verifiedToday: { count: 1, amount: 4_000n } },
      ...{ locks: { locked: 0, pending: 0, atRisk: 0 }, lastLocks: [] },
    })
  })

  it('is late only beyond what its product tolerates', async () => {
    const bear = (minor: string) =>
      transact(lender.door(), (ctx) =>
        sql`update loans set terms = terms || jsonb_build_object('arrearsTolerance', ${minor}::text) where org_id = ${ctx.org.id} and id = ${loanId}`.execute(
          ctx.tx,
        ),
      )
    // 70.00 of the first and 110.00 of the second
    await bear('18000')
    expect((await on('2026-03-13', '2026-03-01')).byBranch).toEqual([])
    await bear('17999')
    expect((await on('2026-03-13', '2026-03-01')).byBranch).toEqual([{ branch: null, loans: 1, amount: 18_000n }])
  })

  it('lists all loans and payments, and no name runs as a formula in a spreadsheet', async () => {
    await lender.as(lender.officer, (ctx) =>
      updateCustomer(ctx, amina.customerId, { fullName: '=HYPERLINK("http://x","Amina")' }),
    )
    const [loan] = await all(loanPages(lender.door()))
    expect(loan).toMatchObject({
      ...{ id: loanId, status: 'active', principal: 60_000n, due: 66_000n, paid: 4_000n, outstanding: 62_000n },
      // late since the second went beyond what is tolerated
      ...{ overdue: 18_000n, daysPastDue: 3, contractNumber: null, disbursedOn: '2026-01-10', completedOn: null },
    })
    async function* one() {
      yield [[loan!.customerName]]
    }
    const file = await text(csvStream(['Name'], one(), { marked: true }))
    expect(parseCsv(file)).toEqual([['Name'], [`'=HYPERLINK("http://x","Amina")`]])
    expect((await all(paymentPages(lender.door()))).map(({ reference, status }) => [reference, status])).toEqual([
      ...[
        ['PART', 'applied'],
        ['MORE', 'reversed'],
      ],
    ])
  })

  it('shows nothing of it to another organisation', async () => {
    const other = world.door('visionfund')
    expect(await all(loanPages(other))).toEqual([])
    expect(await all(paymentPages(other))).toEqual([])
    expect((await transact(other, (ctx) => collectionReport(ctx, periodOf(ctx, {})), true)).byBranch).toEqual([])
  })
})

describe('more phones than a page holds', () => {
  const MANY = 5_200
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    await sellAlike(movi.world, MANY, 40)
  })
  afterAll(() => movi?.close())

  const inOrder: Readonly<Record<'days' | 'amount', (a: OverdueDevice, b: OverdueDevice) => boolean>> = {
    days: (a, b) => a.daysOverdue > b.daysOverdue || (a.daysOverdue === b.daysOverdue && a.deviceId < b.deviceId),
    amount: (a, b) => a.totalOverdue > b.totalOverdue || (a.totalOverdue === b.totalOverdue && a.deviceId < b.deviceId),
  }

  it.each(['days', 'amount'] as const)('are read in pages, each phone once, in the order of %s', async (order) => {
    const door = movi.world.door('movicuotas')
    const sizes: number[] = []
    const rows: OverdueDevice[] = []
    for await (const page of overdueDevicePages(door, {}, order)) {
      sizes.push(page.length)
      rows.push(...page)
    }
    expect(sizes).toEqual([5_000, MANY + 2 - 5_000])
    expect(new Set(rows.map(({ deviceId }) => deviceId)).size).toBe(MANY + 2)
    expect(rows.every((row, i) => i === 0 || inOrder[order](rows[i - 1]!, row))).toBe(true)
  })

  it('are counted by branch as they are listed', async () => {
    const door = movi.world.door('movicuotas')
    const rows = (await all(overdueDevicePages(door, { branch: 'S7' }, 'days'))).length
    expect(await transact(door, (ctx) => overdueTotals(ctx, { branch: 'S7' }), true)).toMatchObject({ devices: rows })
    // every twentieth copy
    expect(rows).toBe(MANY / 20)
  })
})
