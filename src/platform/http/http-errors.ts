/** One funnel for everything that goes wrong in a request: refusals, the framework's errors, lost databases and bugs. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type RefusalCode } from '#domain/refusal.ts'
import { asSent } from '#platform/http/field-names.ts'
import type { Log } from '#platform/observability/log.ts'
import { PROBLEM_TYPE, problemBody, SERVER_ANSWERS } from '#platform/http/problem.ts'
import type { Contract, RefusalAnswer, Route } from '#platform/http/route.ts'

export interface Erring {
  readonly contract: Contract | null
  readonly route: Route | null
}

const OF_THE_FRAMEWORK: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_not_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_input',
  FST_ERR_BAD_URL: 'invalid_input',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found',
  FST_REQ_FILE_TOO_LARGE: 'file_too_large',
  FST_FILES_LIMIT: 'body_too_large',
  FST_PARTS_LIMIT: 'body_too_large',
  FST_FIELDS_LIMIT: 'body_too_large',
  FST_PROTO_VIOLATION: 'invalid_input',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported_media_type',
  FST_INVALID_JSON_FIELD_ERROR: 'body_not_json',
  FST_MP_PREMATURE_CLOSE: 'invalid_input',
}

/** The error as a refusal, or null when it is a bug. */
export function asRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error
  if (cannotWrite(error)) return new Refusal('unavailable', { retryAfterSeconds: 30 })
  if (databaseIsAway(error)) return new Refusal('unavailable', { retryAfterSeconds: 1 })
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  const known = code ? OF_THE_FRAMEWORK[code] : undefined
  if (known) return new Refusal(known)
  return statusCode && statusCode >= 400 && statusCode < 500 ? new Refusal('invalid_input') : null
}

/** What was not written is not acknowledged; whoever sent it may send it again when there is room. */
function cannotWrite(error: unknown): boolean {
  return error instanceof Error && CANNOT_WRITE.has(String((error as { code?: unknown }).code))
}

const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03', '53300'])

/** No room left, over a quota, broken: on the disk of the database (53100, 58030) or of the files. */
const CANNOT_WRITE = new Set(['53000', '53100', '53200', '53400', '58030', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])

/** Shut down, restarting, out of connections or out of reach; also a conflict that went on through all retries. */
function databaseIsAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // The system's codes too, and those of a failure that came through another library.
  const { syscall, code: state } = error as { syscall?: string; code?: string }
  if (typeof state !== 'string')
    return /Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  if (state === 'ENOENT' && syscall !== 'connect') return false
  return AWAY.has(state) || state.startsWith('08') || state === '40001' || state === '40P01'
}

/** Answers an error in the contract's shape; bugs are logged with their stack and answered with the request's id only. */
export function sendError(log: Log, { error, erring, request, reply }: Failure): FastifyReply {
  const refusal = inWordsOf(erring.route, named(asRefusal(error), request))
  if (cannotWrite(error)) log.error({ err: error, requestId: request.id }, 'nothing can be written: is a disk full?')
  if (!refusal) {
    log.error({ err: error, requestId: request.id, method: request.method, route: erring.route?.path }, 'bug')
  }
  const { status, body, contentType } = errorAnswer(erring, refusal, request.id)
  if (refusal) addManners(reply, refusal, status)
  if (refusal?.code === 'body_too_large' && Number(request.headers['content-length']) <= READ_OUT_BYTES) {
    reply.removeHeader('connection')
  }
  return reply.code(status).header('content-type', contentType).send(JSON.stringify(body))
}

/** With wrong fields by the names that the operation has for them. */
function inWordsOf(route: Route | null, refusal: Refusal | null): Refusal | null {
  const fields = refusal?.data.fields
  if (!route || !refusal || typeof fields !== 'object' || fields === null) return refusal
  return new Refusal(refusal.code, { ...refusal.data, fields: asSent(fields as Record<string, string>, route) })
}

/** With what was not taken, where the words may name it. */
function named(refusal: Refusal | null, request: FastifyRequest): Refusal | null {
  if (refusal?.code === 'method_not_allowed')
    return new Refusal(refusal.code, { ...refusal.data, method: request.method })
  if (refusal?.code !== 'unsupported_media_type') return refusal
  return new Refusal(refusal.code, { mediaType: request.headers['content-type'] ?? '' })
}

/**
 * A body too large that says so, up to this size, is passed over to its end instead of being cut off: most clients read no
 * answer before they have sent everything.
 */
export const READ_OUT_BYTES = 67_108_864

export interface Failure {
  readonly error: unknown
  readonly erring: Erring
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface ErrorAnswer {
  readonly status: number
  readonly body: unknown
  readonly contentType: string
}

/** Status and body of a refusal (null: a bug) in the words of the route, else the contract, else the server. */
export function errorAnswer({ contract, route }: Erring, refusal: Refusal | null, requestId: string): ErrorAnswer {
  const [status, words] = refusal ? answerOf(refusal.code, contract, route) : BUG
  const data = refusal ? refusal.data : { requestId }
  const text = typeof words === 'function' ? words(data) : words
  const error = { status, code: refusal?.code ?? ('internal' as const), text, data }
  if (!contract) return { status, body: problemBody(error), contentType: PROBLEM_TYPE }
  return {
    status,
    body: contract.errorBody(error),
    contentType: contract.errorContentType ?? 'application/json; charset=utf-8',
  }
}

const BUG: RefusalAnswer = [500, 'Something went wrong on our side. Quote the request id when you ask about it.']

function answerOf(code: RefusalCode, contract: Contract | null, route: Route | null): RefusalAnswer {
  const own: Readonly<Partial<Record<RefusalCode, RefusalAnswer>>> = SERVER_ANSWERS
  return route?.refusals?.[code] ?? contract?.answers[code] ?? own[code] ?? [400, code.replaceAll('_', ' ')]
}

function addManners(reply: FastifyReply, refusal: Refusal, status: number): void {
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  const seconds = refusal.data.retryAfterSeconds
  if (status === 429 || status === 503)
    reply.header('retry-after', String(typeof seconds === 'number' ? Math.ceil(seconds) : 1))
  if (Array.isArray(refusal.data.allow)) reply.header('allow', refusal.data.allow.join(', '))
}
