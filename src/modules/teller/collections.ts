/** Money that a client sends by M-Pesa when we ask for it. */
import { refuse } from '#domain/refusal.ts'
import { playedReference } from '#modules/teller/receipts.ts'
import type { Ctx } from '#platform/context.ts'

/**
 * The provider's reference of money that has arrived from the client's phone. A client who merely says that he paid is not
 * believed: in demo M-Pesa is played and the money arrives at once; elsewhere money comes in by the provider's own word, and
 * this refuses mobile_money_off.
 */
export async function collectFromPhone(
  ctx: Pick<Ctx, 'services'>,
  _client: { readonly phone: string | null },
): Promise<string> {
  return ctx.services.config.mode === 'demo' ? playedReference() : refuse('mobile_money_off')
}
