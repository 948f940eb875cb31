/** Reports of an organisation, as far as the actor reaches: figures read in one moment, and files read a page at a time, whatever their length. */
import { addDays, daysBetween, type Day } from '#domain/day.ts'
import { refuse } from '#domain/refusal.ts'
import {
  type BranchArrears,
  type ClaimOutcomes,
  claimOutcomes,
  type Counted,
  lastLocks,
  type Lock,
  type LockCounts,
  lockCounts,
  overdueByBranch,
  overdueByDays,
  type Period,
  type Recovery,
  recovery,
} from '#modules/reporting/collections-views.ts'
import {
  type LoanRow,
  loanRows,
  type PaymentLine,
  paymentLines,
  type RowsPage,
} from '#modules/reporting/lending-views.ts'
import {
  type OverdueDevice,
  overdueDevices,
  type OverdueFilter,
  type OverdueOrder,
  type Reader,
} from '#modules/reporting/overdue-views.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { pagesById } from '#platform/http/json-array.ts'

const USUAL_DAYS = 30
const MOST_DAYS = 1_100

/** The period that was asked for: the last thirty days unless told, at most three years. Refuses invalid_input. */
export function periodOf({ today }: Pick<Ctx, 'today'>, asked: { readonly from?: Day; readonly to?: Day }): Period {
  const to = asked.to ?? today
  const from = asked.from ?? addDays(to, 1 - USUAL_DAYS)
  const length = daysBetween(from, to)
  if (length < 0) refuse('invalid_input', { fields: { from: 'Give a day that is not after `to`.' } })
  if (length > MOST_DAYS) refuse('invalid_input', { fields: { from: 'Give a period of at most three years.' } })
  return { from, to }
}

export interface CollectionReport {
  readonly period: Period
  readonly byDays: readonly (Counted & { readonly fromDays: number })[]
  readonly byBranch: readonly BranchArrears[]
  readonly locks: LockCounts
  readonly recentLocks: readonly Lock[]
  readonly recovery: Recovery
  readonly claims: ClaimOutcomes
}

const LOCKS_SHOWN = 50

/** What is overdue this morning, and how collection went in a period; amounts in minor units. */
export async function collectionReport(ctx: Reader, period: Period): Promise<CollectionReport> {
  const [byDays, byBranch, locks, recentLocks, recovered, claims] = await Promise.all([
    overdueByDays(ctx),
    overdueByBranch(ctx),
    lockCounts(ctx),
    lastLocks(ctx, period, LOCKS_SHOWN),
    recovery(ctx, period),
    claimOutcomes(ctx, period),
  ])
  return { period, byDays, byBranch, locks, recentLocks, recovery: recovered, claims }
}

/** Each page is sorted out of all that is overdue, so few large ones are quicker; some five megabytes are held. */
const AT_ONCE = 5_000

/** All overdue phones that match, page by page; each page is a reading of its own, so a slow reader holds up nobody. */
export async function* overdueDevicePages(
  door: Door,
  filter: OverdueFilter,
  order: OverdueOrder,
): AsyncGenerator<readonly OverdueDevice[]> {
  for (let after: OverdueDevice | undefined; ; ) {
    const page = { order, limit: AT_ONCE, after }
    const rows = await transact(door, (ctx) => overdueDevices(ctx, filter, page), true)
    if (rows.length > 0) yield rows
    if (rows.length < AT_ONCE) return
    after = rows.at(-1)
  }
}

/** All loans of the organisation in order of their ids, page by page. */
export const loanPages = (door: Door): AsyncGenerator<readonly LoanRow[]> =>
  pagesById((page: RowsPage) => transact(door, (ctx) => loanRows(ctx, page), true))

/** All payments of the organisation in order of their ids, page by page. */
export const paymentPages = (door: Door): AsyncGenerator<readonly PaymentLine[]> =>
  pagesById((page: RowsPage) => transact(door, (ctx) => paymentLines(ctx, page), true))
