/** The fact that money has come and waits for somebody to say whose it is. */
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'
import { maskedPhone } from '#platform/observability/redaction.ts'

export interface Suspended {
  readonly id: number
  readonly reason: string | null
  /** Minor units. */
  readonly amount: bigint
  readonly payerPhone: string | null
}

export function emitSuspended(ctx: Ctx, { id, reason, amount, payerPhone }: Suspended): void {
  emit(ctx, 'payment.suspended', {
    payment_id: id,
    reason,
    amount: String(amount),
    currency: ctx.org.currency,
    // Facts are kept for ever: the whole number stands with the payment.
    payer_phone: payerPhone === null ? null : maskedPhone(payerPhone),
  })
}
