/** What is paid down on a sale: in cash at the counter, or into the bank, where somebody else sees whether it is there. */
import { BANK, CASH, DOWN_PAYMENTS } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { permits } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import * as downPayments from '#modules/sales/down-payment-store.ts'
import { lockForStep, saleFacts } from '#modules/sales/steps.ts'
import { type DownPayment, downPaymentsOf, type Sale } from '#modules/sales/views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'

export interface PaidDown {
  readonly loanId: number
  /** Cash is counted on the spot; a deposit waits until somebody else has seen it. */
  readonly method: DownPayment['method']
  readonly reference?: string | null | undefined
  /** A picture of the receipt of a deposit. */
  readonly receiptFileId?: number | null
}

/**
 * Takes in what is to be paid down on a signed sale, all of it at once. Cash is in the books at once; a deposit waits and
 * moves nothing. Refuses sale_not_found, sale_step_not_open, down_payment_waiting, file_missing for a deposit without
 * receipt, own_request to the customer himself.
 */
export async function takeDownPayment(ctx: Ctx, { loanId, method, ...paid }: PaidDown): Promise<DownPayment['status']> {
  const receiptFileId = paid.receiptFileId ?? null
  if (method === 'deposit' && receiptFileId === null) refuse('file_missing')
  const sale = await lockForStep(ctx, loanId, 'pay_down')
  await refuseBuyer(ctx, sale)
  const standing = await downPaymentsOf(ctx, loanId)
  if (standing.some(({ status }) => status === 'pending')) refuse('down_payment_waiting')
  const id = await takeNumbers(ctx, 'down_payment')
  const entryId = method === 'cash' ? await receive(ctx, sale, { id, into: CASH }) : null
  const status = method === 'cash' ? 'received' : 'pending'
  const { customerId, downPayment: amount } = sale
  const row = { id, loanId, customerId, amount, method, status, reference: paid.reference ?? null } as const
  await downPayments.insertDownPayment(ctx, { ...row, receiptFileId, entryId })
  emit(ctx, 'sale.down_payment_taken', {
    ...saleFacts(sale),
    down_payment_id: id,
    method,
    status,
    amount: String(amount),
  })
  return status
}

/**
 * A deposit is there: it is taken into the books. Refuses sale_not_found, down_payment_not_pending (a colleague was
 * quicker), own_request to whoever took it, and to the customer.
 */
export async function verifyDownPayment(ctx: Ctx, loanId: number): Promise<void> {
  const { sale, waiting } = await lockWaiting(ctx, loanId)
  const entryId = await receive(ctx, sale, { id: waiting.id, into: BANK })
  await downPayments.decideDownPayment(ctx, waiting.id, { status: 'received', reason: null, entryId })
  emit(ctx, 'sale.down_payment_verified', {
    ...saleFacts(sale),
    down_payment_id: waiting.id,
    amount: String(waiting.amount),
  })
}

/** A deposit is not there, or its receipt is no good: another may be sent. Refuses what verifyDownPayment refuses. */
export async function rejectDownPayment(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const { sale, waiting } = await lockWaiting(ctx, loanId)
  await downPayments.decideDownPayment(ctx, waiting.id, { status: 'rejected', reason, entryId: null })
  emit(ctx, 'sale.down_payment_rejected', { ...saleFacts(sale), down_payment_id: waiting.id, reason })
}

/**
 * Gives back what was paid down on a sale that comes to nothing, where it was taken in; a deposit that still waits is not
 * looked for any more. Refuses not_permitted to who may not pay money back.
 */
export async function refundDownPayment(ctx: Ctx, sale: Sale, reason: string): Promise<void> {
  const paid = (await downPaymentsOf(ctx, sale.loanId)).find(
    ({ status }) => status === 'received' || status === 'pending',
  )
  if (!paid) return
  if (paid.status === 'pending') {
    await downPayments.decideDownPayment(ctx, paid.id, { status: 'rejected', reason, entryId: null })
    return emit(ctx, 'sale.down_payment_rejected', { ...saleFacts(sale), down_payment_id: paid.id, reason })
  }
  const roles = 'roles' in ctx.actor ? ctx.actor.roles : []
  if (ctx.actor.kind !== 'system' && !permits(roles, 'sale.refund')) refuse('not_permitted')
  const as = { effectiveDay: ctx.today, reference: sale.contractNumber, idemKey: `down_payment refunded:${paid.id}` }
  await reverse(ctx, paid.entryId!, as)
  await downPayments.decideDownPayment(ctx, paid.id, { status: 'refunded', reason, entryId: paid.entryId })
  emit(ctx, 'sale.down_payment_refunded', {
    ...saleFacts(sale),
    down_payment_id: paid.id,
    amount: String(paid.amount),
    reason,
  })
}

const receive = (ctx: Ctx, sale: Sale, { id, into }: { id: number; into: number }): Promise<bigint> =>
  postOne(ctx, {
    kind: 'down_payment',
    effectiveDay: ctx.today,
    reference: sale.contractNumber,
    idemKey: `down_payment:${id}`,
    lines: [debit(into, sale.downPayment), credit(DOWN_PAYMENTS, sale.downPayment, sale.loanId)],
  })

async function lockWaiting(ctx: Ctx, loanId: number): Promise<{ sale: Sale; waiting: DownPayment }> {
  const sale = await lockForStep(ctx, loanId, 'verify_down_payment')
  const waiting = (await downPaymentsOf(ctx, loanId)).find(({ status }) => status === 'pending')
  if (!waiting) refuse('down_payment_not_pending')
  if (waiting.takenBy === actorLabel(ctx.actor) && ctx.actor.kind === 'user') refuse('own_request', { loanId })
  await refuseBuyer(ctx, sale)
  return { sale, waiting }
}

async function refuseBuyer(ctx: Ctx, { customerId, loanId }: Sale): Promise<void> {
  const buyer = await customerForLoan(ctx, customerId)
  if (ctx.actor.kind === 'user' && ctx.actor.id === buyer?.userId) refuse('own_request', { loanId })
}
