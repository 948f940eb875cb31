/** The end of a sale: signed, handed over against the loan and the down payment, taken back, or come to nothing. */
import { DEVICE_SALES, DOWN_PAYMENTS } from '#domain/ledger/chart.ts'
import { credit, debit } from '#domain/ledger/entry.ts'
import { unbindDevice } from '#modules/devices/devices.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import { disburse, undoDisbursement, withdraw } from '#modules/loans/loans.ts'
import { refundDownPayment } from '#modules/sales/down-payments.ts'
import { lockForStep, saleFacts } from '#modules/sales/steps.ts'
import * as store from '#modules/sales/store.ts'
import type { Sale } from '#modules/sales/views.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** The customer has signed the contract; a picture of the signature may be kept. Refuses sale_not_found, sale_step_not_open. */
export async function signSale(ctx: Ctx, loanId: number, signatureFileId: number | null = null): Promise<void> {
  const sale = await lockForStep(ctx, loanId, 'sign')
  await store.writeSignature(ctx, loanId, signatureFileId)
  emit(ctx, 'sale.signed', saleFacts(sale))
}

/**
 * Hands the phone over: the loan is paid out in goods, its schedule dated from today, and what was paid down becomes part
 * of the price. Refuses sale_not_found, sale_step_not_open before all is signed and paid down, own_request to whoever
 * applied for the loan, and to who approved it where the organisation separates the two.
 */
export async function activateSale(ctx: Ctx, loanId: number): Promise<void> {
  const sale = await lockForStep(ctx, loanId, 'activate')
  await disburse(ctx, { ofSale: loanId }, DEVICE_SALES)
  const activations = sale.activations + 1
  await store.writeApplied(ctx, { loanId, activations }, await applyDownPayment(ctx, { ...sale, activations }))
  emit(ctx, 'sale.activated', { ...saleFacts(sale), activations })
}

async function applyDownPayment(ctx: Ctx, sale: Sale): Promise<bigint | null> {
  if (sale.downPayment === 0n) return null
  return postOne(ctx, {
    kind: 'down_payment_applied',
    effectiveDay: ctx.today,
    reference: sale.contractNumber,
    idemKey: `down_payment applied:${sale.loanId}:${sale.activations}`,
    lines: [debit(DOWN_PAYMENTS, sale.downPayment, sale.loanId), credit(DEVICE_SALES, sale.downPayment)],
  })
}

/**
 * The phone was not handed over after all: the loan is approved again and the down payment the customer's again, to be
 * handed over another day or cancelled. Refuses sale_not_found, sale_step_not_open, loan_has_transactions once anything
 * was paid or charged, own_request to whoever applied for the loan.
 */
export async function undoActivation(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const sale = await lockForStep(ctx, loanId, 'undo_activation')
  await undoDisbursement(ctx, { ofSale: loanId }, reason)
  if (sale.appliedEntryId !== null) {
    const idemKey = `down_payment kept:${loanId}:${sale.activations}`
    await reverse(ctx, sale.appliedEntryId, { effectiveDay: ctx.today, reference: sale.contractNumber, idemKey })
  }
  await store.writeApplied(ctx, sale, null)
  emit(ctx, 'sale.activation_undone', { ...saleFacts(sale), reason })
}

/**
 * The sale comes to nothing before the phone is handed over: the phone is free for another, what was paid down goes back.
 * Refuses sale_not_found, sale_step_not_open, not_permitted to who may not pay money back once some was taken.
 */
export async function cancelSale(ctx: Ctx, loanId: number, reason: string): Promise<void> {
  const sale = await lockForStep(ctx, loanId, 'cancel')
  await withdraw(ctx, { ofSale: loanId }, reason)
  await refundDownPayment(ctx, sale, reason)
  await unbindDevice(ctx, loanId)
  await store.writeCancelled(ctx, loanId, reason)
  emit(ctx, 'sale.cancelled', { ...saleFacts(sale), reason })
}
