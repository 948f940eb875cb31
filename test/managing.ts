/** A lender whose phones are managed by the built-in device management, over real HTTP both ways. */
import type { AddressInfo } from 'node:net'
import { openWeb } from '#src/app.ts'
import { deviceCommandErrand } from '#src/worker/device-command-errand.ts'
import type { CommandStatus } from '#domain/devices/command.ts'
import { activate, addPhoneModel, registerDevice } from '#modules/devices/devices.ts'
import { commandsOf, type Device, deviceById, type DeviceCommand } from '#modules/devices/views.ts'
import { type Ctx, type Services, transact } from '#platform/context.ts'
import { manageBy } from '#platform/providers/mdm/mdm-account.ts'
import { type MdmSimulator, startMdmSimulator } from '#platform/providers/mdm/simulator/simulator.ts'
import { HELD } from '#test/declared-answers.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import type { World } from '#test/world.ts'

export interface ManagedPhone {
  readonly id: number
  readonly imei: string
  readonly loanId: number
  readonly owner: Person
}

export interface Managing {
  readonly lender: Lender
  readonly mdm: MdmSimulator
  /** Where results are posted. */
  readonly address: string
  /** A phone on a loan of today, its application activated, enrolled. */
  phone(): Promise<ManagedPhone>
  run<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>
  device(id: number): Promise<Device>
  /** What the phone was told to lock and unlock, oldest first. */
  commands(id: number): Promise<DeviceCommand[]>
  /** Does what the worker has to do for phones now. */
  work(services?: Services): Promise<number>
  /** Works until the phone's latest command stands as wanted, for at most some seconds. */
  until(id: number, status: CommandStatus): Promise<DeviceCommand>
  /** Moves the clock so many minutes. */
  later(minutes: number): void
  close(): Promise<void>
}

const SLUG = 'sokocredit'

/** Opens a lender, the web server and the simulator, and lets the world's worker manage phones by it. */
export async function openManaging(world: World): Promise<Managing> {
  const lender = await openLender(world, SLUG)
  const { server } = await openWeb(world.services, { contracts: HELD })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const address = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const mdm = await startMdmSimulator({ delayMs: 0 })
  manageBy(world.services, mdm.account(address))
  const run: Managing['run'] = (work) => transact(world.door(SLUG), work)
  const work = (services = world.services) => deviceCommandErrand.run(services, { org: world.org(SLUG) })
  const commands = async (id: number) =>
    (await run((ctx) => commandsOf(ctx, [id]))).filter((command) => command.kind !== 'enrol')
  const phoneModelId = await run((ctx) => addPhoneModel(ctx, { brand: 'Samsung', model: 'A54', price: 1_500_000n }))
  let made = 0
  return {
    ...{ lender, mdm, address, run, commands, work },
    device: async (id) => (await run((ctx) => deviceById(ctx, id)))!,
    async phone() {
      const owner = await lender.borrower(`buyer ${++made}`)
      const loanId = await lender.lend(owner, 1_000_000n)
      const imei = String(350_000_000_000_000 + made)
      const id = await run((ctx) => registerDevice(ctx, { imei, phoneModelId, loanId }))
      const token = { token: `push ${made}`, userId: owner.userId, platform: 'android' }
      await run((ctx) => activate(ctx, id, token))
      await work()
      return { id, imei, loanId, owner }
    },
    async until(id, status) {
      for (let n = 0; n < 1_000; n++) {
        await work()
        const latest = (await commands(id)).at(-1)
        if (latest?.status === status) return latest
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`the latest command to ${id} is ${(await commands(id)).at(-1)?.status}, not ${status}`)
    },
    later: (minutes) => world.clock.moveTo(new Date(world.clock.now().getTime() + minutes * 60_000)),
    async close() {
      await mdm.close()
      await server.close()
    },
  }
}
