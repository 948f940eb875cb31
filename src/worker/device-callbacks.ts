/** Where device management says what became of commands: routes outside any contract, each address known to the service alone. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '#domain/refusal.ts'
import { recordCommandReport } from '#modules/devices/devices.ts'
import { doorAt, type Door, type Services, transact } from '#platform/context.ts'
import { sameBytes } from '#platform/security/crypto.ts'
import { statusReport } from '#platform/providers/mdm/mdm.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import { postEitherWay } from '#platform/http/plain-routes.ts'
import { commandCallbackKey } from '#src/worker/device-command-errand.ts'

interface Address {
  readonly org: string
  readonly command: string
  readonly key: string
}

/** POST /callbacks/{org}/device-commands/{command}/{key}. Answered when it is durable. */
export function mountDeviceCallbacks(app: FastifyInstance, services: Services): void {
  const organisations = openOrganisations(services.db)
  postEitherWay(app, '/callbacks/:org/device-commands/:command/:key', async (request, reply) => {
    const { command } = request.params as Address
    const door = await serviceDoor(services, organisations, request)
    const said = readOwn(request.body, command)
    const status = await transact(door, (ctx) => recordCommandReport(ctx, command, statusReport(said)))
    services.log.info({ command, said: said.status, status }, 'result of a command to a phone')
    return reply.send({ status: 'taken' })
  })
}

interface Said {
  readonly command_id?: unknown
  readonly status?: unknown
  readonly reason?: unknown
}

const STATUSES: readonly unknown[] = ['queued', 'done', 'failed', 'superseded']

/** The result, which must be of the command that the address is of. Refuses invalid_input. */
function readOwn(body: unknown, command: string): Said {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Said
  if (said.command_id !== command) {
    refuse('invalid_input', { fields: { command_id: 'Give the command that this address is of.' } })
  }
  if (!STATUSES.includes(said.status)) {
    refuse('invalid_input', { fields: { status: 'Give queued, done, failed or superseded.' } })
  }
  return said
}

async function serviceDoor(services: Services, organisations: Organisations, request: FastifyRequest): Promise<Door> {
  const { org: slug, command, key } = request.params as Address
  const expected = Buffer.from(commandCallbackKey(services, slug, command))
  if (!sameBytes(expected, Buffer.from(key))) refuse('route_not_found')
  const org = (await organisations.bySlug(slug)) ?? refuse('route_not_found')
  const actor = { kind: 'provider', name: 'mdm' } as const
  return doorAt(services, { org, actor, contract: 'provider', requestId: request.id, address: request.ip })
}
