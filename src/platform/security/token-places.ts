/** Tokens that a document puts elsewhere than into the Authorization header: into the body, also of a GET, or the query. */
import type { FastifyRequest } from 'fastify'
import { refuse } from '#domain/refusal.ts'
import { parseJsonBody } from '#platform/http/body-text.ts'

/** Where an operation's token may stand besides the Authorization header. */
export interface TokenPlaces {
  /** Fields of the body or the query. */
  readonly fields: readonly string[]
  /** A header of its own, in lower case. */
  readonly header?: string
}

type Members = Record<string, unknown>

const MOST_BYTES = 16_384

/**
 * Takes the token out of wherever it stands, so that nothing that comes after sees, keeps or logs it; null where there is
 * none. Refuses invalid_input for several that differ, body_not_json and body_too_large for a GET's body.
 */
export async function takeToken(
  places: TokenPlaces,
  request: FastifyRequest,
  bearer: string | null,
): Promise<string | null> {
  if (request.method === 'GET') request.body = await readGetBody(request)
  const own = places.header ? request.headers[places.header] : undefined
  const given = [bearer, own, ...takeFields(places, request.body), ...takeFields(places, request.query)]
  const tokens = new Set(given.filter((token) => token !== null && token !== undefined && token !== ''))
  const [token, another] = tokens
  if (another !== undefined) refuse('invalid_input', { fields: { [places.fields[0]!]: 'Give one token only.' } })
  return token === undefined
    ? null
    : typeof token === 'string'
      ? token
      : refuse('not_authenticated', { reason: 'malformed' })
}

function takeFields({ fields }: TokenPlaces, from: unknown): unknown[] {
  if (typeof from !== 'object' || from === null || Array.isArray(from)) return []
  const members = from as Members
  return fields.flatMap((field) => {
    const token = members[field]
    delete members[field]
    return token
  })
}

/** The framework reads no body of a GET. */
async function readGetBody(request: FastifyRequest): Promise<unknown> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (!encoding && (!length || length === '0')) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  // Stopped early it must not end the connection: the answer is still to come.
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) refuse('body_too_large')
    chunks.push(chunk as Buffer)
  }
  return parseJsonBody(Buffer.concat(chunks).toString())
}
