/** Money on its way out to customers: reserved in the caller's transaction, sent by the worker, settled when the provider says what became of it. */
import { randomBytes } from 'node:crypto'
import { CASH, CUSTOMER_DEBT, MOBILE_MONEY, PAYOUTS_IN_TRANSIT } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { decimalsOf } from '#domain/money.ts'
import {
  afterAnswer,
  afterConfirmation,
  afterHandover,
  afterQuestion,
  afterReturn,
  afterVerdict,
  type Handover,
  mayBeAsked,
  mayBeConfirmed,
  mayBeReturned,
  type PayoutStatus,
  type ProviderAnswer,
  type Step,
  type Verdict,
} from '#domain/payouts/order.ts'
import { refuse } from '#domain/refusal.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import { lockReturnedLoan, returnDisbursement } from '#modules/payouts/returned-loans.ts'
import * as store from '#modules/payouts/store.ts'
import { lockedAccount, type Place, returnWithdrawal } from '#modules/savings/savings.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'
import { mpesaServes } from '#platform/providers/mpesa/mpesa-account.ts'

export { repayPayoutDebt } from '#modules/payouts/debts.ts'
export type { Handover, ProviderAnswer, Verdict } from '#domain/payouts/order.ts'
export type { PayoutChannel, PayoutRow } from '#modules/payouts/store.ts'

/** What M-Pesa pays out at once: whole shillings from ten to 250,000. */
const LEAST_SHILLINGS = 10n
const MOST_SHILLINGS = 250_000n

export interface Recipient {
  readonly channel: store.PayoutChannel
  /** E.164; null at the counter. */
  readonly phone: string | null
}

/** Whether M-Pesa pays out such an amount (minor units). */
function isPayable({ org }: Pick<Ctx, 'org'>, amount: bigint): boolean {
  const unit = 10n ** BigInt(decimalsOf(org.currency))
  return amount % unit === 0n && amount >= LEAST_SHILLINGS * unit && amount <= MOST_SHILLINGS * unit
}

/**
 * By which way money goes to a customer: as he asked; else by M-Pesa where he has a phone and M-Pesa pays such an amount,
 * else to be fetched at the counter. The amount is what is paid out: after fees, and after what settles another loan. Refuses phone_missing, mobile_money_off, payout_not_payable where he asked for M-Pesa.
 */
export function recipientOf(
  ctx: Ctx,
  phone: string | null,
  asked: { amount: bigint; channel?: store.PayoutChannel },
): Recipient {
  const pays = mpesaServes(ctx) && isPayable(ctx, asked.amount)
  if (asked.channel === 'counter' || (asked.channel === undefined && !(phone && pays)))
    return { channel: 'counter', phone: null }
  if (!phone) refuse('phone_missing')
  if (!mpesaServes(ctx)) refuse('mobile_money_off')
  return pays ? { channel: 'mpesa', phone } : refuse('payout_not_payable')
}

/** A place in the books for a payout to come, to let its money go to before it is reserved. */
export async function payoutPlace(ctx: Ctx): Promise<{ id: number; place: Place }> {
  const id = await takeNumbers(ctx, 'payout')
  return { id, place: { account: PAYOUTS_IN_TRANSIT, owner: id } }
}

export interface Reservation extends Recipient {
  readonly id: number
  readonly purpose: store.PayoutPurpose
  readonly customerId: number
  readonly amount: bigint
  /** The entry that let the money go to the payout's place. */
  readonly entryId: bigint
  readonly savingsAccountId?: number
  readonly loanId?: number
}

/**
 * Orders the payout of money that stands in its place already. The worker sends it after the commit. Refuses
 * payout_not_payable where M-Pesa does not pay such an amount.
 */
export async function reservePayout(ctx: Ctx, reservation: Reservation): Promise<void> {
  if (reservation.channel === 'mpesa' && !isPayable(ctx, reservation.amount)) refuse('payout_not_payable')
  const { savingsAccountId = null, loanId = null, ...rest } = reservation
  const row = { ...rest, savingsAccountId, loanId, originatorId: `mk${randomBytes(8).toString('hex')}` }
  await store.insertPayout(ctx, row)
  emitPayout(ctx, 'payout.reserved', row)
}

/** The next order to send to the provider, or null; it is somebody else's again if nothing is heard for a minute. */
export const takeToSend = (ctx: Ctx): Promise<store.PayoutRow | null> => store.takeToSend(ctx)

/** The next order to ask the provider about, or null. */
export const takeToAsk = (ctx: Ctx): Promise<store.PayoutRow | null> => store.takeToAsk(ctx)

/** Notes what came of handing an order over; money that was surely never taken goes back. */
export async function recordHandover(ctx: Ctx, id: number, handover: Handover): Promise<void> {
  const order = (await store.lockPayout(ctx, id)) ?? refuse('payout_not_found')
  const conversationId = handover.outcome === 'accepted' ? { conversationId: handover.conversationId } : {}
  await follow(ctx, order, { ...afterHandover(order, handover, ctx.now), ...conversationId, handedOver: true })
}

/** Notes that the provider was asked: without a result the order is unknown, and he is asked again later. */
export async function recordQuestion(ctx: Ctx, id: number): Promise<void> {
  const order = (await store.lockPayout(ctx, id)) ?? refuse('payout_not_found')
  await follow(ctx, order, afterQuestion(order, ctx.now))
}

/**
 * Notes the result of an order as it came unasked, whenever and however often. Paid settles it; that it failed is asked
 * about first, and so is a word against an order that is settled. Refuses payout_not_found.
 */
export async function recordVerdict(ctx: Ctx, originatorId: string, verdict: Verdict): Promise<PayoutStatus> {
  const order = (await store.lockByOriginator(ctx, originatorId)) ?? refuse('payout_not_found')
  return follow(ctx, order, afterVerdict(order, verdict, ctx.now))
}

/**
 * Notes what the provider answered to a question about an order, by the question's number. On it money goes back, or the
 * customer owes what was paid although it had gone back. Refuses payout_not_found.
 */
export async function recordAnswer(
  ctx: Ctx,
  originatorId: string,
  answer: { readonly nr: number; readonly said: ProviderAnswer },
): Promise<PayoutStatus> {
  const order = (await store.lockByOriginator(ctx, originatorId)) ?? refuse('payout_not_found')
  return follow(ctx, order, afterAnswer(order, answer, ctx.now))
}

/**
 * A person who has looked says that the money was paid, by the provider's receipt. Refuses payout_not_found,
 * payout_settled, payout_in_flight while it is being handed over.
 */
export async function confirmPayout(ctx: Ctx, id: number, receipt: string): Promise<void> {
  const order = (await store.lockPayout(ctx, id)) ?? refuse('payout_not_found')
  if (!mayBeConfirmed(order)) refuse(isSettled(order) ? 'payout_settled' : 'payout_in_flight')
  await follow(ctx, order, afterConfirmation(order, receipt))
}

/**
 * A person gives the money back: of an order that was never handed over, or that the provider, when asked, does not know;
 * of one noted as paid that the provider says was not; of one that was not fetched at the counter. Refuses
 * payout_not_found, payout_settled, payout_in_flight while the provider may still pay it.
 */
export async function returnPayout(ctx: Ctx, id: number, reason: string): Promise<void> {
  const order = (await store.lockPayout(ctx, id)) ?? refuse('payout_not_found')
  if (!mayBeReturned(order)) refuse(isSettled(order) ? 'payout_settled' : 'payout_in_flight')
  await follow(ctx, order, afterReturn(order, reason, ctx.now))
}

/**
 * Has the worker ask the provider about an order now, also when all the questions it asks by itself are used up. Refuses
 * payout_not_found, payout_not_sent where no provider has it.
 */
export async function askAboutPayout(ctx: Ctx, id: number): Promise<void> {
  const order = (await store.lockPayout(ctx, id)) ?? refuse('payout_not_found')
  if (!mayBeAsked(order)) refuse('payout_not_sent')
  await store.writeAskNow(ctx, id)
  emitPayout(ctx, 'payout.asked', order)
}

const isSettled = ({ status }: store.PayoutRow): boolean => status === 'confirmed' || status === 'returned'

type Next = Step & Pick<store.Written, 'conversationId' | 'handedOver'>

/** Does what the step says: the money goes out for good or back, the order stands where it stands, the world is told. */
async function follow(ctx: Ctx, order: store.PayoutRow, next: Next): Promise<PayoutStatus> {
  const entryId = await settle(ctx, order, next)
  const isDebt = next.settle === 'owed'
  await store.writeStep(ctx, order.id, {
    ...{ ...next, settlingEntryId: isDebt ? null : entryId, debtEntryId: isDebt ? entryId : null },
  })
  const told = { ...order, receipt: next.receipt, reason: next.reason }
  if (next.contradicted && !order.contradicted) emitPayout(ctx, 'payout.contradicted', told)
  if (isDebt) emitPayout(ctx, 'payout.paid_after_return', { ...told, amount: next.owed })
  if (next.status !== order.status && next.status !== 'reserved') emitPayout(ctx, `payout.${next.status}`, told)
  return next.status
}

async function settle(ctx: Ctx, order: store.PayoutRow, next: Next): Promise<bigint | null> {
  if (next.settle === null) return null
  if (next.settle === 'out') return payOut(ctx, order, next.receipt)
  if (next.settle === 'owed') return bookDebt(ctx, order, next)
  if (next.settle === 'back_after_all') {
    // What the money goes back to is locked before the books.
    await lockOrigin(ctx, order)
    const as = { effectiveDay: ctx.today, reference: `payout ${order.id}`, idemKey: `payout not paid:${order.id}` }
    await reverse(ctx, order.settlingEntryId!, as)
  }
  return payBack(ctx, order)
}

/** It has left our account although it had gone back: the customer has it twice. */
function bookDebt(ctx: Ctx, order: store.PayoutRow, { owed, receipt }: Next): Promise<bigint> {
  return postOne(ctx, {
    kind: 'payout_paid_after_return',
    effectiveDay: ctx.today,
    reference: receipt ?? `payout ${order.id}`,
    idemKey: `payout paid after return:${order.id}`,
    lines: [debit(CUSTOMER_DEBT, owed, order.customerId), credit(MOBILE_MONEY, owed)],
  })
}

/** It has left our account with the provider, or the till. */
function payOut(ctx: Ctx, order: store.PayoutRow, receipt: string | null): Promise<bigint> {
  return postOne(ctx, {
    kind: 'payout_confirmed',
    effectiveDay: ctx.today,
    reference: receipt ?? `payout ${order.id}`,
    idemKey: `payout:${order.id}`,
    lines: [
      debit(PAYOUTS_IN_TRANSIT, order.amount, order.id),
      credit(order.channel === 'mpesa' ? MOBILE_MONEY : CASH, order.amount),
    ],
  })
}

/** Back to where it came from: the account with its fee, or the loan that it was lent on. */
function payBack(ctx: Ctx, order: store.PayoutRow): Promise<bigint> {
  const reference = `payout ${order.id}`
  return order.purpose === 'withdrawal'
    ? returnWithdrawal(ctx, order.entryId, reference)
    : returnDisbursement(ctx, { ...order, loanId: order.loanId! }, reference)
}

async function lockOrigin(ctx: Ctx, { loanId, savingsAccountId, customerId }: store.PayoutRow): Promise<void> {
  if (loanId !== null) await lockReturnedLoan(ctx, { loanId, customerId })
  if (savingsAccountId !== null) await lockedAccount(ctx, savingsAccountId)
}

type Told = Pick<
  store.PayoutRow,
  'id' | 'channel' | 'purpose' | 'customerId' | 'amount' | 'savingsAccountId' | 'loanId'
> &
  Partial<Pick<store.PayoutRow, 'receipt' | 'reason'>>

function emitPayout(
  ctx: Ctx,
  type: `payout.${PayoutStatus | 'contradicted' | 'asked' | 'paid_after_return'}`,
  order: Told,
): void {
  const { id, channel, purpose, customerId, amount, savingsAccountId, loanId, receipt = null, reason = null } = order
  emit(ctx, type, {
    payout_id: id,
    ...{ channel, purpose, receipt, reason },
    customer_id: customerId,
    amount: String(amount),
    currency: ctx.org.currency,
    savings_account_id: savingsAccountId,
    loan_id: loanId,
  })
}
