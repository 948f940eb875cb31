/** Whether all that is written of an organisation says the same, to the cent: chain, balances, and every sub-ledger with the books. */
import { verify } from '#modules/ledger/ledger.ts'
import { reconcile } from '#modules/reconciliation/reconciliation.ts'
import { type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

export interface Agreement {
  readonly entries: number
  readonly blocks: number
  /** In words; empty when everything agrees. */
  readonly problems: readonly string[]
}

/** Reads everything of the organisation as of one moment. */
export function checkAgreement(services: Services, org: Organisation): Promise<Agreement> {
  return transact(
    systemDoor(services, org, 'bench'),
    async (ctx) => {
      const { entries, blocks, problems } = await verify(ctx)
      const { findings } = await reconcile(ctx)
      return { entries, blocks, problems: [...problems, ...findings.map(({ text }) => text)] }
    },
    true,
  )
}
