/** The portfolio's part of the close of business: how late each loan is, what is set aside for losses, the snapshot of the day. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { addDays, type Day } from '#domain/day.ts'
import { type Bucket, bucketsFor } from '#domain/loans/delinquency.ts'
import { provisionLines } from '#domain/loans/entries.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import * as store from '#modules/delinquency/store.ts'
import { type Ctx, type Door, type Organisation, transact } from '#platform/context.ts'

const LOANS_AT_ONCE = 20_000

const policy = z.object({
  buckets: z
    .array(z.object({ name: z.string().min(1), fromDays: z.int().min(0), provisionBp: z.int().min(0).max(10_000) }))
    .min(2)
    .refine((list) => list[0]!.fromDays === 0 && list.every((b, n) => n === 0 || b.fromDays > list[n - 1]!.fromDays), {
      error: 'Buckets begin at day 0 and go up.',
    })
    .optional(),
})

/** The buckets of an organisation: the policy `delinquency.buckets`, else its country's custom. */
export function bucketsOf(org: Organisation): readonly Bucket[] {
  const own = policy.safeParse(org.policies.delinquency ?? {})
  return bucketsFor(org.country, own.success ? own.data.buckets : undefined)
}

export interface PortfolioClose {
  readonly loans: number
}

/**
 * Ages every active loan as of this morning, adjusts the provision and takes the snapshot of the day before. Each portion
 * is a transaction of its own that notes how far it came: after a kill it goes on there, and nothing is set aside twice,
 * since only what a standing changes by is posted.
 */
export async function closePortfolio(door: Door, onPortion?: (loans: number) => void): Promise<PortfolioClose> {
  const closed = addDays(door.today, -1)
  const buckets = bucketsOf(door.org)
  await transact(door, async (ctx) => {
    if ((await store.lockProgress(ctx, closed)).finishedAt) await store.reopenProgress(ctx, closed)
  })
  while ((await transact(door, (ctx) => releaseEnded(ctx, closed))) > 0);
  for (;;) {
    const progress = await transact(door, (ctx) => rollPortion(ctx, closed, buckets))
    onPortion?.(progress.loans)
    if (progress.finishedAt) return { loans: progress.loans }
  }
}

async function rollPortion(ctx: Ctx, closed: Day, buckets: readonly Bucket[]): Promise<store.Progress> {
  const progress = await store.lockProgress(ctx, closed)
  if (progress.finishedAt) return progress
  const { afterLoan } = progress
  const portion = await store.rollStandings(ctx, { today: ctx.today, afterLoan, limit: LOANS_AT_ONCE, buckets })
  await postProvision(ctx, closed, portion.provisionChange)
  const done = portion.loans < LOANS_AT_ONCE
  if (done) await store.writeSnapshot(ctx, closed, buckets)
  const next = {
    afterLoan: portion.lastLoan ?? afterLoan,
    loans: progress.loans + portion.loans,
    finishedAt: done ? ctx.now : null,
  }
  await store.writeProgress(ctx, closed, next)
  return next
}

/** What was set aside for loans that have ended is released. */
async function releaseEnded(ctx: Ctx, closed: Day): Promise<number> {
  const { loans, provision } = await store.clearStandings(ctx, LOANS_AT_ONCE)
  await postProvision(ctx, closed, -provision)
  return loans
}

async function postProvision(ctx: Ctx, closed: Day, change: bigint): Promise<void> {
  if (change === 0n) return
  await postOne(ctx, {
    kind: 'provision',
    effectiveDay: closed,
    reference: null,
    idemKey: `provision:${closed}:${randomUUID()}`,
    lines: provisionLines(change),
  })
}
