/** The web server: mounts the contracts' tables and does for each request what all of them have in common. */
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Refusal, refuse } from '#domain/refusal.ts'
import { type BodyRoom, bodyRoom } from '#platform/http/limits/body-room.ts'
import { type CallerLimits, limitCallers, limitPages } from '#platform/http/limits/caller-limits.ts'
import { type Actor, type Door, type Services, transact } from '#platform/context.ts'
import { answerClientError } from '#platform/http/http-client-errors.ts'
import { bearerToken, doorkeeper } from '#platform/http/http-door.ts'
import { type Erring, READ_OUT_BYTES, sendError } from '#platform/http/http-errors.ts'
import { parseFormBody, parseJsonBody } from '#platform/http/body-text.ts'
import { JSON_BYTES, mostBodyBytes, readInput } from '#platform/http/http-input.ts'
import { contractByPrefix, methodsByPath, type Mounted, type Served, spellings } from '#platform/http/http-paths.ts'
import { answerOnce } from '#platform/http/idempotency.ts'
import { loggedPath } from '#platform/observability/logged-path.ts'
import { guardOverload, type OverloadGuard } from '#platform/http/limits/overload.ts'
import { readOut } from '#platform/http/limits/read-out.ts'
import { logRequests } from '#platform/observability/request-log.ts'
import type { Answer, Contract, Route } from '#platform/http/route.ts'
import { takeToken } from '#platform/security/token-places.ts'
import { trustFunction } from '#platform/http/limits/trusted-proxies.ts'

/** What a finished request was, for metrics and the log. */
export interface Finished {
  readonly method: string
  /** The path as the route table writes it; `unknown` where there is none. */
  readonly route: string
  readonly contract: string
  readonly status: number
  readonly ms: number
}

export interface ServerOptions {
  /** Routes outside any contract: health, metrics, demo, pages. */
  readonly mount?: (app: FastifyInstance) => void | Promise<void>
  readonly onResponse?: (finished: Finished) => void
  /** Requests in flight and lateness of the event loop beyond which the server answers 503. */
  readonly maxInFlight?: number
  readonly maxLagMs?: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    mounted?: Mounted
  }
  interface FastifyInstance {
    /** Every method and path that is served, in the router's form. */
    served: readonly Served[]
  }
  interface FastifyRequest {
    door: Door | null
    entered: boolean
    /** Gives the room for a large body back. */
    leaveRoom: (() => void) | null
  }
}

/** Large bodies in memory at once, and how long one waits at the door for its turn. */
const ROOM_BYTES = 134_217_728
const ROOM_WAIT_MS = 30_000
const JSON_TYPE = 'application/json; charset=utf-8'

/** The server with every contract mounted, ready to listen or to be injected into. */
export async function buildServer(
  services: Services,
  contracts: readonly Contract[],
  options: ServerOptions = {},
): Promise<FastifyInstance> {
  const mounted = spellings(contracts)
  const { maxInFlight = 1_000, maxLagMs = 1_000 } = options
  const guard = guardOverload({ maxInFlight, maxOfOne: Math.ceil(maxInFlight / 4), maxLagMs })
  const ownerOf = contractByPrefix(contracts)
  const app = newFastify(services, ownerOf)
  app.addHook('onClose', () => guard.close())
  await app.register(cors, corsOptions(services))
  await app.register(multipart, { throwFileSizeLimit: true })
  app.decorateRequest('door', null)
  app.decorateRequest('entered', false)
  app.decorateRequest('leaveRoom', null)
  addBodyParsers(app)
  addObservers(app, { services, guard, onResponse: options.onResponse })
  const limits = limitCallers(services.db, services.config.requestsPerMinute)
  app.addHook('onClose', () => limits.close())
  limitPages(app, limits)
  addErrorAnswers(app, { services, ownerOf })
  logRequests(app, services, ownerOf)
  mountRoutes(app, { services, mounted, guard, limits })
  await options.mount?.(app)
  await app.ready()
  return app
}

type OwnerOf = (path: string) => Contract | null

function newFastify(services: Services, ownerOf: OwnerOf): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: JSON_BYTES,
    trustProxy: trustFunction(services.config.trustProxy),
    genReqId: requestId,
    requestTimeout: 300_000,
    // Longer than any URL that Node takes, so that a long parameter is refused like any other wrong one.
    routerOptions: { maxParamLength: 20_000 },
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, request, reply) => {
      reply.headers(STANDING_HEADERS).header('x-request-id', request.id)
      sendError(services.log, {
        error,
        erring: { contract: ownerOf(pathOf(request)), route: null },
        request,
        reply: reply as FastifyReply,
      })
    },
  })
  return app as unknown as FastifyInstance
}

/** Routes check by schemas of their own, so that the framework's two compilers need not be loaded. */
const noCompiler = (): never => {
  throw new Error('a route gave the framework a schema')
}

const GIVEN_ID = /^[\w.:-]{1,64}$/

/** The caller's own X-Request-Id, so that a call can be followed through several systems, or one of ours. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID()
}

/** Open in demo, otherwise the listed origins only; preflights are answered before anything is asked about the caller. */
function corsOptions({ config }: Services) {
  return {
    origin: config.corsOrigins ? (config.corsOrigins.length > 0 ? [...config.corsOrigins] : false) : true,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Organisation', 'X-Request-Id'],
    exposedHeaders: ['X-Request-Id', 'Idempotent-Replay', 'Retry-After', 'Content-Disposition', 'Location'],
    maxAge: 600,
    strictPreflight: false,
  }
}

function addBodyParsers(app: FastifyInstance): void {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  const json = /^application\/(?:[\w.-]+\+)?json(?:;|$)/
  app.addContentTypeParser(json, { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseJsonBody(text as string))
    } catch (error) {
      done(error as Error)
    }
  })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (request, text, done) => {
    try {
      const { mounted } = request.routeOptions.config ?? {}
      if (!mounted?.contract.takesForms) refuse('unsupported_media_type')
      done(null, parseFormBody(text as string))
    } catch (error) {
      done(error as Error)
    }
  })
}

/** Said with every answer: never sniffed, never framed, never kept by a cache unless the answer says otherwise. */
const STANDING_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'cross-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

interface Observing {
  readonly services: Services
  readonly guard: OverloadGuard
  readonly onResponse: ServerOptions['onResponse']
}

function addObservers(app: FastifyInstance, { services, guard, onResponse }: Observing): void {
  const { config } = services
  // The line below holds no secrets by its making, and looking for some would cost more than all the rest.
  const log = services.log.child({}, { redact: [] })
  const standing = {
    ...STANDING_HEADERS,
    ...(config.mode === 'production' ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  }
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(standing).header('x-request-id', request.id)
    done()
  })
  const leave = (request: FastifyRequest): void => {
    if (request.entered) guard.leave(request.ip)
    request.entered = false
    request.leaveRoom?.()
    request.leaveRoom = null
  }
  const finish = (request: FastifyRequest, reply: FastifyReply, status: number): void => {
    leave(request)
    const { mounted, url = 'unknown' } = { ...request.routeOptions.config, url: request.routeOptions.url }
    const finished: Finished = {
      method: request.method,
      route: mounted?.route.path ?? url,
      contract: mounted?.contract.name ?? 'none',
      status,
      ms: reply.elapsedTime,
    }
    onResponse?.(finished)
    if (log.isLevelEnabled('info')) log.info(logLine(request, finished), 'request')
  }
  app.addHook('onResponse', (request, reply, done) => {
    readOut(request.raw, READ_OUT_BYTES)
    finish(request, reply, reply.statusCode)
    done()
  })
  app.addHook('onRequestAbort', (request, done) => {
    leave(request)
    done()
  })
}

/** The path without its query, which may hold names, phones and tokens. */
function logLine(request: FastifyRequest, finished: Finished): Record<string, unknown> {
  const { door, url } = request
  return {
    method: finished.method,
    path: loggedPath({ url, pattern: request.routeOptions.url }),
    status: finished.status,
    ms: Math.round(finished.ms * 10) / 10,
    contract: finished.contract,
    org: door?.org.slug,
    actor: door ? labelOf(door.actor) : undefined,
    address: request.ip,
    requestId: request.id,
  }
}

const labelOf = (actor: Actor): string => (actor.kind === 'user' ? `user:${actor.id}` : actor.kind)

interface Knowing {
  readonly services: Services
  readonly ownerOf: OwnerOf
}

function addErrorAnswers(app: FastifyInstance, { services, ownerOf }: Knowing): void {
  const served: Served[] = []
  app.decorate('served', served)
  app.addHook('onRoute', ({ method, url }) => {
    if (!url.includes('*')) for (const one of [method].flat()) served.push({ method: one, url })
  })
  let methodsOf: ReturnType<typeof methodsByPath> | undefined
  app.setErrorHandler((given, request, reply) => {
    const known = request.routeOptions.config?.mounted
    const erring: Erring = known ?? { contract: ownerOf(pathOf(request)), route: null }
    const error = isNowhere(given) ? nowhere(request) : given
    return sendError(services.log, { error, erring, request, reply })
  })
  // The router takes `/customers/` for `/customers/:id` with nothing for an id where the method is known there only.
  const nowhere = (request: FastifyRequest): Refusal => {
    methodsOf ??= methodsByPath(served)
    const allow = methodsOf(pathOf(request))
    const isKnown = allow.length > 0 && !allow.includes(request.method)
    return isKnown ? new Refusal('method_not_allowed', { allow }) : new Refusal('route_not_found')
  }
  app.setNotFoundHandler((request) => {
    throw nowhere(request)
  })
}

const isNowhere = (error: unknown): boolean => error instanceof Refusal && error.code === 'route_not_found'

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!

interface Mounting {
  readonly services: Services
  readonly mounted: readonly Mounted[]
  readonly guard: OverloadGuard
  readonly limits: CallerLimits
}

function mountRoutes(app: FastifyInstance, { services, mounted, guard, limits }: Mounting): void {
  const openDoor = doorkeeper(services, limits)
  const room = bodyRoom({ totalBytes: ROOM_BYTES, shareBytes: ROOM_BYTES / 4, waitMs: ROOM_WAIT_MS })
  for (const place of mounted) {
    app.route({
      method: place.route.method,
      url: place.url,
      bodyLimit: mostBodyBytes(place.route),
      config: { mounted: place },
      onRequest: async (request) => {
        guard.enter(request.ip)
        request.entered = true
        if (!place.route.tokenIn) request.door = await openDoor(place, request)
        await waitForRoom(room, place.route, request)
      },
      handler: async (request, reply) => {
        const { tokenIn } = place.route
        if (tokenIn)
          request.door = await openDoor(place, request, await takeToken(tokenIn, request, bearerToken(request)))
        const input = await readInput(place.route, request)
        return send(reply, await perform(place, request.door!, request, input))
      },
    })
  }
}

/** A large body is not read before there is room for it; whoever sends it has shown his token by then. */
async function waitForRoom(room: BodyRoom, route: Route, request: FastifyRequest): Promise<void> {
  const most = route.maxBodyBytes ?? (route.upload && !route.upload.streamed ? route.upload.maxBytes : 0)
  const bytes = Math.min(most, Number(request.headers['content-length'] ?? most))
  if (bytes <= JSON_BYTES) return
  const leave = await room.take(bytes, request.ip)
  if (request.raw.destroyed) leave()
  else request.leaveRoom = leave
}

async function perform(
  place: Mounted,
  door: Door,
  request: FastifyRequest,
  input: Awaited<ReturnType<typeof readInput>>,
): Promise<Answer> {
  const { route } = place
  const key = route.method === 'GET' ? undefined : request.headers['idempotency-key']
  if (key !== undefined) return answerOnce(door, { route, key: String(key) }, input)
  if (route.transaction === 'own') return route.handle(door, input)
  return transact(door, (ctx) => route.handle(ctx, input), route.method === 'GET')
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

/** Sends an answer: JSON unless it is a stream, or bytes or text under their own content type. */
function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status)
  if (answer.headers) reply.headers(answer.headers)
  if (answer.stream) return reply.send(answer.stream)
  if (answer.body === undefined) return reply.send()
  if (typeof answer.body === 'string' && reply.hasHeader('content-type')) return reply.send(answer.body)
  if (!reply.hasHeader('content-type')) reply.header('content-type', JSON_TYPE)
  if (answer.body instanceof Uint8Array) return reply.send(bufferOf(answer.body))
  return reply.send(JSON.stringify(answer.body))
}
