/** Where providers say what became of payments: routes outside any contract, each address known to the provider alone. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Verdict } from '#domain/payouts/order.ts'
import { refuse } from '#domain/refusal.ts'
import { recordVerdict } from '#modules/payouts/payouts.ts'
import { doorAt, type Door, type Services, transact } from '#platform/context.ts'
import { sameBytes } from '#platform/crypto.ts'
import { type DarajaResult, payoutVerdict, readResult, statusVerdict } from '#platform/mpesa-results.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import { postEitherWay } from '#platform/plain-routes.ts'
import { callbackKey } from '#src/payout-errand.ts'

interface Address {
  readonly org: string
  readonly order: string
  readonly key: string
}

/** What each kind of callback says of its order. A timeout says only that the queue was too long: it is asked about instead. */
const KINDS: Readonly<Record<string, (result: DarajaResult) => Verdict>> = {
  result: payoutVerdict,
  timeout: () => ({ verdict: 'unclear', reason: 'the queue of M-Pesa timed out' }),
  status: statusVerdict,
  'status-timeout': () => ({ verdict: 'unclear', reason: 'no answer about it in time' }),
}

const ACCEPTED = { ResultCode: 0, ResultDesc: 'Accepted' }

/** POST /callbacks/{org}/payouts/{order}/{key}/result, /timeout, /status, /status-timeout. Answered when it is durable. */
export function mountProviderCallbacks(app: FastifyInstance, services: Services): void {
  const organisations = openOrganisations(services.db)
  for (const [kind, verdictOf] of Object.entries(KINDS)) {
    postEitherWay(app, `/callbacks/:org/payouts/:order/:key/${kind}`, async (request, reply) => {
      const { order } = request.params as Address
      const door = await providerDoor(services, organisations, request)
      const result = kind.endsWith('timeout') ? EMPTY : readOwn(request.body, kind === 'result' ? order : null)
      const verdict = verdictOf(result)
      const status = await transact(door, (ctx) => recordVerdict(ctx, order, verdict))
      services.log.info({ order, kind, verdict: verdict.verdict, status }, 'result of a payout')
      return reply.send(ACCEPTED)
    })
  }
}

const EMPTY: DarajaResult = { code: '', description: '', originatorId: '', transactionId: '', parameters: new Map() }

/** The result, which must be of the order that the address is of. Refuses invalid_input. */
function readOwn(body: unknown, originatorId: string | null): DarajaResult {
  const result = readResult(body) ?? refuse('invalid_input', { fields: { Result: 'This is no result of Daraja.' } })
  const isOther = originatorId !== null && result.originatorId !== '' && result.originatorId !== originatorId
  return isOther
    ? refuse('invalid_input', { fields: { OriginatorConversationID: 'This is of another order.' } })
    : result
}

async function providerDoor(services: Services, organisations: Organisations, request: FastifyRequest): Promise<Door> {
  const { org: slug, order, key } = request.params as Address
  const expected = Buffer.from(callbackKey(services, slug, order))
  if (!sameBytes(expected, Buffer.from(key))) refuse('route_not_found')
  const org = (await organisations.bySlug(slug)) ?? refuse('route_not_found')
  const actor = { kind: 'provider', name: 'mpesa' } as const
  return doorAt(services, { org, actor, contract: 'provider', requestId: request.id, address: request.ip })
}
