import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlState } from '#platform/database/db.ts'
import { layOrganisationWall } from '#platform/database/organisation-wall.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { layWalls } from '#platform/database/walls.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const asApp = (statement: string, slug = 'sokocredit') =>
  world.services.db.transact(world.org(slug).id, async (tx) => (await sql.raw(statement).execute(tx)).rows)
const refusedWith = async (work: Promise<unknown>) =>
  sqlState(
    await work.then(
      () => undefined,
      (error) => error,
    ),
  )
const policiesOf = async (slug: string) =>
  (await asApp(`select policies from organisations where slug = '${slug}'`, 'mkopo'))[0]

it('lets the application change the policies of the organisation that it acts in', async () => {
  const { id } = world.org('sokocredit')
  await asApp(`update organisations set policies = '{"registration": "staff"}' where id = ${id}`)
  expect(await policiesOf('sokocredit')).toEqual({ policies: { registration: 'staff' } })
})

it('does not let it change those of another, with a condition or without', async () => {
  const before = await policiesOf('visionfund')
  const other = world.org('visionfund').id
  await asApp(`update organisations set policies = '{"mine": true}' where id = ${other}`)
  await asApp(`update organisations set policies = '{"mine": true}'`)
  expect(await policiesOf('visionfund')).toEqual(before)
  expect(await policiesOf('sokocredit')).toEqual({ policies: { mine: true } })
})

it.each(['id', 'slug', 'name', 'currency', 'time_zone', 'locale', 'country', 'created_at'])(
  'does not let it change %s, not even to what it is',
  async (column) => {
    expect(await refusedWith(asApp(`update organisations set ${column} = ${column}`))).toBe('42501')
    expect(await refusedWith(asApp(`update organisations set policies = policies, ${column} = ${column}`))).toBe(
      '42501',
    )
  },
)

it.each([
  'delete from organisations',
  'truncate organisations',
  `insert into organisations select 99, 'own', name, currency, time_zone, locale, country, policies, created_at from organisations limit 1`,
])('refuses the application: %s', async (statement) => {
  expect(await refusedWith(asApp(statement))).toBe('42501')
})

it('shows every organisation to all, since a contract must find its own', async () => {
  expect((await asApp('select id from organisations')).length).toBeGreaterThan(5)
})

it('is put up again where it was taken down', async () => {
  await withClient(world.owner, async (client) => {
    await client.query('alter table organisations no force row level security, disable row level security')
    await client.query('drop policy own_organisation on organisations')
    await client.query('grant update (name) on organisations to mkopo_app; grant insert on organisations to mkopo_app')
    await layWalls(client, { appLogsIn: false })
  })
  const before = await policiesOf('visionfund')
  expect(await refusedWith(asApp('update organisations set name = name'))).toBe('42501')
  await asApp(`update organisations set policies = '{"mine": 2}'`)
  expect(await policiesOf('visionfund')).toEqual(before)
})

/** A managed database with one user, who owns the tables and is the application as well. */
it('holds an owner who is no superuser to his organisation, and lets him found others', async () => {
  const user = `owner_${process.pid}_${Date.now()}`
  await withClient(world.owner, async (client) => {
    await client.query(`create role ${user} login; create schema ${user} authorization ${user}`)
    try {
      await client.query(`set session authorization ${user}; set search_path = ${user}`)
      await client.query("create table organisations (id integer primary key, policies jsonb not null default '{}')")
      await layOrganisationWall(client)
      await client.query('insert into organisations (id) select coalesce(max(id), 0) + 1 from organisations')
      await client.query('insert into organisations (id) values (2) on conflict do nothing')
      await client.query("select set_config('mkopo.org', '2', false)")
      expect((await client.query(`update organisations set policies = '{"a": 1}'`)).rowCount).toBe(1)
      expect((await client.query('select id from organisations order by id')).rows).toEqual([{ id: 1 }, { id: 2 }])
    } finally {
      await client.query(`reset session authorization; drop schema ${user} cascade; drop role ${user}`)
    }
  })
})
