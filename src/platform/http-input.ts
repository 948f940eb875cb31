/** What a request brings, checked against the route's schemas: every wrong field is named at once. */
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { Refusal, refuse } from '#domain/refusal.ts'
import type { Request, Route, StreamedFile, UploadedFile } from '#platform/route.ts'

const FIELDS_AT_MOST = 100
const FIELD_BYTES = 100_000

/** Params, query and body as the route wants them. Refuses invalid_input, route_not_found, unsupported_media_type. */
export async function readInput(route: Route, request: FastifyRequest): Promise<Request> {
  const multipart = isMultipart(request)
  const takesForms = request.routeOptions.config?.mounted?.contract.takesForms === true
  if (multipart && !route.upload && !takesForms) refuse('unsupported_media_type')
  const params = checkedParams(route, request.params)
  if (request.url.includes('%00')) refuse('invalid_input', { fields: { query: 'Remove the NUL characters.' } })
  if (route.upload?.streamed) return { params, ...(await streamedInput(route, request, multipart)) }
  const sent = multipart
    ? await readForm(request, route.upload?.maxBytes ?? FIELD_BYTES)
    : { body: request.body ?? {}, files: [] }
  if (multipart && takesForms) {
    sent.body = blankIsNull(Object.entries(sent.body as object))
    // As the log of requests has it.
    request.body = sent.body
  }
  const query = parsed(route.query, request.query)
  const body = route.method === 'GET' ? NOTHING : parsed(route.body, sent.body)
  if (query.issues || body.issues) {
    refuse('invalid_input', { fields: { ...named(body.issues, 'body'), ...named(query.issues, 'query') } })
  }
  return { params, query: query.value, body: body.value, headers: request.headers, files: sent.files }
}

/** The file of a streamed upload as far as its beginning; the handler reads on. Refuses invalid_input, file_too_large. */
async function streamedInput(
  route: Route,
  request: FastifyRequest,
  multipart: boolean,
): Promise<Omit<Request, 'params'>> {
  const { maxBytes } = route.upload!
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes + FIELD_BYTES) refuse('file_too_large')
  const query = parsed(route.query, request.query)
  if (query.issues) refuse('invalid_input', { fields: named(query.issues, 'query') })
  const streamed = multipart ? await firstFile(request, maxBytes) : null
  return { query: query.value, body: { bytes: announced }, headers: request.headers, files: [], streamed }
}

async function firstFile(request: FastifyRequest, maxBytes: number): Promise<StreamedFile | null> {
  const limits = { fileSize: maxBytes, files: 10, fields: FIELDS_AT_MOST, fieldSize: FIELD_BYTES }
  const parts = request.parts({ limits })
  try {
    for (let next = await parts.next(); !next.done; next = await parts.next()) {
      const part = next.value
      if (part.type !== 'file') continue
      if (part.fieldname === 'file') return { fileName: part.filename ?? '', bytes: wholeFile(part.file, parts) }
      part.file.resume()
    }
  } catch (error) {
    throw unreadableForm(error)
  }
  return null
}

type Parts = ReturnType<FastifyRequest['parts']>

/** The bytes of a file, and then whatever comes after it in the form, passed over. */
async function* wholeFile(file: MultipartFile['file'], parts: Parts): AsyncGenerator<Uint8Array> {
  try {
    yield* file
    if (file.truncated) refuse('file_too_large')
    for (let next = await parts.next(); !next.done; next = await parts.next()) {
      if (next.value.type === 'file') next.value.file.resume()
    }
  } catch (error) {
    throw unreadableForm(error)
  }
}

function unreadableForm(error: unknown): Error {
  if (error instanceof Refusal || String((error as { code?: unknown }).code).startsWith('FST_')) return error as Error
  return new Refusal('invalid_input', { fields: { body: 'This is not multipart/form-data that can be read.' } })
}

/** A path whose parameter can name nothing is a path that does not exist. */
function checkedParams(route: Route, params: unknown): unknown {
  if (!route.params) return params
  const result = route.params.safeParse(params)
  return result.success ? result.data : refuse('route_not_found')
}

interface Parsed {
  readonly value: unknown
  readonly issues?: readonly z.core.$ZodIssue[]
}

const NOTHING: Parsed = { value: undefined }

function parsed(schema: z.ZodType | undefined, value: unknown): Parsed {
  if (!schema) return { value }
  const result = schema.safeParse(value, SAY)
  return result.success ? { value: result.data } : { value, issues: result.error.issues }
}

const SAY = {
  error: (issue: { code?: string; input?: unknown }) =>
    issue.input === undefined ? 'This field is required.' : undefined,
}

/** The first thing to do about each wrong field. */
function named(issues: Parsed['issues'] = [], whole: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const issue of issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : null
    for (const path of unknown ?? [issue.path]) {
      fields[path.join('.') || whole] ??= unknown ? 'This field is not known here.' : issue.message
    }
  }
  return fields
}

const isMultipart = (request: FastifyRequest): boolean =>
  request.headers['content-type']?.toLowerCase().startsWith('multipart/form-data') ?? false

async function readForm(request: FastifyRequest, maxBytes: number): ReturnType<typeof readParts> {
  try {
    return await readParts(request, maxBytes)
  } catch (error) {
    throw unreadableForm(error)
  }
}

/**
 * The parts of a form, limited while they stream in: of its files the first in the field `file` is held, what else comes is
 * passed over. Refuses file_too_large, body_too_large.
 */
async function readParts(request: FastifyRequest, maxBytes: number): Promise<{ body: unknown; files: UploadedFile[] }> {
  const body: Record<string, unknown> = {}
  const files: UploadedFile[] = []
  const limits = { fileSize: maxBytes, files: 10, fields: FIELDS_AT_MOST, fieldSize: FIELD_BYTES }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file' || files.length > 0) part.file.resume()
      else files.push({ fieldName: part.fieldname, fileName: part.filename ?? '', bytes: await part.toBuffer() })
    } else {
      if (part.valueTruncated) refuse('body_too_large')
      body[part.fieldname] = part.value
    }
  }
  refuseUnstorable(body)
  return { body, files }
}

/** A form's fields as a JSON body would have them; of a field that comes twice the last one counts. Refuses text that no database can keep. */
export function parseFormBody(text: string): unknown {
  const fields = [...new URLSearchParams(text)]
  if (fields.length > FIELDS_AT_MOST) refuse('body_too_large')
  const body = blankIsNull(fields)
  refuseUnstorable(body)
  return body
}

/** A form has no other way to say that there is nothing. */
const blankIsNull = (fields: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(fields.map(([name, value]) => [name, value === '' ? null : value]))

/** A parsed JSON body; an empty one is `{}`. Refuses body_not_json, and text that no database can keep. */
export function parseJsonBody(text: string): unknown {
  if (text.length === 0 || text.trim() === '') return {}
  if (text.length > DEEPEST && tooDeep(text)) refuse('body_not_json')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    refuse('body_not_json', { position: positionIn(String(error)) ?? text.length })
  }
  if (SUSPECT.test(text)) refuseUnstorable(value)
  return value
}

/** Where the parser stopped, counted from 0; null where it came to the end. */
function positionIn(message: string): number | null {
  const position = /at position (\d+)/.exec(message)?.[1]
  return position === undefined ? null : Number(position)
}

const DEEPEST = 64

/** Nesting without end would overflow the stack of whatever walks the value later. */
function tooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '\\' && quoted) i++
    else if (char === '"') quoted = !quoted
    else if (quoted) continue
    else if (char === '{' || char === '[') {
      if (++depth > DEEPEST) return true
    } else if (char === '}' || char === ']') depth--
  }
  return false
}

/** Escapes of NUL, of surrogates, and keys that reach for a prototype. */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])|__proto__|\\u005[fF]/

const LONE_SURROGATE = /\p{Surrogate}/u

function refuseUnstorable(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string' && (value.includes('\0') || LONE_SURROGATE.test(value))) {
    refuse('invalid_input', { fields: { [path.join('.') || 'body']: 'Remove the characters that are not text.' } })
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') refuse('body_not_json')
    refuseUnstorable(key, [...path, 'key'])
    refuseUnstorable(member, [...path, key])
  }
}
