/** MoviCuotas' tokens: `{customer_id, exp, iat}`, thirty days, one key of their own. */
import { refuse } from '#domain/refusal.ts'
import { tokenHolder } from '#modules/customers/views.ts'
import type { Actor, Ctx, Door, Organisation, Services } from '#platform/context.ts'
import { openExactly, signExactly } from '#platform/exact-tokens.ts'

export const CONTRACT = 'movicuotas'
const TOKEN_SECONDS = 30 * 86_400

/** A token for the customer, dated from now, or from when on his tokens count. */
export function tokenFor(
  { services, now }: Pick<Door, 'services' | 'now'>,
  customerId: number,
  countFrom: Date | null = null,
): string {
  const iat = Math.max(secondsOf(now), countFrom ? secondsOf(countFrom) : 0)
  return signExactly(services.config.secret, CONTRACT, { customer_id: customerId, exp: iat + TOKEN_SECONDS, iat })
}

/** A token for a customer who has shown who he is. Refuses customer_not_found. */
export async function issueToken(ctx: Ctx, customerId: number): Promise<string> {
  const holder = (await tokenHolder(ctx, customerId)) ?? refuse('customer_not_found')
  return tokenFor(ctx, customerId, holder.tokensValidAfter)
}

const secondsOf = (instant: Date): number => Number(BigInt(instant.getTime()) / 1000n)

/** The customer of the token; a customer who is blocked may still see and pay his debts. Refuses not_authenticated, token_expired. */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = openExactly(services.config.secret, CONTRACT, { token, now: services.clock.now() })
  const id = claims.customer_id
  if (typeof id !== 'number' || !Number.isInteger(id)) refuse('not_authenticated', { reason: 'malformed' })
  const customer = await services.db.transact(org.id, (tx) => tokenHolder({ org, tx }, id), true)
  if (!customer || customer.userId === null) refuse('not_authenticated', { reason: 'customer_gone' })
  if (customer.tokensValidAfter && claims.iat < secondsOf(customer.tokensValidAfter)) {
    refuse('not_authenticated', { reason: 'revoked' })
  }
  return { kind: 'user', id: customer.userId, roles: ['customer'], sessionId: '', customerId: id }
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
