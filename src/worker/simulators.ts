/** Demo plays the providers that are not configured: M-Pesa, the SMS gateway, FCM, device management. Servers of our own on the loopback, spoken to over HTTP. */
import type { Services } from '#platform/context.ts'
import { speakThrough, startMessageSimulators } from '#platform/messaging/gateways.ts'
import { manageBy } from '#platform/providers/mdm/mdm-account.ts'
import { startMdmSimulator } from '#platform/providers/mdm/simulator/simulator.ts'
import { payFrom } from '#platform/providers/mpesa/mpesa-account.ts'
import { startMpesaSimulator } from '#platform/providers/mpesa/simulator/simulator.ts'

export interface Played {
  close(): Promise<void>
}

/**
 * Starts what the process needs. Every process of the demo sends messages, since moving the clock does; payouts are made
 * by the worker and phones told by it; M-Pesa and device management post results to our web server.
 */
export async function playProviders(
  services: Services,
  process: { readonly worker: boolean; readonly address: string | undefined },
): Promise<Played> {
  if (services.config.mode !== 'demo') return { close: async () => undefined }
  const played = await Promise.all([
    playMessages(services),
    ...(process.worker ? [playMpesa(services, process.address), playMdm(services, process.address)] : []),
  ])
  return { close: async () => void (await Promise.all(played.map((one) => one?.close()))) }
}

async function playMessages(services: Services): Promise<Played | undefined> {
  const { config, log } = services
  if (config.sms && config.push) return undefined
  const simulators = await startMessageSimulators()
  speakThrough(services, { sms: simulators.sms.gateway, push: simulators.fcm.account })
  if (!config.sms) log.info({ url: simulators.sms.gateway.url }, 'the SMS gateway is simulated')
  if (!config.push) log.info({ url: simulators.fcm.account.url }, 'FCM is simulated')
  return simulators
}

async function playMpesa(services: Services, address: string | undefined): Promise<Played | undefined> {
  const { config, log, clock } = services
  if (config.mpesa) return undefined
  const mpesa = await startMpesaSimulator({ port: config.mpesaSimulatorPort, now: clock.now })
  payFrom(services, mpesa.account(reachedAt(services, address)))
  log.info({ url: mpesa.url }, 'M-Pesa is simulated')
  return mpesa
}

const reachedAt = ({ config }: Services, address: string | undefined): string =>
  config.publicUrl ?? address ?? `http://127.0.0.1:${config.port}`

async function playMdm(services: Services, address: string | undefined): Promise<Played | undefined> {
  const { config, log } = services
  if (config.mdm) return undefined
  const mdm = await startMdmSimulator({ port: config.mdmSimulatorPort })
  manageBy(services, mdm.account(reachedAt(services, address)))
  log.info({ url: mdm.url }, 'device management is simulated')
  return mdm
}
