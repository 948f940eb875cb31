/** Nothing that a decision rests on is cut at a round number: long lives, and far more rows than a page has. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { adminIds, adminMails } from '#modules/identity/views.ts'
import { activeProductNamed } from '#modules/loan-products/views.ts'
import { allSummariesOf, transactionsOfLoan } from '#modules/loan-records/views.ts'
import { branchSummaries } from '#modules/reporting/branch-views.ts'
import { salesOfLoans } from '#modules/sales/views.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { openVision, type Vision } from '#test/vision.ts'
import type { World } from '#test/world.ts'

let movi: Movi
let vision: Vision
beforeAll(async () => {
  movi = await openMovi()
  vision = await openVision()
})
afterAll(async () => {
  await movi.close()
  await vision.close()
})

const inMovi = <T>(work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(movi.world.door('movicuotas'), work)

interface Copies {
  readonly world: World
  readonly slug: string
  readonly table: 'loans' | 'loan_transactions' | 'instalments' | 'sales' | 'loan_products' | 'users'
  /** Of the row that is copied. */
  readonly where: string
  readonly count: number
  /** What is different in the n-th copy. */
  readonly change: string
}

/** Rows like one that is there, without the triggers and keys that ask whether they make sense. */
async function copy({ world, slug, table, where, count, change }: Copies): Promise<void> {
  await withClient(world.owner, async (client) => {
    await client.query("set session_replication_role = 'replica'")
    const { rowCount } = await client.query(
      `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(t) || ${change})).*
         from (select * from ${table} where org_id = ${world.org(slug).id} and ${where} limit 1) t, generate_series(1, ${count}) n`,
    )
    expect(rowCount).toBe(count)
  })
}

const FAR = "jsonb_build_object('id', 1000000 + n, 'account_no', null"

it('the loan that is owed shows behind six hundred later applications', async () => {
  const token = await movi.login()
  const seen = async () => (await movi.ask('GET /installments', { token })).body
  const before = await seen()
  const { customers } = (await movi.office('admin', 'GET /customers?search=Juan')).body
  const customerId = customers[0].id
  const loans = { world: movi.world, slug: 'movicuotas', table: 'loans', where: `customer_id = ${customerId}` } as const
  await copy({ ...loans, count: 600, change: `${FAR}, 'status', 'withdrawn')` })
  expect(before.installments.length).toBeGreaterThan(0)
  expect(await seen()).toEqual(before)
  expect((await inMovi((ctx) => allSummariesOf(ctx, customerId))).length).toBeGreaterThan(600)
})

it('everything that happened to a loan is read, however much it is', async () => {
  const { id } = (await movi.office('admin', 'GET /loans?status=active&limit=1')).body.loans[0]
  const of = { world: movi.world, slug: 'movicuotas', table: 'loan_transactions', where: `loan_id = ${id}` } as const
  await copy({ ...of, count: 5_100, change: `jsonb_build_object('id', 1000000 + n)` })
  expect((await inMovi((ctx) => transactionsOfLoan(ctx, id))).length).toBeGreaterThan(5_100)
})

it('all of twelve hundred sales, each of a branch of its own, are found by their loans and counted', async () => {
  const at = { world: movi.world, slug: 'movicuotas', where: 'true', count: 1_200 } as const
  const numbers = "'contract_number', 'C' || n, 'branch_contract_code', 'C' || n, 'branch_number', 'B' || n"
  await copy({
    ...at,
    table: 'loans',
    change: `jsonb_build_object('id', 2000000 + n, 'account_no', null, 'status', 'active')`,
  })
  await copy({ ...at, table: 'sales', change: `jsonb_build_object('loan_id', 2000000 + n, ${numbers})` })
  const ids = Array.from({ length: 1_200 }, (_, n) => 2_000_001 + n)
  expect(await inMovi((ctx) => salesOfLoans(ctx, ids))).toHaveLength(1_200)
  const period = { from: day('2026-01-01')!, to: day('2026-02-15')! }
  expect((await inMovi((ctx) => branchSummaries(ctx, period))).length).toBeGreaterThan(1_200)
})

it('all of a hundred and fifty administrators are told', async () => {
  const admins = { world: movi.world, slug: 'movicuotas', table: 'users', where: "roles && array['admin']" } as const
  const change = `jsonb_build_object('id', 1000000 + n, 'email', n || '@example.com', 'username', null, 'phone', null)`
  await copy({ ...admins, count: 150, change })
  expect((await inMovi((ctx) => adminIds(ctx))).length).toBeGreaterThan(150)
  expect((await inMovi((ctx) => adminMails(ctx))).length).toBeGreaterThan(150)
})

it('a product is found by its name behind three hundred others', async () => {
  const products = {
    world: movi.world,
    slug: 'movicuotas',
    table: 'loan_products',
    where: "status = 'active'",
  } as const
  await copy({ ...products, count: 300, change: `jsonb_build_object('id', -n, 'name', 'Other ' || n)` })
  const { loan_products: known } = (await movi.office('admin', 'GET /loan-products?limit=200&after=0')).body
  expect(await inMovi((ctx) => activeProductNamed(ctx, known[0].name))).toMatchObject({ name: known[0].name })
})

it('a repayment reaches the loan that is owed behind a hundred others', async () => {
  const client = await vision.client()
  expect((await vision.disburse(client, 1_000)).status).toBe(201)
  const loans = { world: vision.world, slug: 'visionfund', table: 'loans', where: "status = 'active'" } as const
  const where = `${loans.where} and id = (select max(id) from loans where org_id = ${vision.world.org('visionfund').id})`
  await copy({ ...loans, where, count: 120, change: `${FAR})` })
  expect((await vision.repay(client, 100)).status).toBe(201)
})
