/** The text of a body, parsed and kept within what a database can store: JSON and forms. */
import { refuse } from '#domain/refusal.ts'

export const FIELDS_AT_MOST = 100

/** A form's fields as a JSON body would have them; of a field that comes twice the last one counts. Refuses text that no database can keep. */
export function parseFormBody(text: string): unknown {
  const fields = [...new URLSearchParams(text)]
  if (fields.length > FIELDS_AT_MOST) refuse('body_too_large')
  const body = blankIsNull(fields)
  refuseUnstorable(body)
  return body
}

/** A form has no other way to say that there is nothing. */
export const blankIsNull = (fields: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(fields.map(([name, value]) => [name, value === '' ? null : value]))

/** A parsed JSON body; an empty one is `{}`. Refuses body_not_json, body_too_large, and text that no database can keep. */
export function parseJsonBody(text: string): unknown {
  if (text.length === 0 || text.trim() === '') return {}
  if (text.length > DEEPEST) refuseShape(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    refuse('body_not_json', { position: positionIn(String(error)) ?? text.length })
  }
  const isSuspect = (text.includes('\\u') || text.includes('__proto__')) && SUSPECT.test(text)
  if (isSuspect) refuseUnstorable(value)
  return value
}

/** Where the parser stopped, counted from 0; null where it came to the end. */
function positionIn(message: string): number | null {
  const position = /at position (\d+)/.exec(message)?.[1]
  return position === undefined ? null : Number(position)
}

/** Nesting without end would overflow the stack of whatever walks the value later. */
const DEEPEST = 64
/** Checking a member against a schema takes microseconds; many thousands of wrong ones hold up everybody. */
const MOST_MEMBERS = 3_000

/** Looks at the marks of the text only: strings, however long, are jumped over. */
function refuseShape(text: string): void {
  let depth = 0
  let members = 0
  for (let i = 0; i < text.length; i++) {
    const mark = text.charCodeAt(i)
    if (mark === QUOTE) i = endOfString(text, i)
    else if (mark === COMMA) members++
    else if (mark === OPEN_BRACE || mark === OPEN_BRACKET) {
      members++
      if (++depth > DEEPEST) refuse('body_not_json')
    } else if (mark === CLOSE_BRACE || mark === CLOSE_BRACKET) depth--
    if (members > MOST_MEMBERS) refuse('body_too_large')
  }
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Where the string that begins at a quote ends: at a quote after an even number of backslashes. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let at = end
    while (text.charCodeAt(at - 1) === BACKSLASH) at--
    if ((end - at) % 2 === 0) return end
  }
  return text.length
}

/** Escapes of NUL, of surrogates, and keys that reach for a prototype. */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])|__proto__|\\u005[fF]/

const LONE_SURROGATE = /\p{Surrogate}/u

export function refuseUnstorable(value: unknown, path: readonly string[] = []): void {
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
