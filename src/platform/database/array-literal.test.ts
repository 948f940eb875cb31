import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrayLiteral } from '#platform/database/array-literal.ts'
import { transact } from '#platform/context.ts'
import { openWorld, type World } from '#test/world.ts'

describe('arrayLiteral', () => {
  test.each([
    ['nothing', [], '{}'],
    ['numbers', [1, -2, 3.5], '{1,-2,3.5}'],
    ['money', [9_007_199_254_740_993n, null], '{9007199254740993,NULL}'],
    ['flags', [true, undefined, false], '{true,NULL,false}'],
    ['words, also empty and NULL itself', ['a', '', 'NULL'], '{"a","","NULL"}'],
    ['what would end a word', ['say "hi"', 'back\\slash', 'a,{b}'], '{"say \\"hi\\"","back\\\\slash","a,{b}"}'],
    ['bytes', [Buffer.from([0, 255])], '{"\\\\x00ff"}'],
    ['instants', [new Date('2026-02-15T09:00:00.123Z')], '{"2026-02-15T09:00:00.123Z"}'],
  ])('%s', (_, items, literal) => expect(arrayLiteral(items)).toBe(literal))

  test('refuses what it does not know, rather than writing it somehow', () => {
    expect(() => arrayLiteral([{ a: 1 }])).toThrow('object')
  })
})

describe('PostgreSQL reads back what was written', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  test.each([
    ['text', ['plain', '', 'NULL', '"', '\\', '\\"', '{a,b}', ' edge ', 'naïve ✓', 'two\nlines', null]],
    ['bigint', [0n, -1n, 9_223_372_036_854_775_807n, null]],
    ['bytea', [Buffer.from([]), Buffer.from([0, 92, 34, 255]), null]],
    ['date', ['2026-02-15', null]],
    ['boolean', [true, false, null]],
  ])('%s', async (type, items) => {
    const { rows } = await transact(world.door('sokocredit'), (ctx) =>
      sql<{
        item: unknown
      }>`select item from unnest(${items}::${sql.raw(type)}[]) with ordinality as t (item, n) order by n`.execute(
        ctx.tx,
      ),
    )
    expect(rows.map((row) => row.item)).toEqual(items)
  })
})
