/** What the worker does beyond the database. */
import { deviceCommandErrand } from '#src/device-command-errand.ts'
import { payoutErrand } from '#src/payout-errand.ts'
import type { Errand } from '#platform/errands.ts'

export const ERRANDS: readonly Errand[] = [payoutErrand, deviceCommandErrand]
