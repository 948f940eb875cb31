/** A transaction that is retried (a deadlock, a serialization failure) leaves nothing of its first attempt, in the database or in memory. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JOBS } from '#src/jobs.ts'
import type { Day } from '#domain/day.ts'
import { judgePromises } from '#modules/collections/collections.ts'
import { enforceLocks } from '#modules/devices/devices.ts'
import { type Door, type Services, systemDoor } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { stumbling } from '#test/stumbling-database.ts'
import { openLender } from '#test/lending.ts'
import { movicuotas } from '#contracts/movicuotas/contract.ts'
import { receive } from '#modules/payments/payments.ts'
import { buildServer } from '#platform/http/http.ts'
import { openWorld, type World } from '#test/world.ts'

/** Long after the demo's business: promises are broken, phones are to be locked, instalments are late. */
const LATER = '2026-04-20' as Day
const ORGANISATIONS = ['sokocredit', 'visionfund', 'repaysync', 'chamahub', 'movicuotas'] as const

let worlds: readonly [World, World]
beforeAll(async () => {
  worlds = [await openWorld(), await openWorld()]
  for (const world of worlds) await world.demo()
})
afterAll(() => Promise.all(worlds.map((world) => world.close())))

test('the jobs of a day count and state everything once, however often their transactions are retried', async () => {
  const [smooth, rough] = worlds
  const expected = await dayOfJobs(smooth, smooth.services)
  expect(expected.counts).toMatchObject({ movicuotas: { warned: 2 }, repaysync: { broken: 1 } })
  expect(await dayOfJobs(rough, { ...rough.services, db: stumbling(rough.services.db) })).toEqual(expected)
})

test('a payment is applied whichever of its statements meets another transaction', async () => {
  const world = await openWorld()
  const lender = await openLender(world)
  const person = await lender.borrower('wanjiru')
  await lender.lend(person, 1_000_000n)
  const door = { ...world.door('sokocredit'), services: { ...world.services, db: stumbling(world.services.db) } }
  for (let n = 0; n < 9; n++) {
    const incoming = { provider: 'mpesa', payerPhone: person.phone, accountRef: null, amount: 1000n } as const
    const receipt = await receive(door, { ...incoming, reference: `RETRIED${n}`, valueDay: door.today })
    expect(receipt).toMatchObject({ status: 'applied', repeated: false })
  }
  await lender.expectAgreement()
  await world.close()
})

test('whoever activates a phone is not told that its code is unknown because another transaction was in the way', async () => {
  const [, world] = worlds
  const { rows } = await withClient(world.owner, (client) =>
    client.query<{ code: string }>('select activation_code as code from devices order by id limit 1'),
  )
  const app = await buildServer({ ...world.services, db: stumbling(world.services.db) }, [movicuotas])
  for (let n = 0; n < 9; n++) {
    const payload = { activation_code: rows[0]!.code, fcm_token: `push-${'x'.repeat(60)}`, platform: 'android' }
    const { statusCode } = await app.inject({ method: 'POST', url: '/api/v1/devices/activate', payload })
    expect(statusCode).toBe(200)
  }
  await app.close()
})

/** What the jobs count, and every fact that was ever stated. */
async function dayOfJobs(world: World, services: Services) {
  const counts: Record<string, object> = {}
  for (const slug of ORGANISATIONS) {
    const door: Door = { ...systemDoor(services, world.org(slug), 'jobs'), today: LATER }
    counts[slug] = { ...(await enforceLocks(door)), ...(await judgePromises(door)) }
    for (const job of JOBS) await job.run(door, { fireAt: services.clock.now(), day: LATER })
  }
  return { counts, facts: await statedIn(world) }
}

/** Without what is drawn by lot. */
async function statedIn(world: World): Promise<string[]> {
  const { rows } = await withClient(world.owner, (client) =>
    client.query<{ fact: string }>(
      `select concat_ws(' ', org_id, type, subject, data) as fact from events order by org_id, type, subject, data::text`,
    ),
  )
  return rows.map(({ fact }) => fact)
}
