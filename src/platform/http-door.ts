/** Who stands at the door: for which organisation, by which token, and whether he may do what he asks. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { type Actor, type Door, doorAt, type Organisation, type Services } from '#platform/context.ts'
import type { Mounted } from '#platform/http-paths.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import { limitRate } from '#platform/rate-limit.ts'
import type { Contract } from '#platform/route.ts'

/** `taken`: the token where it was found elsewhere than in the Authorization header, null for none. */
export type OpenDoor = (place: Mounted, request: FastifyRequest, taken?: string | null) => Promise<Door>

/** Opens the door of a request. Refuses not_authenticated, organisation_not_found, rate_limited, not_permitted. */
export function doorkeeper(app: FastifyInstance, services: Services): OpenDoor {
  const { requestsPerMinute } = services.config
  const organisations = openOrganisations(services.db)
  const limiter = requestsPerMinute === undefined ? null : limitRate(services.db, requestsPerMinute)
  app.addHook('onClose', () => limiter?.close())
  return async ({ contract, route }, request, taken) => {
    const { permission } = route
    const token = taken !== undefined ? taken : permission === 'open' ? null : bearerToken(request)
    if (token === null && permission !== 'open' && permission !== 'optional') refuse('not_authenticated')
    const org = await organisationOf(services, { contract, organisations, token }, request)
    limiter?.count(org.id, request.ip)
    const actor = token === null ? ANONYMOUS : await contract.authenticate(services, org, token, request.ip)
    const door = doorAt(services, { org, actor, contract: contract.name, requestId: request.id, address: request.ip })
    // Known also of whoever is turned away: logs name him.
    request.door = door
    if (permission !== 'open' && permission !== 'optional') {
      const roles = 'roles' in actor ? actor.roles : []
      if (!permits(roles, permission)) refuse('not_permitted', { roles, allowed: rolesFor(permission) })
    }
    return door
  }
}

const ANONYMOUS: Actor = { kind: 'anonymous' }

/** The token of the Authorization header, or null. Refuses not_authenticated for one that is no bearer token. */
export function bearerToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization
  if (!header) return null
  return /^Bearer +([^\s]+) *$/i.exec(header)?.[1] ?? refuse('not_authenticated')
}

interface Choosing {
  readonly contract: Contract
  readonly organisations: Organisations
  readonly token: string | null
}

/** The organisation a request chose, or its token belongs to, or the contract is bound to. */
async function organisationOf(
  services: Services,
  { contract, organisations, token }: Choosing,
  request: FastifyRequest,
): Promise<Organisation> {
  const chosen = contract.organisationBy === 'header' ? request.headers['x-organisation'] : undefined
  const slug = chosen ?? (token === null ? undefined : contract.homeOf?.(services, token))
  const org = await (typeof slug === 'string' ? organisations.bySlug(slug) : organisations.boundTo(contract.name))
  return org ?? refuse('organisation_not_found')
}
