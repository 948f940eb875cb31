/** Payments that come at the same moment. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { receive } from '#modules/payments/payments.ts'
import type { Actor } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld()
  lender = await openLender(world)
})
afterAll(() => world?.close())

it('stand in books and events under the name of whoever brought each', async () => {
  const actors: Actor[] = [
    { kind: 'provider', name: 'mpesa' },
    { kind: 'system', name: 'import' },
    { kind: 'anonymous' },
  ]
  const brought = Array.from({ length: 9 }, (_, n) => ({ reference: `SAME${n}`, actor: actors[n % 3]! }))
  await Promise.all(
    brought.map(({ reference, actor }) => {
      const door = world.door(lender.slug, actor)
      const payment = { payerPhone: '+254799000001', accountRef: null, amount: 100n, valueDay: door.today }
      return receive(door, { provider: 'mpesa', reference, ...payment })
    }),
  )
  const label = ['provider:mpesa', 'system:import', 'anonymous']
  const { rows } = await lender.as({ kind: 'system', name: 'test' }, (ctx) =>
    sql<{ id: number; reference: string; actor: string }>`
      select p.id, p.reference, e.actor from payments p join journal_entries e on e.org_id = p.org_id and e.id = p.entry_id
       where p.org_id = ${ctx.org.id} and p.reference like 'SAME%' order by p.reference`.execute(ctx.tx),
  )
  expect(rows.map(({ reference, actor }) => [reference, actor])).toEqual(
    brought.map(({ reference }, n) => [reference, label[n % 3]]),
  )
  const events = await eventsOf(world, lender.slug, 'payment.suspended')
  for (const { id, actor } of rows) {
    // Facts are kept for ever: of a phone no more than its last digits.
    const told = { actor, data: { payer_phone: '***001' } }
    expect(events.find(({ subject }) => subject === `payment:${id}`)).toMatchObject(told)
  }
  await lender.expectAgreement()
})
