/** Who stands at the door: for which organisation, by which token, and whether they may do what they ask. */
import type { FastifyRequest } from 'fastify'
import { permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import type { CallerLimits } from '#platform/http/limits/caller-limits.ts'
import { type Actor, actorLabel, type Door, doorAt, type Organisation, type Services } from '#platform/context.ts'
import type { Mounted } from '#platform/http/http-paths.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import type { Contract, Route } from '#platform/http/route.ts'

/** `taken`: the token where it was found elsewhere than in the Authorization header, null for none. */
export type OpenDoor = (place: Mounted, request: FastifyRequest, taken?: string | null) => Promise<Door>

/** Opens the door of a request. Refuses not_authenticated, organisation_not_found, rate_limited, not_permitted. */
export function doorkeeper(services: Services, limits: CallerLimits): OpenDoor {
  const organisations = openOrganisations(services.db)
  const callerOf = async ({ contract, route: { permission } }: Mounted, request: FastifyRequest, taken: Token) => {
    const token = taken !== undefined ? taken : permission === 'open' ? null : bearerToken(request)
    if (token === null && permission !== 'open' && permission !== 'optional') refuse('not_authenticated')
    const org = await organisationOf(services, { contract, organisations, token }, request)
    const actor = token === null ? ANONYMOUS : await contract.authenticate(services, org, token, request.ip)
    return { org, actor }
  }
  return async (place, request, taken) => {
    const { contract, route } = place
    const shows = showsToken(route, request, taken)
    if (route.fromProvider) limits.passing(request.ip)
    else if (!shows) limits.stranger(request.ip)
    const { org, actor } = await callerOf(place, request, taken).catch((error: unknown) => {
      if (shows) limits.stranger(request.ip)
      throw error
    })
    const door = doorAt(services, { org, actor, contract: contract.name, requestId: request.id, address: request.ip })
    // Known also of whoever is turned away: logs name them.
    request.door = door
    if (actor.kind !== 'anonymous') limits.known(org.id, actorLabel(actor))
    refuseUnpermitted(route, actor)
    return door
  }
}

type Token = string | null | undefined

const showsToken = ({ permission }: Route, request: FastifyRequest, taken: Token): boolean =>
  taken !== undefined ? taken !== null : permission !== 'open' && Boolean(request.headers.authorization)

function refuseUnpermitted({ permission }: Route, actor: Actor): void {
  if (permission === 'open' || permission === 'optional') return
  const roles = 'roles' in actor ? actor.roles : []
  if (!permits(roles, permission)) refuse('not_permitted', { roles, allowed: rolesFor(permission) })
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
