/** Which device management service a process speaks to: the configured one, or in demo the simulator. */
import type { MdmAccount } from '#platform/config.ts'
import type { Services } from '#platform/context.ts'

const simulated = new WeakMap<Services, MdmAccount>()

/** Demo and tests: lets the process manage phones through a simulator. */
export function manageBy(services: Services, account: MdmAccount): void {
  simulated.set(services, account)
}

/** The service that this process can reach phones by now; undefined: none, so commands wait. */
export const mdmAccountOf = (services: Services): MdmAccount | undefined =>
  services.config.mdm ?? simulated.get(services)

/** Whether phones are managed by a service, or demo plays one; otherwise staff locks them by hand and confirms it. */
export const mdmServes = ({ config }: Pick<Services, 'config'>): boolean =>
  config.mdm !== undefined || config.mode === 'demo'
