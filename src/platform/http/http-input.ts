/** What a request brings, checked against the route's schemas: every wrong field is named at once. */
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { Refusal, refuse } from '#domain/refusal.ts'
import type { Request, Route, StreamedFile, UploadedFile } from '#platform/http/route.ts'
import { blankIsNull, FIELDS_AT_MOST, refuseUnstorable } from '#platform/http/body-text.ts'

const FIELD_BYTES = 100_000
export const JSON_BYTES = 1_048_576
/** Of somebody whom nobody knows; what is worked out in a thread takes long lists. */
const OPEN_BYTES = 16_384
const OPEN_WORK_BYTES = 65_536

/** How large a body the route takes, an uploaded file not counted. */
export function mostBodyBytes({ maxBodyBytes, permission, pure }: Route): number {
  if (maxBodyBytes !== undefined) return maxBodyBytes
  if (permission !== 'open' && permission !== 'optional') return JSON_BYTES
  return pure ? OPEN_WORK_BYTES : OPEN_BYTES
}

/** Params, query and body as the route wants them. Refuses invalid_input, route_not_found, unsupported_media_type. */
export async function readInput(route: Route, request: FastifyRequest): Promise<Request> {
  const multipart = isMultipart(request)
  const takesForms = request.routeOptions.config?.mounted?.contract.takesForms === true
  if (multipart && !route.upload && !takesForms) refuse('unsupported_media_type')
  const params = checkedParams(route, request.params)
  if (request.url.includes('%00')) refuse('invalid_input', { fields: { query: 'Remove the NUL characters.' } })
  if (route.upload?.streamed) return { params, ...(await streamedInput(route, request, multipart)) }
  const sent = multipart
    ? await readForm(request, { fileBytes: route.upload?.maxBytes ?? FIELD_BYTES, fieldBytes: mostBodyBytes(route) })
    : { body: request.body ?? {}, files: [] }
  if (multipart && takesForms) {
    sent.body = blankIsNull(Object.entries(sent.body as object))
    // As the log of requests has it.
    request.body = sent.body
  }
  const query = parsed(route.query, request.query)
  const body = route.method === 'GET' ? NOTHING : parsed(route.pure ? undefined : route.body, sent.body)
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

/** A body as its schema takes it, for handlers that check it themselves. Refuses invalid_input. */
export function checkedBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const { value, issues } = parsed(schema, body)
  return issues ? refuse('invalid_input', { fields: named(issues, 'body') }) : (value as T)
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

interface FormLimits {
  readonly fileBytes: number
  /** All fields together. */
  readonly fieldBytes: number
}

async function readForm(request: FastifyRequest, most: FormLimits): ReturnType<typeof readParts> {
  try {
    return await readParts(request, most)
  } catch (error) {
    throw unreadableForm(error)
  }
}

/**
 * The parts of a form, limited while they stream in: of its files the first in the field `file` is held, what else comes is
 * passed over. Refuses file_too_large, body_too_large.
 */
async function readParts(request: FastifyRequest, most: FormLimits): Promise<{ body: unknown; files: UploadedFile[] }> {
  const body: Record<string, unknown> = {}
  const files: UploadedFile[] = []
  const limits = { fileSize: most.fileBytes, files: 10, fields: FIELDS_AT_MOST, fieldSize: FIELD_BYTES }
  let bytes = 0
  for await (const part of request.parts({ limits })) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file' || files.length > 0) part.file.resume()
      else files.push({ fieldName: part.fieldname, fileName: part.filename ?? '', bytes: await part.toBuffer() })
    } else {
      bytes += String(part.value).length
      if (part.valueTruncated || bytes > most.fieldBytes) refuse('body_too_large')
      body[part.fieldname] = part.value
    }
  }
  refuseUnstorable(body)
  return { body, files }
}
