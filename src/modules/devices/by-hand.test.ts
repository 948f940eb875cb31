import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  activate,
  addPhoneModel,
  confirmLock,
  registerDevice,
  repeatCommand,
  requestLock,
  unlock,
} from '#modules/devices/devices.ts'
import { commandsAreDue, commandsOf, lockHistory } from '#modules/devices/views.ts'
import type { Ctx } from '#platform/context.ts'
import { refusalOf } from '#test/asking.ts'
import { type Lender, openLender } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

/** Production, where no service manages phones. */
let world: World
let lender: Lender
beforeAll(async () => {
  const MKOPO_SECRET = 'a secret of a test that nobody could ever guess'
  world = await openWorld({ env: { MKOPO_MODE: 'production', MKOPO_SECRET } })
  lender = await openLender(world)
})
afterAll(() => world?.close())

const run = <T>(work: (ctx: Ctx) => Promise<T>) => lender.as({ kind: 'system', name: 'test' }, work)

it('locks in two steps by hand, and tells no phone anything', async () => {
  const owner = await lender.borrower('by hand')
  const loanId = await lender.lend(owner, 1_000_000n)
  const phoneModelId = await run((ctx) => addPhoneModel(ctx, { brand: 'Samsung', model: 'A54', price: 1_500_000n }))
  const id = await run((ctx) => registerDevice(ctx, { imei: '356938035643809', phoneModelId, loanId }))
  await run((ctx) => activate(ctx, id, { token: 'push', userId: owner.userId, platform: 'android' }))
  await run((ctx) => requestLock(ctx, id, 'Pago vencido'))
  await run((ctx) => confirmLock(ctx, id))
  await run((ctx) => unlock(ctx, id, 'Pago recibido'))
  const history = await run((ctx) => lockHistory(ctx, [id]))
  expect(history.map(({ status }) => status)).toEqual(['pending', 'locked', 'unlocked'])
  expect(await run((ctx) => commandsOf(ctx, [id]))).toEqual([])
  expect(await run(commandsAreDue)).toBe(false)
  expect(await refusalOf(run((ctx) => repeatCommand(ctx, id)))).toBe('device_management_off')
})
