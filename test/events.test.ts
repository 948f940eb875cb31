/** The facts of the log: typed where they are stated, explained in docs/events.md, and stored as it says. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EventType, FACTS } from '#domain/event.ts'
import type { FactKind } from '#domain/facts/fact.ts'
import { amount, day, id, oneOf, optional, orNull, wrongIn } from '#domain/facts/field.ts'
import { type Ctx, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { statedFacts } from '#test/facts.ts'
import { openWorld, type World } from '#test/world.ts'
import { eventReference } from '../scripts/events-reference.ts'

const KINDS = Object.entries(FACTS) as [EventType, FactKind][]

describe('the reference of events', () => {
  const page = readFileSync('docs/events.md', 'utf8')

  it('is what the table of facts says (npm run events writes it)', () => {
    expect(page).toBe(eventReference())
  })

  it('explains every type and each of its fields', () => {
    for (const [type, { when, fields }] of KINDS) {
      const entry = page.split(`### \`${type}\`\n`)[1]!.split('\n## ')[0]!.split('\n### ')[0]!
      expect(entry).toContain(when)
      for (const name of Object.keys(fields)) expect(entry).toMatch(`\`${name}\``)
      for (const text of [when, ...Object.values(fields).map(({ about }) => about)]) expect(text).toMatch(/^[A-Z].*\.$/)
    }
  })
})

describe('a field', () => {
  const fields = {
    loan_id: id('The loan.'),
    amount: amount('How much.'),
    on: orNull(day('When.')),
    status: optional(oneOf(['released', 'captured'], 'What became of it.')),
  }
  it.each<[object, string[]]>([
    [{ loan_id: 1, amount: '-12', on: null }, []],
    [{ loan_id: 1, amount: '12', on: '2026-02-28', status: 'released' }, []],
    [{ loan_id: 0, amount: '1.5', on: '2026-02-30' }, ['loan_id', 'amount', 'on']],
    [{ loan_id: '1', amount: 12, on: 5, status: 'lost' }, ['loan_id', 'amount', 'on', 'status']],
    [{ loan_id: 1, amount: '12', on: null, more: 1 }, ['more']],
    [{ loan_id: 1 }, ['amount', 'on']],
  ])('of %j is wrong: %j', (data, wrong) => {
    expect(wrongIn(fields, { ...data })).toEqual(wrong)
  })
})

describe('what is stated', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await world.demo()
    await world.settle()
    await world.moveClock('2026-02-20T09:00:00Z')
  })
  afterAll(() => world.close())

  it('by the demo of every organisation and five days after it is as the reference says', async () => {
    const { types, wrong } = await withClient(world.owner, statedFacts)
    expect(wrong).toEqual([])
    expect([...types]).toEqual(expect.arrayContaining(['loan.disbursed', 'sale.activated', 'business_day.closed']))
  })

  it('has the data of its type, or does not compile', async () => {
    const state = (ctx: Ctx, type: 'user.verified' | 'user.locked_out') => {
      emit(ctx, 'user.verified', { user_id: 1, channel: 'phone' })
      // @ts-expect-error: a field is missing
      emit(ctx, 'user.verified', { user_id: 1 })
      // @ts-expect-error: it is not one of the words
      emit(ctx, 'user.verified', { user_id: 1, channel: 'pigeon' })
      // @ts-expect-error: no such field
      emit(ctx, 'user.logged_out', { user_id: 1, sessions: 1, password: 'siri' })
      // @ts-expect-error: what fits one of the types is not enough
      emit(ctx, type, { user_id: 1, channel: 'phone' })
    }
    const subjects = await transact(world.door('sokocredit'), async (ctx) => {
      state(ctx, 'user.verified')
      return ctx.events.splice(0).map(({ subject }) => subject)
    })
    expect(subjects).toEqual(Array(5).fill('user:1'))
  })
})
