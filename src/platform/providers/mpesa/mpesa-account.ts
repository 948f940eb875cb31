/** Which account of M-Pesa an organisation pays from: its own, the installation's, or in demo the simulator's. */
import type { MpesaAccount } from '#platform/config.ts'
import type { Organisation, Services } from '#platform/context.ts'

const simulated = new WeakMap<Services, MpesaAccount>()

/** Demo and tests: lets the process pay from a simulator's account. */
export function payFrom(services: Services, account: MpesaAccount): void {
  simulated.set(services, account)
}

interface Paying {
  readonly services: Services
  readonly org: Pick<Organisation, 'slug'>
}

/** The account that this process can pay from now for an organisation; undefined: none, so orders wait. */
export const mpesaAccountOf = ({ services, org }: Paying): MpesaAccount | undefined =>
  services.config.mpesaAccounts.get(org.slug) ?? services.config.mpesa ?? simulated.get(services)

/** Whether M-Pesa is set up for an organisation, or demo plays it: what may be promised to customers. */
export const mpesaServes = ({
  services: { config },
  org,
}: { readonly services: Pick<Services, 'config'> } & Pick<Paying, 'org'>): boolean =>
  config.mpesaAccounts.has(org.slug) || config.mpesa !== undefined || config.mode === 'demo'
