/** Where providers say what became of payments: routes outside any contract, each address known to the provider alone. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PayoutStatus } from '#domain/payouts/order.ts'
import { refuse } from '#domain/refusal.ts'
import { recordAnswer, recordVerdict } from '#modules/payouts/payouts.ts'
import { payoutByOriginator } from '#modules/payouts/views.ts'
import { type Ctx, doorAt, type Door, type Services, transact } from '#platform/context.ts'
import { sameBytes } from '#platform/security/crypto.ts'
import { type DarajaResult, payoutVerdict, readResult, statusAnswer } from '#platform/providers/mpesa/mpesa-results.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import { postEitherWay } from '#platform/http/plain-routes.ts'
import { callbackKey, questionKey } from '#src/worker/payout-errand.ts'

interface Address {
  readonly org: string
  readonly order: string
  readonly key: string
}

interface Heard {
  readonly door: Door
  readonly address: Address
  readonly body: unknown
}

/** What is done with each kind of callback. */
const KINDS: Readonly<Record<string, (services: Services, heard: Heard) => Promise<string>>> = {
  result: (services, heard) => {
    requireKey(heard, callbackKey(services, heard.address.org, heard.address.order))
    const verdict = payoutVerdict(readOwn(heard.body, heard.address.order))
    return noted(heard, (ctx, order) => recordVerdict(ctx, order, verdict))
  },
  /** The queue was too long: it is asked about instead. */
  timeout: (services, heard) => {
    requireKey(heard, callbackKey(services, heard.address.org, heard.address.order))
    const reason = 'the queue of M-Pesa timed out'
    return noted(heard, (ctx, order) => recordVerdict(ctx, order, { verdict: 'unclear', reason }))
  },
  status: (services, heard) => {
    const nr = questionOf(services, heard)
    const said = statusAnswer(readOwn(heard.body, null))
    return noted(heard, (ctx, order) => recordAnswer(ctx, order, { nr, said }))
  },
  /** No answer to a question in time: it is put again. */
  'status-timeout': (services, heard) => {
    questionOf(services, heard)
    return noted(
      heard,
      async (ctx, order) => (await payoutByOriginator(ctx, order))?.status ?? refuse('route_not_found'),
    )
  },
}

const ACCEPTED = { ResultCode: 0, ResultDesc: 'Accepted' }

/** POST /callbacks/{org}/payouts/{order}/{key}/result, /timeout, /status, /status-timeout. Answered when it is durable. */
export function mountProviderCallbacks(app: FastifyInstance, services: Services): void {
  const organisations = openOrganisations(services.db)
  for (const [kind, hear] of Object.entries(KINDS)) {
    postEitherWay(app, `/callbacks/:org/payouts/:order/:key/${kind}`, async (request, reply) => {
      const address = request.params as Address
      const door = await providerDoor(services, organisations, request)
      const status = await hear(services, { door, address, body: request.body })
      services.log.info({ order: address.order, kind, status }, 'M-Pesa spoke of a payout')
      return reply.send(ACCEPTED)
    })
  }
}

const noted = ({ door, address }: Heard, note: (ctx: Ctx, order: string) => Promise<PayoutStatus>): Promise<string> =>
  transact(door, (ctx) => note(ctx, address.order))

/** Refuses route_not_found. */
function requireKey({ address }: Heard, expected: string): void {
  if (!sameBytes(Buffer.from(expected), Buffer.from(address.key))) refuse('route_not_found')
}

/** The number of the question whose key stands in the address. Refuses route_not_found. */
function questionOf(services: Services, heard: Heard): number {
  const { org, order: originatorId, key } = heard.address
  const nr = Number(/^(\d{1,6})-/.exec(key)?.[1] ?? 0)
  requireKey(heard, questionKey(services, org, { originatorId, nr }))
  return nr
}

/** The result, which must be of the order that the address is of. Refuses invalid_input. */
function readOwn(body: unknown, originatorId: string | null): DarajaResult {
  const result = readResult(body) ?? refuse('invalid_input', { fields: { Result: 'This is no result of Daraja.' } })
  const isOther = originatorId !== null && result.originatorId !== '' && result.originatorId !== originatorId
  return isOther
    ? refuse('invalid_input', { fields: { OriginatorConversationID: 'This is of another order.' } })
    : result
}

async function providerDoor(services: Services, organisations: Organisations, request: FastifyRequest): Promise<Door> {
  const org = (await organisations.bySlug((request.params as Address).org)) ?? refuse('route_not_found')
  const actor = { kind: 'provider', name: 'mpesa' } as const
  return doorAt(services, { org, actor, contract: 'provider', requestId: request.id, address: request.ip })
}
