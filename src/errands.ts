/** What the worker does beyond the database. */
import { payoutErrand } from '#src/payout-errand.ts'
import type { Errand } from '#platform/errands.ts'

export const ERRANDS: readonly Errand[] = [payoutErrand]
