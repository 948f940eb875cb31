import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attempt, type Ctx, transact } from '#platform/context.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const note = (ctx: Ctx, key: string) =>
  sql`insert into throttles (org_id, key, failures, window_end) values (${ctx.org.id}, ${key}, 1, ${ctx.now})`.execute(
    ctx.tx,
  )
const noted = async (): Promise<string[]> =>
  transact(world.door('sokocredit'), async (ctx) => {
    const { rows } = await sql<{ key: string }>`
      select key from throttles where org_id = ${ctx.org.id} and key like 'part %' order by key`.execute(ctx.tx)
    return rows.map(({ key }) => key)
  })
const failing = async (work: Promise<unknown>): Promise<void> => {
  await work
  throw new Error('fails')
}
const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch((error: Error) => error.message)

it('undoes all of a part that fails, also what came before a part of it that had failed', async () => {
  await transact(world.door('sokocredit'), async (ctx) => {
    await note(ctx, 'part 1')
    const outer = attempt(ctx, async () => {
      await note(ctx, 'part 2')
      await quietly(attempt(ctx, () => failing(note(ctx, 'part 3'))))
      await failing(note(ctx, 'part 4'))
    })
    expect(await quietly(outer)).toBe('fails')
    await attempt(ctx, () => note(ctx, 'part 5'))
  })
  expect(await noted()).toEqual(['part 1', 'part 5'])
})
