import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '#domain/permission.ts'
import { transact } from '#platform/context.ts'
import { openRepay, type Repay } from '#test/repay.ts'

let repay: Repay

/** Name, role, manager: two branches under the head, one of them four deep. */
const PEOPLE: readonly (readonly [string, Role, string | null])[] = [
  ['head', 'collection_head', null],
  ['north', 'collection_manager', 'head'],
  ['area', 'collection_manager', 'north'],
  ['team', 'collection_manager', 'area'],
  ['olga', 'collection_officer', 'team'],
  ['south', 'collection_manager', 'head'],
  ['omar', 'collection_officer', 'south'],
  ['agent', 'calling_agent', null],
  ['admin', 'admin', null],
]

/** Customer: entered by, assigned to. */
const CUSTOMERS = {
  olgas: ['olga', 'olga'],
  omars: ['omar', 'omar'],
  handed: ['agent', 'olga'],
  teams: ['team', 'team'],
  gone: ['olga', 'omar'],
} as const

beforeAll(async () => {
  repay = await openRepay()
  for (const [name, role, manager] of PEOPLE) await repay.hire(name, role, manager)
  for (const [name, [by, to]] of Object.entries(CUSTOMERS)) {
    await repay.ask(by, 'POST /api/customers/', { name, assigned_collection_officer: repay.idOf(to) })
  }
})
afterAll(() => repay.close())

const ALL = Object.keys(CUSTOMERS)

describe.each([
  ['head', ALL, ALL],
  ['admin', ALL, ALL],
  ['agent', ALL, ['handed']],
  ['north', ['olgas', 'handed', 'teams'], ['olgas', 'handed', 'teams']],
  ['area', ['olgas', 'handed', 'teams'], ['olgas', 'handed', 'teams']],
  ['team', ['olgas', 'handed', 'teams'], ['olgas', 'handed', 'teams']],
  ['olga', ['olgas', 'handed', 'gone'], ['olgas', 'handed', 'gone']],
  ['south', ['omars', 'gone'], ['omars', 'gone']],
  ['omar', ['omars', 'gone'], ['omars', 'gone']],
])('%s', (who, seen, changed) => {
  it(`lists ${seen.join(', ')}`, async () => {
    const { body } = await repay.ask(who, 'GET /api/customers/')
    expect(body.map((customer: { name: string }) => customer.name)).toEqual(seen)
  })

  it.each(ALL)('opens and changes %s or not', async (name) => {
    const id = ALL.indexOf(name) + 1
    expect((await repay.ask(who, `GET /api/customers/${id}/`)).status).toBe(seen.includes(name) ? 200 : 403)
    const change = await repay.ask(who, `PATCH /api/customers/${id}/`, { city: `seen by ${who}` })
    expect(change.status).toBe(changed.includes(name) ? 200 : 403)
  })
})

it('survives managers in a circle', async () => {
  const [north, olga] = [repay.idOf('north'), repay.idOf('olga')]
  // No operation makes a circle; a database from before that rule may hold one.
  await transact(repay.world.door('repaysync'), ({ tx, org }) =>
    sql`update users set manager_id = ${olga} where org_id = ${org.id} and id = ${north}`.execute(tx),
  )
  const { status, body } = await repay.ask('north', 'GET /api/customers/')
  expect({ status, names: body.map((customer: { name: string }) => customer.name) }).toEqual({
    status: 200,
    names: ['olgas', 'handed', 'teams'],
  })
})
