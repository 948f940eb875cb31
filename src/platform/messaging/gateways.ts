/** Through whom a process speaks to phones: the configured gateways, or in demo simulators of its own. */
import type { PushAccount, SmsGateway } from '#platform/config.ts'
import type { Services } from '#platform/context.ts'
import { type FcmSimulator, startFcmSimulator } from '#platform/providers/fcm/simulator.ts'
import { type SmsSimulator, startSmsSimulator } from '#platform/providers/sms/simulator.ts'

export interface Gateways {
  readonly sms: SmsGateway | undefined
  readonly push: PushAccount | undefined
}

const simulated = new WeakMap<Services, Partial<Gateways>>()

/** Demo and tests: lets the process speak through simulators where nothing is configured. */
export function speakThrough(services: Services, gateways: Partial<Gateways>): void {
  simulated.set(services, gateways)
}

/** What the process can speak through now; undefined: nothing, so messages wait. */
export function gatewaysOf(services: Services): Gateways {
  const played = simulated.get(services)
  return { sms: services.config.sms ?? played?.sms, push: services.config.push ?? played?.push }
}

export interface MessageSimulators {
  readonly sms: SmsSimulator
  readonly fcm: FcmSimulator
  close(): Promise<void>
}

/** Starts a gateway for texts and one for pushes on the loopback. */
export async function startMessageSimulators(): Promise<MessageSimulators> {
  const [sms, fcm] = await Promise.all([startSmsSimulator(), startFcmSimulator()])
  return { sms, fcm, close: async () => void (await Promise.all([sms.close(), fcm.close()])) }
}
