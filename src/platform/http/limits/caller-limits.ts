/** How many requests a caller may make in a minute: each user by themselves, strangers by their address. */
import { isIPv6 } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database } from '#platform/database/db.ts'
import { limitRate } from '#platform/http/limits/rate-limit.ts'

export interface CallerLimits {
  /** Counts a request of somebody without a valid session. Refuses rate_limited. */
  stranger(address: string): void
  /** Counts nothing. Refuses rate_limited where the address has gone beyond its share. */
  passing(address: string): void
  /** Counts a request of a user, an operator or an institution. Refuses rate_limited. */
  known(orgId: number, label: string): void
  close(): void
}

const UNLIMITED: CallerLimits = {
  stranger: () => undefined,
  passing: () => undefined,
  known: () => undefined,
  close: () => undefined,
}

/** Undefined: as many as they like. */
export function limitCallers(db: Database, perMinute: number | undefined): CallerLimits {
  if (perMinute === undefined) return UNLIMITED
  const limiter = limitRate(db, perMinute)
  return {
    stranger: (address) => limiter.count(null, networkOf(address)),
    passing: (address) => limiter.check(null, networkOf(address)),
    known: (orgId, label) => limiter.count(orgId, label),
    close: () => limiter.close(),
  }
}

/** Whoever has one IPv6 address has the 64 bits behind it too. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left!.length - right!.length }, () => '0')
  return `${[...left!, ...zeros, ...right!].slice(0, 4).join(':')}::/64`
}

/** Asked by supervisors and balancers, again and again. */
const PROBES = /^\/(health\/(live|ready)|up|metrics)\/?$/
/** Their addresses hold a key; whoever knows it may come as often as there is something to say. */
const CALLBACKS = /^\/callbacks\//

/** Counts what no contract serves: pages, the reference, unknown paths, and callbacks under wrong keys. */
export function limitPages(app: FastifyInstance, limits: CallerLimits): void {
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      count(limits, request)
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  app.addHook('onResponse', (request, reply, done) => {
    if (IS_OF_NOBODY.has(reply.statusCode) && isOfProviders(request)) noteFailure(limits, request.ip)
    done()
  })
}

/** A wrong secret, a wrong key. */
const IS_OF_NOBODY = new Set([401, 404])

function count(limits: CallerLimits, request: FastifyRequest): void {
  const { config, url = '' } = request.routeOptions
  if (config?.mounted || PROBES.test(url)) return
  if (CALLBACKS.test(url)) limits.passing(request.ip)
  else limits.stranger(request.ip)
}

const isOfProviders = ({ routeOptions: { config, url = '' } }: FastifyRequest): boolean =>
  CALLBACKS.test(url) || config?.mounted?.route.fromProvider === true

function noteFailure(limits: CallerLimits, address: string): void {
  try {
    limits.stranger(address)
  } catch {
    // It is answered already; the next request of the address is refused.
  }
}
