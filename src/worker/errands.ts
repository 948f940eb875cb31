/** What the worker does beyond the database. */
import { deviceCommandErrand } from '#src/worker/device-command-errand.ts'
import { payoutErrand } from '#src/worker/payout-errand.ts'
import type { Errand } from '#platform/work/errands.ts'

export const ERRANDS: readonly Errand[] = [payoutErrand, deviceCommandErrand]
