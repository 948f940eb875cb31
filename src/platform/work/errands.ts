/** Work beyond the database that the worker does: it is looked up by organisation, and done outside any transaction. */
import type { Ctx, Organisation, Services } from '#platform/context.ts'

export interface Errand {
  readonly name: string
  /** Whether there is anything to do; asked every look, so it costs one quick query. */
  isWaiting(ctx: Ctx): Promise<boolean>
  /** How many things it has begun or is to begin, by where they stand, none left out; for the metrics. */
  countOpen(ctx: Ctx): Promise<Readonly<Record<string, number>>>
  /** Does what is due until nothing is left, and says how much it did. Safe to be killed at any point, and to run twice at once. */
  run(services: Services, of: { readonly org: Organisation; stopping?(): boolean }): Promise<number>
}

const tables = new WeakMap<Services, readonly Errand[]>()

/** Makes the table of errands known to the process. */
export function announceErrands(services: Services, errands: readonly Errand[]): void {
  tables.set(services, errands)
}

/** The errands of the process; none where nobody announced any. */
export const errandsOf = (services: Services): readonly Errand[] => tables.get(services) ?? []
