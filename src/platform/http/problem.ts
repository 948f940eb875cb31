/** Errors as RFC 9457 problem documents: what the server itself says where no contract has words of its own. */
import type { RefusalCode } from '#domain/refusal.ts'
import type { Contract, RefusalAnswer } from '#platform/http/route.ts'

type ErrorOf = Parameters<Contract['errorBody']>[0]

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** What the doors of the server refuse before any contract is asked; the office speaks in the same words. */
export const SERVER_ANSWERS = {
  invalid_input: [400, 'Some fields are missing or wrong.'],
  body_not_json: [400, 'The body is not valid JSON.'],
  body_too_large: [413, 'The body is too large.'],
  unsupported_media_type: [415, 'This operation does not take a body of that media type.'],
  not_authenticated: [401, 'A bearer token is needed.'],
  not_permitted: [403, 'You are not permitted to do this.'],
  rate_limited: [429, 'Too many requests from this address. Try again later.'],
  route_not_found: [404, 'There is nothing at this path.'],
  method_not_allowed: [405, 'This path does not take that method.'],
  organisation_not_found: [404, 'There is no such organisation here.'],
  demo_only: [404, 'This exists in demo mode only.'],
  clock_backwards: [409, 'The clock only moves forward.'],
  unavailable: [503, 'The server cannot answer right now. Try again shortly.'],
} as const satisfies Partial<Record<RefusalCode, RefusalAnswer>>

/** The problem document of an error, with a pointer for each wrong field. */
export function problemBody({ status, code, text, data }: ErrorOf): unknown {
  return {
    type: `urn:mkopo:problem:${code.replaceAll('_', '-')}`,
    title: titleOf(code),
    status,
    detail: text,
    code,
    ...(code === 'internal' ? { request_id: data.requestId } : {}),
    ...(isFields(data.fields) ? { errors: pointersOf(data.fields) } : {}),
  }
}

const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const isFields = (fields: unknown): fields is Record<string, string> => typeof fields === 'object' && fields !== null

function pointersOf(fields: Readonly<Record<string, string>>): unknown {
  return Object.entries(fields).map(([field, detail]) => ({
    field,
    pointer: `#/${field.split('.').map(escaped).join('/')}`,
    detail,
  }))
}

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')
