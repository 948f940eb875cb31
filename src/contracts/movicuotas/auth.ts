/** MoviCuotas' tokens: `{customer_id, exp, iat}`, thirty days, one key of their own. */
import { refuse } from '#domain/refusal.ts'
import { customerById } from '#modules/customers/views.ts'
import type { Actor, Door, Organisation, Services } from '#platform/context.ts'
import { openExactly, signExactly } from '#platform/exact-tokens.ts'

export const CONTRACT = 'movicuotas'
const TOKEN_SECONDS = 30 * 86_400

export function tokenFor({ services, now }: Pick<Door, 'services' | 'now'>, customerId: number): string {
  const iat = Number(BigInt(now.getTime()) / 1000n)
  return signExactly(services.config.secret, CONTRACT, { customer_id: customerId, exp: iat + TOKEN_SECONDS, iat })
}

/** The customer of the token; a customer who is blocked may still see and pay his debts. Refuses not_authenticated, token_expired. */
export async function authenticate(services: Services, org: Organisation, token: string): Promise<Actor> {
  const claims = openExactly(services.config.secret, CONTRACT, { token, now: services.clock.now() })
  const id = claims.customer_id
  if (typeof id !== 'number' || !Number.isInteger(id)) refuse('not_authenticated', { reason: 'malformed' })
  const customer = await services.db.transact(org.id, (tx) => customerById({ org, tx }, id), true)
  if (!customer || customer.userId === null) refuse('not_authenticated', { reason: 'customer_gone' })
  return { kind: 'user', id: customer.userId, roles: ['customer'], sessionId: '', customerId: customer.id }
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
