/** MoviCuotas' tokens: `{customer_id, exp, iat}`, thirty days, one key of their own, and a session behind each. */
import { refuse } from '#domain/refusal.ts'
import { customerForLoan } from '#modules/customers/views.ts'
import { actorOfToken, openTokenSession } from '#modules/identity/identity.ts'
import type { Actor, Ctx, Door, Organisation, Services } from '#platform/context.ts'
import { openExactly, signExactly } from '#platform/security/exact-tokens.ts'

export const CONTRACT = 'movicuotas'
const TOKEN_SECONDS = 30 * 86_400

/** A token for a customer who has shown who they are. Refuses customer_not_found (also without a login), account_disabled. */
export async function issueToken(ctx: Ctx, customerId: number): Promise<string> {
  const { userId } = (await customerForLoan(ctx, customerId)) ?? refuse('customer_not_found')
  const { secret } = ctx.services.config
  return openTokenSession(ctx, userId ?? refuse('customer_not_found'), {
    seconds: TOKEN_SECONDS,
    sign(issuedAt) {
      const iat = Math.floor(issuedAt.getTime() / 1000) // tidy: seconds, not money
      return signExactly(secret, CONTRACT, { customer_id: customerId, exp: iat + TOKEN_SECONDS, iat })
    },
  })
}

/**
 * The customer of the token, with a customer's rights only, whatever else they are: an identity number is all it takes. A
 * customer who is blocked may still see and pay their debts. Refuses not_authenticated, token_expired.
 */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = openExactly(services.config.secret, CONTRACT, { token, now: services.clock.now() })
  const id = claims.customer_id
  if (typeof id !== 'number' || !Number.isInteger(id)) refuse('not_authenticated', { reason: 'malformed' })
  const actor = await actorOfToken(services, org, { token, contract: CONTRACT })
  if (actor.customerId !== id) refuse('not_authenticated', { reason: 'customer_gone' })
  return { ...actor, roles: ['customer'] }
}

export interface Me {
  readonly userId: number
  readonly customerId: number
}

/** The customer who asks. Refuses not_authenticated. */
export function me({ actor }: Pick<Door, 'actor'>): Me {
  if (actor.kind !== 'user' || actor.customerId === null) refuse('not_authenticated')
  return { userId: actor.id, customerId: actor.customerId }
}
