/** Requests made from an OpenAPI document: such as it allows, and such as people and attackers send all the same. */
import fc from 'fast-check'

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema is what it is
type Schema = any

export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly body: Schema | undefined
  readonly takesFiles: boolean
}

export interface MadeRequest {
  readonly method: Operation['method']
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload?: string | Buffer
}

/** The operations of a document, in its order. */
export function operationsOf(document: Schema): readonly Operation[] {
  return Object.entries<Schema>(document.paths).flatMap(([path, item]) =>
    Object.entries<Schema>(item).map(([method, described]) => ({
      id: described.operationId,
      method: method.toUpperCase() as Operation['method'],
      path,
      parameters: (described.parameters ?? []).map((one: Schema) => resolve(document, one)),
      body: described.requestBody?.content['application/json']?.schema,
      takesFiles: 'multipart/form-data' in (described.requestBody?.content ?? {}),
    })),
  )
}

const resolve = (document: Schema, schema: Schema): Schema => {
  if (!schema?.$ref) return schema
  const found = schema.$ref
    .split('/')
    .slice(1)
    .reduce((at: Schema, key: string) => at[key], document)
  return resolve(document, found)
}

/** What nobody should send: each has broken some server. */
const oddities = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', true, 0, -0, -1, 0.1 + 0.2, 1e-7, 1e21, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63)),
  fc.constantFrom<unknown>(
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '٣',
    '1,000.00',
    '--1',
    'null',
    'undefined',
    '[object Object]',
  ),
  fc.constantFrom<unknown>(
    '\0',
    '\ud800',
    'a\u0000b',
    '\u202Etxt',
    'é'.normalize('NFD'),
    '😀'.repeat(300),
    'x'.repeat(20_000),
  ),
  fc.constantFrom<unknown>(
    "' or 1=1 --",
    '%',
    '_',
    '\\',
    '$(1)',
    '../../etc/passwd',
    '<script>',
    '=1+1',
    '0000-00-00',
    '2026-02-30',
  ),
  // Numbers that no column of a database holds, and cursors that no page gave.
  fc.constantFrom<unknown>(
    ...['2147483648', '9223372036854775808', '99999999999999999999', '5:5201900348', '999999:1', '1:9999999999', ':'],
    ...['0001-01-01', '9999-12-31', '-271821-04-20', '+275760-09-13', '2026-02-15T25:00:00Z', '1.005', '1e400', '-0'],
  ),
  fc.constantFrom<unknown>([], {}, [[]], { length: 5 }, { toString: 1 }, { constructor: { prototype: 1 } }, [null]),
  fc.string({ unit: 'grapheme' }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** A value that the schema allows, or nearly so where a rule cannot be read out of it. */
export function allowedBy(document: Schema, given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolve(document, given) ?? {}
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((one: Schema) => allowedBy(document, one, depth)))
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type: string) => allowedBy(document, { ...schema, type }, depth)))
  switch (schema.type) {
    case 'object':
      return objectOf(document, schema, depth)
    case 'array':
      return depth > 4
        ? fc.constant([])
        : fc.array(allowedBy(document, schema.items ?? {}, depth + 1), { maxLength: 3 })
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: bound(schema, 1) ?? -5, max: bound(schema, -1) ?? 100_000 }),
      )
    case 'number':
      return fc.oneof(fc.integer({ min: 1, max: 30_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return textOf(schema)
    default:
      return fc.oneof(fc.string(), fc.integer(), fc.constantFrom('0712345678', '1500.50', '2026-02-15'))
  }
}

function bound({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema, side: 1 | -1): number | undefined {
  if (side === 1) return exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1
  const most = exclusiveMaximum === undefined ? maximum : exclusiveMaximum - 1
  return most === undefined ? undefined : Math.max(most, bound({ minimum, exclusiveMinimum }, 1) ?? -5)
}

function objectOf(document: Schema, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth > 4) return fc.constant({})
  const properties = Object.entries<Schema>(schema.properties ?? {})
  const model = Object.fromEntries(properties.map(([name, one]) => [name, allowedBy(document, one, depth + 1)]))
  return fc.record(model, { requiredKeys: (schema.required ?? []).filter((name: string) => name in model) })
}

function textOf({ format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date') return fc.constantFrom('2026-02-15', '2024-02-29', '1970-01-01', '9999-12-31')
  if (format === 'date-time') return fc.constantFrom('2026-02-15T09:00:00Z', '1970-01-01T00:00:00+03:00')
  if (format === 'email') return fc.constantFrom('mama1@sokocredit.com', 'x@y.example', 'a+b@sub.example.com')
  const words = fc.constantFrom(
    '0712345678',
    '+254700000003',
    'MPESA123ABC',
    '1500.50',
    'monthly',
    'customer',
    'password',
    'Wanjiku',
  )
  return fc.oneof(words, fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 200)) }))
}

/** A request to the operation: most are as documented, the others bent somewhere. */
export function requestTo(document: Schema, operation: Operation): fc.Arbitrary<MadeRequest> {
  const inPath = operation.parameters.filter((one) => one.in === 'path')
  const inQuery = operation.parameters.filter((one) => one.in === 'query')
  return fc
    .record({
      path: fc.tuple(...inPath.map(({ schema }) => bent(allowedBy(document, schema), 0.25))),
      query: fc.record(
        Object.fromEntries(inQuery.map(({ name, schema }) => [name, bent(allowedBy(document, schema), 0.3)])),
        { requiredKeys: [] },
      ),
      strayQuery: fc.option(fc.tuple(fc.string(), fc.string()), { freq: 8 }),
      body: bodyOf(document, operation),
      headers: fc.record(
        {
          'idempotency-key': fc.string({ minLength: 0, maxLength: 300, unit: 'grapheme-ascii' }),
          'x-organisation': fc.constantFrom(
            'sokocredit',
            'movicuotas',
            'repaysync',
            'visionfund',
            'mkopo',
            'nowhere',
            '',
          ),
        },
        { requiredKeys: [] },
      ),
      slash: fc.boolean(),
    })
    .map(({ path, query, strayQuery, body, headers, slash }) => {
      const values = [...path]
      const literal = operation.path.replace(/\{\w+\}/g, () => encodeURIComponent(asText(values.shift())) || '0')
      const pairs = [...Object.entries(query), ...(strayQuery ? [strayQuery] : [])]
      const search = pairs.map(([name, value]) => `${encode(name)}=${encode(asText(value))}`).join('&')
      const url = `${slash && !literal.endsWith('/') ? `${literal}/` : literal}${search ? `?${search}` : ''}`
      return {
        method: operation.method,
        url,
        headers: { ...headers, ...body.headers },
        ...(body.payload === undefined ? {} : { payload: body.payload }),
      }
    })
}

const asText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.replace(/\p{Surrogate}/gu, '').slice(0, 3_000)
}
const encode = encodeURIComponent

/** Sometimes something else altogether. */
const bent = (allowed: fc.Arbitrary<unknown>, share: number): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: Math.round((1 - share) * 100), arbitrary: allowed },
    { weight: Math.round(share * 100), arbitrary: oddities },
  )

interface Sent {
  readonly headers: Record<string, string>
  readonly payload?: string | Buffer
}

const JSON_TYPE = { 'content-type': 'application/json' }

function bodyOf(document: Schema, operation: Operation): fc.Arbitrary<Sent> {
  if (operation.method === 'GET') return fc.constant({ headers: {} })
  const allowed = operation.body ? allowedBy(document, operation.body) : fc.constant({})
  const json = (value: fc.Arbitrary<unknown>) =>
    value.map((one): Sent => ({ headers: JSON_TYPE, payload: JSON.stringify(one) ?? '' }))
  const broken = fc
    .tuple(allowed, fc.nat(40))
    .map(([one, cut]): Sent => ({ headers: JSON_TYPE, payload: JSON.stringify(one).slice(0, cut) }))
  return fc.oneof(
    { weight: 6, arbitrary: json(allowed) },
    { weight: 6, arbitrary: json(mutated(allowed)) },
    { weight: 1, arbitrary: json(oddities) },
    { weight: 1, arbitrary: broken },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Sent>(
        { headers: {} },
        { headers: JSON_TYPE, payload: '' },
        { headers: { 'content-type': 'text/plain' }, payload: 'x' },
      ),
    },
    { weight: operation.takesFiles ? 8 : 1, arbitrary: form },
  )
}

/** One or two fields of an allowed body replaced, dropped or added. */
function mutated(allowed: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(allowed, fc.array(fc.tuple(fc.nat(30), fc.nat(5), oddities), { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      const changed: Record<string, unknown> = { ...value }
      for (const [at, kind, oddity] of changes) {
        const names = Object.keys(changed)
        const name = names[at % Math.max(1, names.length)] ?? 'extra'
        if (kind === 0) delete changed[name]
        else changed[kind === 1 ? `extra_${at}` : name] = oddity
      }
      return changed
    })
}

const MAGIC = [
  Buffer.from('%PDF-1.7\n'),
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  Buffer.alloc(0),
  Buffer.from('MZ'),
]

const form: fc.Arbitrary<Sent> = fc
  .record({
    field: fc.constantFrom('file', 'document', ''),
    name: fc.constantFrom('id.pdf', 'a.jpg', '../../x.png', '', 'ü".pdf', 'x'.repeat(300), 'a.exe'),
    magic: fc.constantFrom(...MAGIC),
    type: fc.constantFrom('doc_type', 'document_type', 'x'),
    value: fc.constantFrom('id_card', '', '../..', 'x'.repeat(500), '\0'),
    ending: fc.constantFrom('--b--\r\n', '--b', ''),
  })
  .map(({ field, name, magic, type, value, ending }) => ({
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    payload: Buffer.concat([
      Buffer.from(`--b\r\ncontent-disposition: form-data; name="${type}"\r\n\r\n${value}\r\n`),
      Buffer.from(`--b\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n`),
      magic,
      Buffer.from(`\r\n${ending}`),
    ]),
  }))
