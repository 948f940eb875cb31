/** The JSON Schemas of a reference, made from the zod schemas that check requests; named ones stand once, in components. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

export type JsonSchema = Record<string, unknown>

export interface SchemaBook {
  /** What may be sent. */
  input(schema: z.ZodType): JsonSchema
  /** What is answered. */
  output(schema: z.ZodType): JsonSchema
  readonly components: Readonly<Record<string, JsonSchema>>
}

/** A book of schemas for one document. A name that means one thing when sent and another when answered gets two entries. */
export function openSchemaBook(): SchemaBook {
  const components: Record<string, JsonSchema> = {}
  const convert = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
    const names = new Map<string, string>()
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      const kept = components[name]
      names.set(name, kept && !isDeepStrictEqual(kept, rewritten(definition, names)) ? `${name}${WHEN[io]}` : name)
    }
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      components[names.get(name)!] = rewritten(definition, names) as JsonSchema
    }
    return rewritten(root, names) as JsonSchema
  }
  return { components, input: (schema) => convert(schema, 'input'), output: (schema) => convert(schema, 'output') }
}

const WHEN = { input: 'Sent', output: 'Answered' }
const DEFINED = '#/$defs/'
/** zod writes the bounds of exact doubles on every integer; they say nothing to a reader. */
const EXACT_DOUBLES = { minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 }

function rewritten(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((member) => rewritten(member, names))
  if (typeof value !== 'object' || value === null) return value
  const out: JsonSchema = {}
  for (const [key, member] of Object.entries(value)) {
    if (EXACT_DOUBLES[key as keyof typeof EXACT_DOUBLES] === member) continue
    if (key === '$ref' && typeof member === 'string' && member.startsWith(DEFINED)) {
      const name = member.slice(DEFINED.length)
      out.$ref = `#/components/schemas/${names.get(name) ?? name}`
    } else out[key] = rewritten(member, names)
  }
  return out
}
