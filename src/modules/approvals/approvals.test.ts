/** One asks, another decides, and the step happens once. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import type { Role } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import {
  type Approvable,
  approve,
  minorUnits,
  reject,
  requestApproval,
  withdraw,
} from '#modules/approvals/approvals.ts'
import { approvalById, listApprovals } from '#modules/approvals/views.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** What the step has made so far: its own series of numbers stands in for it. */
let isOpen = true
const STEP: Approvable<{ loanId: number; amount: bigint }> = {
  kind: 'test.step',
  permission: 'loan.waive',
  asked: z.object({ loanId: z.int(), amount: minorUnits }),
  subject: ({ loanId }) => `loan:${loanId}`,
  async carryOut(ctx, { amount }) {
    if (!isOpen) refuse('loan_not_active')
    return { number: await takeNumbers(ctx, 'contract 1999'), amount }
  },
}
const steps = [STEP]
const asked = { loanId: 7, amount: 9_007_199_254_740_993n }

const user = (id: number, role: Role = 'manager'): Actor => ({
  ...{ kind: 'user', id, roles: [role], sessionId: '', customerId: null },
})
const [anna, ben] = [user(1), user(2)]
const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>) => transact(world.door('sokocredit', actor), work)
const request = (actor = anna) => as(actor, (ctx) => requestApproval(ctx, STEP, { asked, reason: 'because' }))
const read = (id: number) =>
  as(anna, async (ctx) => (await approvalById(ctx, id, { kinds: [STEP.kind], requestedBy: '' }))!)
/** How often the step has been carried out; counting takes one number itself. */
let counted = 0
const carriedOut = () => as(anna, async (ctx) => (await takeNumbers(ctx, 'contract 1999')) - ++counted)

describe('a request', () => {
  test('changes nothing until another approves it, and then happens once', async () => {
    const before = await carriedOut()
    const id = await request()
    expect(await carriedOut()).toBe(before)
    expect(await read(id)).toMatchObject({ status: 'pending', subject: 'loan:7', requestedBy: 'user:1', outcome: null })
    await as(ben, (ctx) => approve(ctx, { id, steps, note: 'fine' }))
    expect(await carriedOut()).toBe(before + 1)
    expect(await read(id)).toMatchObject({
      ...{ status: 'approved', decidedBy: 'user:2', note: 'fine', outcome: { amount: '9007199254740993' } },
    })
    expect(await refusalOf(as(ben, (ctx) => approve(ctx, { id, steps })))).toBe('approval_not_pending')
    const told = await eventsOf(world, 'sokocredit', 'approval.approved')
    expect(told.at(-1)).toMatchObject({ subject: `approval:${id}`, actor: 'user:2', data: { about: 'loan:7' } })
  })

  test('is approved once when two approve it at the same time', async () => {
    const id = await request()
    const before = await carriedOut()
    const approvals = [ben, user(3)].map((who) => refusalOf(as(who, (ctx) => approve(ctx, { id, steps }))))
    expect((await Promise.all(approvals)).sort()).toEqual(['approval_not_pending', null])
    expect(await carriedOut()).toBe(before + 1)
  })

  test('is neither approved nor rejected by who made it, who may only withdraw it', async () => {
    const id = await request()
    expect(await refusalOf(as(anna, (ctx) => approve(ctx, { id, steps })))).toBe('own_request')
    expect(await refusalOf(as(anna, (ctx) => reject(ctx, { id, steps, note: 'no' })))).toBe('own_request')
    expect(await refusalOf(as(ben, (ctx) => withdraw(ctx, id)))).toBe('not_yours')
    await as(anna, (ctx) => withdraw(ctx, id))
    expect(await refusalOf(as(ben, (ctx) => approve(ctx, { id, steps })))).toBe('approval_not_pending')
    expect((await read(id)).status).toBe('withdrawn')
  })

  test('that was rejected never happens', async () => {
    const id = await request()
    const before = await carriedOut()
    await as(ben, (ctx) => reject(ctx, { id, steps, note: 'not agreed' }))
    expect(await read(id)).toMatchObject({ status: 'rejected', note: 'not agreed', outcome: null })
    expect(await refusalOf(as(user(3), (ctx) => approve(ctx, { id, steps })))).toBe('approval_not_pending')
    expect(await carriedOut()).toBe(before)
  })

  test('stays pending when its step is refused, and can be approved later', async () => {
    const id = await request()
    isOpen = false
    expect(await refusalOf(as(ben, (ctx) => approve(ctx, { id, steps })))).toBe('loan_not_active')
    expect((await read(id)).status).toBe('pending')
    isOpen = true
    await as(ben, (ctx) => approve(ctx, { id, steps }))
    expect((await read(id)).status).toBe('approved')
  })
})

it('refuses at once what the step would be refused with now, and keeps no request', async () => {
  isOpen = false
  const before = (await list()).length
  expect(await refusalOf(request())).toBe('loan_not_active')
  isOpen = true
  expect((await list()).length).toBe(before)
})
const list = () => as(anna, (ctx) => listApprovals(ctx, { kinds: [STEP.kind], requestedBy: '', limit: 200 }))

it.each([
  ['a role without the permission', user(4, 'loan_officer')],
  ['the system', { kind: 'system', name: 'test' }],
  ['a provider', { kind: 'provider', name: 'mpesa' }],
  ['a stranger', { kind: 'anonymous' }],
] as [string, Actor][])('%s neither asks nor decides', async (_, actor) => {
  const id = await request()
  expect(await refusalOf(request(actor))).toBe('not_permitted')
  expect(await refusalOf(as(actor, (ctx) => approve(ctx, { id, steps })))).toBe('not_permitted')
  expect(await refusalOf(as(actor, (ctx) => reject(ctx, { id, steps, note: '' })))).toBe('not_permitted')
})

it('is not there for another organisation, under another number, or where its step is not decided', async () => {
  const id = await request()
  const elsewhere = transact(world.door('visionfund', ben), (ctx) => approve(ctx, { id, steps }))
  expect(await refusalOf(elsewhere)).toBe('approval_not_found')
  expect(await refusalOf(as(ben, (ctx) => approve(ctx, { id: 999_999, steps })))).toBe('approval_not_found')
  expect(await refusalOf(as(ben, (ctx) => approve(ctx, { id, steps: [] })))).toBe('approval_not_found')
})

it('shows a person the kinds that they may decide, and all that they made', async () => {
  const id = await request()
  const shown = async (kinds: readonly string[], requestedBy: string) =>
    (await as(anna, (ctx) => approvalById(ctx, id, { kinds, requestedBy }))) !== null
  expect(await shown([], 'user:1')).toBe(true)
  expect(await shown([STEP.kind], 'user:9')).toBe(true)
  expect(await shown(['another.step'], 'user:9')).toBe(false)
})

it('the database lets nobody approve their own request either, whoever writes it', async () => {
  const id = await request()
  const approveOwn = withClient(world.owner, (client) =>
    client.query(
      `begin; select set_config('mkopo.org', '${world.org('sokocredit').id}', true);
       update approvals set status = 'approved', decided_by = requested_by, decided_at = now() where id = ${id}; commit`,
    ),
  )
  await expect(approveOwn).rejects.toThrow(/check constraint/)
  expect((await read(id)).status).toBe('pending')
})
