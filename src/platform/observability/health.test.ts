import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
const servers: FastifyInstance[] = []
beforeAll(async () => {
  world = await openWorld()
  await world.demo()
})
afterAll(async () => {
  for (const server of servers) await server.close()
  await world.close()
})

/** Another process on the same database, with connections of its own. */
async function another(): Promise<FastifyInstance> {
  const { server } = await openWeb(world.another())
  servers.push(server)
  return server
}

const onDatabase = (statement: string) =>
  withClient(world.owner, async (client) => {
    const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name')
    await client.query(statement.replace('$database', rows[0]!.name))
  })

describe('a process that cannot write', () => {
  it('is ready while it can', async () => {
    const answer = await (await another()).inject('/health/ready')
    expect(answer.json()).toEqual({
      status: 'ready',
      checks: { database: 'ok', migrations: 'ok', disk: 'ok', files: 'ok' },
    })
    const { rows } = await withClient(world.owner, (client) =>
      client.query("select from throttles where key like 'probe%'"),
    )
    expect(rows).toEqual([])
  })

  it('is not ready while the database has no room on its disk', async () => {
    await onDatabase('alter database $database set temp_file_limit = 0')
    const answer = await (await another()).inject('/health/ready')
    await onDatabase('alter database $database reset temp_file_limit')
    expect([answer.statusCode, answer.json().checks.disk]).toEqual([503, 'cannot write'])
    expect((await (await another()).inject('/health/ready')).statusCode).toBe(200)
  })

  it('is not ready while no file can be kept', async () => {
    const folder = join(world.services.config.dataDir, 'files', '0')
    await rm(folder, { recursive: true, force: true })
    await writeFile(folder, 'in the way')
    const answer = await (await another()).inject('/health/ready')
    await rm(folder)
    expect([answer.statusCode, answer.json().checks]).toEqual([503, expect.objectContaining({ files: 'cannot write' })])
  })

  it('answers a payment 503 with when to try again, and takes it once there is room', async () => {
    const server = await another()
    await onDatabase(`create function full_disk() returns trigger language plpgsql as
      'begin raise exception ''could not extend file: No space left on device'' using errcode = ''53100''; end'`)
    await onDatabase('create trigger full_disk before insert on payments execute function full_disk()')
    const payload = { phone_number: '0700000003', amount_paid: 100, mpesa_code: 'FULL1' }
    const pay = () => server.inject({ method: 'POST', url: '/repayments/mpesa-webhook', payload })
    const kept = () =>
      withClient(world.owner, async (client) => {
        await client.query("select set_config('mkopo.org', $1, false)", [String(world.org('sokocredit').id)])
        return (await client.query("select from payments where reference = 'FULL1'")).rows.length
      })
    const refused = await pay()
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '30'])
    expect(await kept()).toBe(0)
    await onDatabase('drop trigger full_disk on payments')
    expect((await pay()).statusCode).toBeLessThan(500)
    expect(await kept()).toBe(1)
  })
})
