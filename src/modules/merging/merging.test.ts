/** Whatever names a customer is moved when records are merged, and back when that is undone, in every organisation of the demo. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { STANDARD_CHART } from '#domain/ledger/chart.ts'
import { approve, requestApproval } from '#modules/approvals/approvals.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { customersByPhone } from '#modules/customers/views.ts'
import { refundCredit } from '#modules/loan-closing/loan-closing.ts'
import { repay } from '#modules/loan-money/loan-money.ts'
import {
  CUSTOMER_ACCOUNTS,
  MERGE_CUSTOMERS,
  MOVED_TABLES,
  previewMerge,
  READ_THROUGH,
  undoMerge,
} from '#modules/merging/merging.ts'
import { mergesOf } from '#modules/merging/views.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { refusalOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openVision, type Vision } from '#test/vision.ts'
import { openWorld, type World } from '#test/world.ts'

const manager = (id: number): Actor => ({
  ...{ kind: 'user', id, roles: ['manager'], sessionId: '', customerId: null },
})
const [ANNA, BEN] = [manager(9_001), manager(9_002)]

/** Asked for by one, approved by the other; answers the number of the merge. */
async function merge(world: World, slug: string, asked: { keptId: number; goneId: number }): Promise<number> {
  const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>) => transact(world.door(slug, actor), work)
  const id = await as(ANNA, (ctx) => requestApproval(ctx, MERGE_CUSTOMERS, { asked, reason: 'one person' }))
  await as(BEN, (ctx) => approve(ctx, { id, steps: [MERGE_CUSTOMERS] }))
  const [merged] = await as(ANNA, (ctx) => mergesOf(ctx, asked.keptId))
  return merged!.id
}

describe('every table that names a customer', () => {
  let vision: Vision
  let world: World
  beforeAll(async () => {
    vision = await openVision()
    world = vision.world
    await fillUp()
  })
  afterAll(() => vision.close())

  /** What the demo's business leaves out. */
  async function fillUp(): Promise<void> {
    const client = await vision.client('Saver', { phone: '0722555001' })
    await vision.deposit(client, 1_000)
    await vision.disburse(client, 500)
    await vision.withdraw(client, 100)
    const bank = { name: 'Equity Bank', valid_days: 365 }
    const { id } = (await vision.ask('POST /third-parties', { token: vision.staff.token, body: bank })).body
    const agree = { token: client.token, body: { third_party_id: id } }
    expect((await vision.ask(`POST /users/${client.id}/consents`, agree)).status).toBe(201)
    await transact(world.door('movicuotas'), async (ctx) => {
      const { rows } = await sql<{ loanId: number; customerId: number; paymentId: number; instalmentId: number }>`
        select s.loan_id as "loanId", s.customer_id as "customerId", p.id as "paymentId", i.id as "instalmentId"
          from sales s join payments p on p.org_id = s.org_id join instalments i on i.org_id = s.org_id and i.loan_id = s.loan_id
         where s.org_id = ${ctx.org.id} order by s.loan_id, p.id, i.id limit 1`.execute(ctx.tx)
      const { loanId, customerId, paymentId, instalmentId } = rows[0]!
      await sql`insert into customer_documents values (${ctx.org.id}, ${customerId}, 'id_front', null, 'id.jpg', now())`.execute(
        ctx.tx,
      )
      await sql`update customers set has_documents = true where org_id = ${ctx.org.id} and id = ${customerId}`.execute(
        ctx.tx,
      )
      await sql`insert into down_payments (org_id, id, loan_id, customer_id, amount, method, status, taken_by, created_at)
        values (${ctx.org.id}, 999, ${loanId}, ${customerId}, 1, 'cash', 'rejected', 'test', now())`.execute(ctx.tx)
      await sql`insert into payment_claims (org_id, payment_id, customer_id, loan_id, instalment_id, instalment_nr, submitted_by, created_at)
        values (${ctx.org.id}, ${paymentId}, ${customerId}, ${loanId}, ${instalmentId}, 1, 'test', now()) on conflict do nothing`.execute(
        ctx.tx,
      )
    })
  }

  test('is handled, and so is every key to customers and every account that a customer owns', async () => {
    const { rows } = await withClient(world.owner, (client) =>
      client.query<{ table: string; column: string }>(`
        select table_name as table, column_name as column from information_schema.columns
         where table_schema = current_schema() and (column_name = 'customer_id' or table_name || '.' || column_name in (
           select k.table_name || '.' || k.column_name from information_schema.key_column_usage k
             join pg_constraint c on c.conname = k.constraint_name and c.contype = 'f' and c.confrelid = 'customers'::regclass
            where k.column_name <> 'org_id' and k.table_schema = current_schema()))`),
    )
    const byOther = ['customers.merged_into', 'customer_merges.kept_id', 'customer_merges.gone_id']
    const handled = [...Object.keys(MOVED_TABLES), ...READ_THROUGH].map((table) => `${table}.customer_id`)
    expect(rows.map(({ table, column }) => `${table}.${column}`).sort()).toEqual([...handled, ...byOther].sort())
    const owned = STANDARD_CHART.filter(({ ownedBy }) => ownedBy === 'customer').map(({ code }) => code)
    expect(CUSTOMER_ACCOUNTS).toEqual(owned)
  })

  type Rows = Readonly<Record<string, readonly string[]>>

  /** All rows of both, and both records, but for when they were written. */
  async function snapshot(slug: string, ids: readonly number[]): Promise<Rows> {
    return transact(world.door(slug), async (ctx) => {
      const rows: Record<string, string[]> = {}
      const columns = [...Object.keys(MOVED_TABLES), ...READ_THROUGH].map((table) => [table, 'customer_id'] as const)
      for (const [table, column] of [...columns, ['customers', 'id'] as const]) {
        const found = await sql<{ row: string }>`
          select (to_jsonb(t) - 'updated_at')::text as row from ${sql.table(table)} t
           where t.org_id = ${ctx.org.id} and t.${sql.ref(column)} = any(${ids}::integer[]) order by 1`.execute(ctx.tx)
        rows[table] = found.rows.map(({ row }) => row)
      }
      return rows
    })
  }

  const countOf = (rows: Rows, table: string, id: number) =>
    rows[table]!.filter((row) => JSON.parse(row).customer_id === id).length

  test('is moved by a merge and moved back by its undoing, for every customer of the demo; the books agree all the time', async () => {
    const seen = new Set<string>()
    for (const slug of ['visionfund', 'repaysync', 'movicuotas', 'sokocredit']) {
      const { rows } = await transact(world.door(slug), (ctx) =>
        sql<{ id: number }>`select id from customers where org_id = ${ctx.org.id} order by id`.execute(ctx.tx),
      )
      for (const { id: goneId } of rows) {
        const fresh = { fullName: 'Same Person', phone: '0712999001' }
        const phone = { movicuotas: '+50499990001', repaysync: '+919811100001' }[slug] ?? fresh.phone
        const keptId = await transact(world.door(slug), (ctx) => createCustomer(ctx, { ...fresh, phone }))
        const before = await snapshot(slug, [keptId, goneId])
        const mergeId = await merge(world, slug, { keptId, goneId })
        const after = await snapshot(slug, [keptId, goneId])
        for (const table of Object.keys(MOVED_TABLES)) {
          const count = countOf(before, table, goneId)
          if (count > 0) seen.add(table)
          expect([table, countOf(after, table, goneId), countOf(after, table, keptId)]).toEqual([table, 0, count])
        }
        for (const table of READ_THROUGH) {
          if (before[table]!.length > 0) seen.add(table)
          expect(after[table]).toEqual(before[table])
        }
        await transact(world.door(slug, ANNA), (ctx) => undoMerge(ctx, mergeId, 'two people'))
        expect(await snapshot(slug, [keptId, goneId])).toEqual(before)
        await transact(world.door(slug), (ctx) =>
          sql`update customers set phone = null where org_id = ${ctx.org.id} and id = ${keptId}`.execute(ctx.tx),
        )
      }
      await expectBooksAgree(world, slug)
    }
    // What no customer of the demo has is moved by nobody here: say how it gets its row above.
    expect([...seen].sort()).toEqual([...Object.keys(MOVED_TABLES), ...READ_THROUGH].sort())
  }, 600_000)
})

describe('two records of one borrower', () => {
  let world: World
  let lender: Lender
  beforeAll(async () => {
    world = await openWorld({ now: '2026-01-15T09:00:00Z' })
    lender = await openLender(world)
  })
  afterAll(async () => {
    await expectBooksAgree(world, lender.slug)
    await world.close()
  })
  const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>) => lender.as(actor, work)
  const pair = async (name: string): Promise<{ kept: Person; gone: Person; keptId: number; goneId: number }> => {
    const [kept, gone] = [await lender.borrower(`${name} one`), await lender.borrower(`${name} two`)]
    return { kept, gone, keptId: kept.customerId, goneId: gone.customerId }
  }
  const undo = (id: number) => refusalOf(as(ANNA, (ctx) => undoMerge(ctx, id, 'two people')))

  it('credit and loans of both are one person’s; it is undone until money has moved', async () => {
    const { kept, gone, ...asked } = await pair('credit')
    const loanId = await lender.lend(gone, 100_000n)
    await lender.pay(gone.phone, 120_000n, 'OVERPAID')
    const foreseen = await as(ANNA, (ctx) => previewMerge(ctx, asked))
    expect(foreseen).toMatchObject({ moved: { loans: 1, payments: 1 }, balances: { 2100: -10_000n }, login: 'closed' })
    expect((await lender.loan(loanId)).customerId).toBe(gone.customerId)
    const first = await merge(world, lender.slug, asked)
    expect((await lender.loan(loanId)).customerId).toBe(kept.customerId)
    expect(await undo(first)).toBeNull()
    expect((await lender.loan(loanId)).customerId).toBe(gone.customerId)
    expect(await undo(first)).toBe('merge_not_undoable')
    const second = await merge(world, lender.slug, asked)
    await as(ANNA, (ctx) => refundCredit(ctx, { loanId, account: 1010, reason: 'paid twice' }))
    expect(await undo(second)).toBe('merge_not_undoable')
    expect(await undo(9_999)).toBe('merge_not_found')
  })

  it('money from either phone is the one’s, and also money that comes later ends the undoing', async () => {
    const { kept, gone, ...asked } = await pair('phones')
    const loanId = await lender.lend(kept, 100_000n)
    const id = await merge(world, lender.slug, asked)
    const found = await as(ANNA, (ctx) => customersByPhone(ctx, [kept.phone, gone.phone]))
    expect([...found.values()]).toEqual([kept.customerId, kept.customerId])
    await lender.pay(gone.phone, 10_000n, 'OTHER PHONE')
    expect((await lender.loan(loanId)).balance).toBe(100_000n)
    expect(await undo(id)).toBe('merge_not_undoable')
  })

  it('is refused to one record twice, to those that are not there, to the customer, and where identity numbers differ', async () => {
    const { keptId, goneId, gone } = await pair('refused')
    const tryTo = (asked: { keptId: number; goneId: number }, actor = ANNA) =>
      refusalOf(as(actor, (ctx) => requestApproval(ctx, MERGE_CUSTOMERS, { asked, reason: '' })))
    expect(await tryTo({ keptId, goneId: keptId })).toBe('invalid_input')
    expect(await tryTo({ keptId, goneId: 9_999 })).toBe('customer_not_found')
    expect(await tryTo({ keptId, goneId }, manager(gone.userId))).toBe('own_request')
    await as(ANNA, (ctx) =>
      sql`insert into customer_id_numbers (org_id, kind, number, customer_id, created_at) values
        (${ctx.org.id}, 'national', '111', ${keptId}, now()), (${ctx.org.id}, 'national', '222', ${goneId}, now())`.execute(
        ctx.tx,
      ),
    )
    expect(await tryTo({ keptId, goneId })).toBe('id_numbers_differ')
  })

  it('one that went into another is no customer any more: no loan, no merge, no list has it', async () => {
    const { keptId, goneId, gone } = await pair('hidden')
    const third = await lender.borrower('hidden three')
    const first = await merge(world, lender.slug, { keptId, goneId })
    const again = { keptId: third.customerId, goneId }
    expect(await refusalOf(merge(world, lender.slug, again))).toBe('customer_not_found')
    expect(await refusalOf(lender.lend(gone, 100_000n))).toBe('customer_not_found')
    const second = await merge(world, lender.slug, { keptId: third.customerId, goneId: keptId })
    expect(await undo(first)).toBe('merge_not_undoable')
    expect(await undo(second)).toBeNull()
    expect(await undo(first)).toBeNull()
    expect(await lender.lend(gone, 100_000n)).toBeGreaterThan(0)
  })

  it('what was changed since stays when it is undone', async () => {
    const { keptId, goneId } = await pair('changed')
    const read = (id: number) =>
      as(ANNA, async (ctx) => {
        const { rows } = await sql<{ location: string | null; businessName: string | null }>`
          select location, business_name as "businessName" from customers where org_id = ${ctx.org.id} and id = ${id}`.execute(
          ctx.tx,
        )
        return rows[0]!
      })
    const write = (id: number, location: string, name: string | null) =>
      as(ANNA, (ctx) =>
        sql`update customers set location = ${location}, business_name = ${name} where org_id = ${ctx.org.id} and id = ${id}`.execute(
          ctx.tx,
        ),
      )
    await write(goneId, 'Gikomba', 'Stall')
    const id = await merge(world, lender.slug, { keptId, goneId })
    expect(await read(keptId)).toEqual({ location: 'Gikomba', businessName: 'Stall' })
    await write(keptId, 'Kibera', 'Stall')
    expect(await undo(id)).toBeNull()
    expect(await read(keptId)).toEqual({ location: 'Kibera', businessName: null })
    expect(await read(goneId)).toEqual({ location: 'Gikomba', businessName: 'Stall' })
  })

  it('a payment that waits for a loan while it passes to the other record is kept', async () => {
    const { gone, ...asked } = await pair('racing')
    const loanId = await lender.lend(gone, 100_000n)
    const id = await as(ANNA, (ctx) => requestApproval(ctx, MERGE_CUSTOMERS, { asked, reason: 'one person' }))
    const paying: Promise<number>[] = []
    await as(BEN, async (ctx) => {
      await approve(ctx, { id, steps: [MERGE_CUSTOMERS] })
      paying.push(as(lender.officer, (other) => repay(other, { loanId, amount: 5_000n, account: 1000 })))
      await Promise.race([...paying, untilOneWaits(ctx)])
    })
    await Promise.all(paying)
    const { customerId, balance } = await lender.loan(loanId)
    expect([customerId, balance]).toEqual([asked.keptId, 105_000n])
  })
})

/** Until another transaction waits for this one. */
async function untilOneWaits(ctx: Ctx): Promise<void> {
  for (let isWaiting = false; !isWaiting; ) {
    const { rows } = await sql`
      select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`.execute(ctx.tx)
    isWaiting = rows.length > 0
  }
}
