/** Money that staff took in and that pays nothing yet: it waits in suspense like any other, for a person to match it or send it back. */
import { z } from 'zod'
import type { Day } from '#domain/day.ts'
import { BANK, CASH, MOBILE_MONEY, SUSPENSE } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, minorUnits, storedDay } from '#modules/approvals/approvals.ts'
import { postOne } from '#modules/ledger/ledger.ts'
import { requireAlone, requireNewReference } from '#modules/loan-money/loan-money.ts'
import * as store from '#modules/payments/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emitSuspended } from '#modules/payments/suspended.ts'

export interface Unapplied {
  /** Whose it may be, and the settled loan that it came for. */
  readonly customerId: number
  readonly loanId: number
  /** Minor units, positive. */
  readonly amount: bigint
  /** The day it came in. */
  readonly day: Day
  /** Where it is held: cash, bank or mobile money. */
  readonly account: number
  /** The number of the receipt, the transfer … */
  readonly reference?: string | null | undefined
  /** The caller knows that a repayment of the loan into the same account has the same reference, and that this is another one. */
  readonly confirmDuplicate?: boolean | undefined
}

/** Under which name a payment lies in each account; `moneyAccountOf` answers the account again. */
const PROVIDERS: ReadonlyMap<number, string> = new Map([
  [CASH, 'cash'],
  [BANK, 'transfer'],
  [MOBILE_MONEY, 'mobile_money'],
])

/**
 * Keeps money in suspense for a person to match. Returns the number of the payment. Refuses amount_invalid, account_unknown,
 * invalid_input for a day to come, second_person_needed, period_closed, reference_repeated.
 */
export async function keepInSuspense(ctx: Ctx, unapplied: Unapplied): Promise<number> {
  // Matched later, it counts from this day.
  requireAlone(ctx, unapplied.day)
  return takeIn(ctx, unapplied)
}

/** The same of a day further back than staff may go alone. */
export const BACKDATE_SUSPENSE: Approvable<Unapplied> = {
  kind: 'payment.backdate_suspense',
  permission: 'loan.repay',
  asked: z.object({
    ...{ customerId: z.int(), loanId: z.int(), amount: minorUnits, day: storedDay, account: z.int() },
    ...{ reference: z.string().nullish(), confirmDuplicate: z.boolean().optional() },
  }),
  subject: ({ loanId }) => `loan:${loanId}`,
  carryOut: async (ctx, unapplied) => ({ loan_id: unapplied.loanId, payment_id: await takeIn(ctx, unapplied) }),
}

async function takeIn(ctx: Ctx, unapplied: Unapplied): Promise<number> {
  const { customerId, amount, day, account, reference } = unapplied
  if (amount <= 0n) refuse('amount_invalid', { fields: { amount: 'Give a positive amount.' } })
  if (day > ctx.today) refuse('invalid_input', { fields: { day: 'Give a day until today.' } })
  const provider = PROVIDERS.get(account) ?? refuse('account_unknown', { account })
  await requireNewReference(ctx, unapplied)
  await requireNotWaiting(ctx, unapplied, provider)
  const id = await takeNumbers(ctx, 'payment')
  const shown = reference ?? `payment ${id}`
  const lines = [debit(account, amount), credit(SUSPENSE, amount, id)]
  const entryId = await postOne(ctx, {
    kind: 'receipt_in_suspense',
    effectiveDay: day,
    reference: shown,
    idemKey: `staff payment:${id}`,
    lines,
  })
  const kept = { id, provider, reference: `staff-${id}`, payerPhone: null, accountRef: reference ?? null, amount }
  const status = {
    status: 'suspense' as const,
    reason: 'nothing_due',
    customerId,
    overpayment: 0n,
    valueDay: day,
    entryId,
  }
  await store.insertPayments(ctx, [{ ...kept, ...status }])
  emitSuspended(ctx, { id, reason: 'nothing_due', amount, payerPhone: null })
  return id
}

/** Refuses reference_repeated where money of the customer with the same reference waits in the same account, unless confirmed. */
async function requireNotWaiting(
  ctx: Ctx,
  { customerId, reference, confirmDuplicate }: Unapplied,
  provider: string,
): Promise<void> {
  if (!reference || confirmDuplicate) return
  const before = await store.waitingUnder(ctx, { customerId, provider, reference })
  if (before === null) return
  const advice = `Payment ${before} in suspense has this reference: send confirm_duplicate if this is another payment.`
  refuse('reference_repeated', { paymentId: before, fields: { reference: advice } })
}
