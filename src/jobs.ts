/** At this hour, do that: in each organisation's time zone, once over all processes. */
import { noticeHourOf } from '#domain/collections/contact-hours.ts'
import { addDays } from '#domain/day.ts'
import { judgePromises } from '#modules/collections/collections.ts'
import { closePortfolio } from '#modules/delinquency/delinquency.ts'
import { enforceLocks } from '#modules/devices/devices.ts'
import { removeDiscarded } from '#modules/files/files.ts'
import { sweepIdentity } from '#modules/identity/identity.ts'
import { ageOverdueLoans, closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { reconcileBooks } from '#modules/reconciliation/reconciliation.ts'
import { closeSavings } from '#modules/savings/savings.ts'
import { noticeInstalments } from '#modules/sales/sales.ts'
import { type Door, transact } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { forgetAnswersBefore } from '#platform/http/idempotency.ts'
import type { Job, JobResult } from '#platform/work/jobs.ts'
import { forgetRequestsBefore } from '#platform/observability/request-log.ts'

export const JOBS: readonly Job[] = [
  { name: 'close-of-business', cron: '10 0 * * *', run: closeOfBusiness },
  { name: 'payment-notices', cron: (org) => `0 ${noticeHourOf(org)} * * *`, run: noticeBuyers },
  { name: 'housekeeping', cron: '40 3 * * *', run: housekeeping },
]

/** Ten minutes past midnight: the day that has just ended is closed, then the books are compared with what they are made of. */
async function closeOfBusiness(door: Door): Promise<JobResult> {
  const day = addDays(door.today, -1)
  const { loansEarned, reminded, overdue } = await closeLoans(door)
  await ageOverdueLoans(door)
  const { loans } = await closePortfolio(door)
  const promises = await judgePromises(door)
  const { accountsAccrued } = await closeSavings(door)
  const differences = await reconcileBooks(door, day)
  const closed = { loans, loans_earned: loansEarned, reminded, overdue, accounts_accrued: accountsAccrued, differences }
  await transact(door, async (ctx) => emit(ctx, 'business_day.closed', { day, ...closed, promises }))
  const { kept, partKept, broken } = promises
  return { ...closed, promises_kept: kept, promises_part_kept: partKept, promises_broken: broken }
}

/** At eight in the morning, or when the organisation says: who bought on credit is reminded, told that he is late, warned, or has his phone locked. */
async function noticeBuyers(door: Door): Promise<undefined> {
  await noticeInstalments(door)
  await enforceLocks(door)
}

const ANSWERS_KEPT_MS = 3 * 86_400_000
const REQUESTS_KEPT_MS = 30 * 86_400_000

/** Throws away what has had its end: old sessions and codes, files that nothing refers to, answers kept for repeated requests, logs of requests. */
async function housekeeping(door: Door): Promise<undefined> {
  await transact(door, sweepIdentity)
  while ((await removeDiscarded(door)) > 0);
  const before = new Date(door.now.getTime() - ANSWERS_KEPT_MS)
  while ((await transact(door, (ctx) => forgetAnswersBefore(ctx, before))) > 0);
  const logged = new Date(door.now.getTime() - REQUESTS_KEPT_MS)
  while ((await transact(door, (ctx) => forgetRequestsBefore(ctx, logged))) > 0);
}
