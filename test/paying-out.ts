/** A world whose worker pays out through the built-in M-Pesa, over real HTTP both ways. */
import type { AddressInfo } from 'node:net'
import { openWeb } from '#src/app.ts'
import { payoutErrand } from '#src/worker/payout-errand.ts'
import { type PayoutView, type PayoutStatus, payoutById } from '#modules/payouts/views.ts'
import { transact } from '#platform/context.ts'
import { payFrom } from '#platform/providers/mpesa/mpesa-account.ts'
import { type MpesaSimulator, startMpesaSimulator } from '#platform/providers/mpesa/simulator/simulator.ts'
import { HELD } from '#test/declared-answers.ts'
import type { World } from '#test/world.ts'

export interface PayingOut {
  readonly mpesa: MpesaSimulator
  /** Where results are posted. */
  readonly address: string
  /** Does what the worker has to do for payouts now. */
  work(): Promise<number>
  order(id: number): Promise<PayoutView>
  /** Works until the order stands as wanted, for at most some seconds. */
  until(id: number, status: PayoutStatus): Promise<PayoutView>
  close(): Promise<void>
}

/** Starts the web server and the simulator, and lets the world's worker pay from it. */
export async function openPayingOut(world: World, slug = 'visionfund'): Promise<PayingOut> {
  const { server } = await openWeb(world.services, { contracts: HELD })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const address = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const mpesa = await startMpesaSimulator({ delayMs: 0, now: world.clock.now })
  payFrom(world.services, mpesa.account(address))
  const order = async (id: number) => (await transact(world.door(slug), (ctx) => payoutById(ctx, id), true))!
  const work = () => payoutErrand.run(world.services, { org: world.org(slug) })
  return {
    mpesa,
    address,
    work,
    order,
    async until(id, status) {
      for (let n = 0; n < 1_000; n++) {
        await work()
        const found = await order(id)
        if (found.status === status) return found
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`payout ${id} is ${(await order(id)).status}, not ${status}`)
    },
    async close() {
      await mpesa.close()
      await server.close()
    },
  }
}
