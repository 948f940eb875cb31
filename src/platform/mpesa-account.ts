/** Which account of M-Pesa a process pays from: the configured one, or in demo the simulator's. */
import type { MpesaAccount } from '#src/config.ts'
import type { Services } from '#platform/context.ts'

const simulated = new WeakMap<Services, MpesaAccount>()

/** Demo and tests: lets the process pay from a simulator's account. */
export function payFrom(services: Services, account: MpesaAccount): void {
  simulated.set(services, account)
}

/** The account that this process can pay from now; undefined: none, so orders wait. */
export const mpesaAccountOf = (services: Services): MpesaAccount | undefined =>
  services.config.mpesa ?? simulated.get(services)

/** Whether M-Pesa is set up, or demo plays it: what may be promised to customers. */
export const mpesaServes = ({ config }: Pick<Services, 'config'>): boolean =>
  config.mpesa !== undefined || config.mode === 'demo'
