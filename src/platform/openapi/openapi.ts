/** OpenAPI 3.1 of the mounted contracts, made from the tables and schemas that serve them. */
import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import { rolesFor } from '#domain/permission.ts'
import { Refusal, type RefusalCode } from '#domain/refusal.ts'
import { errorAnswer } from '#platform/http/http-errors.ts'
import { inBraces } from '#platform/http/http-paths.ts'
import { type JsonSchema, openSchemaBook, type SchemaBook } from '#platform/openapi/openapi-schemas.ts'
import type { Contract, Route } from '#platform/http/route.ts'
import type { TokenPlaces } from '#platform/security/token-places.ts'

type Json = Record<string, unknown>

interface Writing {
  readonly book: SchemaBook
  readonly contract: Contract
}

/** The document of these contracts; paths as each contract's own document prints them. */
export function describeContracts(contracts: readonly Contract[], version: string): Json {
  const writing = description(contracts, version)
  for (let step = writing.next(); ; step = writing.next()) if (step.done) return step.value
}

/** The same, written while other requests are served: of five contracts it takes a third of a second. */
export async function describeInTurns(contracts: readonly Contract[], version: string): Promise<Json> {
  const writing = description(contracts, version)
  for (let step = writing.next(); ; step = writing.next()) {
    if (step.done) return step.value
    await setImmediate()
  }
}

/** Pauses after every operation. */
function* description(contracts: readonly Contract[], version: string): Generator<void, Json> {
  const book = openSchemaBook()
  const paths = yield* pathsOf(contracts, book)
  return {
    openapi: '3.1.0',
    info: {
      title: contracts.length === 1 ? `${contracts[0]!.title} on Mkopo` : 'Mkopo',
      version,
      description: [MANNERS, ...contracts.map((contract) => `## ${contract.title}\n\n${contract.description}`)].join(
        '\n\n',
      ),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: contracts.flatMap(tagsOf),
    'x-tagGroups': contracts.map((contract) => ({
      name: contract.title,
      tags: tagsOf(contract).map((tag) => tag.name),
    })),
    security: [],
    paths,
    components: {
      schemas: book.components,
      parameters: PARAMETERS,
      responses: Object.fromEntries(contracts.flatMap(refusalResponses)),
      securitySchemes: Object.fromEntries(contracts.map((contract) => [schemeOf(contract), securityScheme(contract)])),
    },
  }
}

const MANNERS = `Every path answers with and without a trailing slash, except where two operations differ by it (\`x-slash: exact\`).
An empty body with a JSON content type is \`{}\`. Every POST, PUT, PATCH and DELETE takes an \`Idempotency-Key\`: the same key
with the same request is done once and answered alike, with another request it is refused (409). Every answer carries an
\`X-Request-Id\`. What is not in a contract's own document is marked \`x-extra\`.`

const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes a repetition of this request answer the first one. 1 to 255 characters of your choice.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  Organisation: {
    name: 'X-Organisation',
    in: 'header',
    required: false,
    description: 'The organisation to act in, by its slug; one of those that the caller may act in.',
    schema: { type: 'string' },
  },
}

const tagOf = (contract: Contract, section: string): string => `${contract.title}: ${section}`

function tagsOf(contract: Contract): { name: string; 'x-displayName': string }[] {
  const sections = [...new Set(contract.routes.map((route) => route.section))]
  return sections.map((section) => ({ name: tagOf(contract, section), 'x-displayName': section }))
}

const schemeOf = (contract: Contract): string => `${contract.name}_token`

const securityScheme = (contract: Contract): Json => ({
  type: 'http',
  scheme: 'bearer',
  description: `A token of ${contract.title}; it opens no other contract.`,
})

/** Two templates of one shape are one path to OpenAPI, so the first spelling of its parameters stands for all. */
function* pathsOf(contracts: readonly Contract[], book: SchemaBook): Generator<void, Record<string, Json>> {
  const paths: Record<string, Json> = {}
  const spelled = new Map<string, string>()
  for (const contract of contracts) {
    for (const route of contract.routes) {
      for (const written of [route.path, ...(route.aliases ?? [])]) {
        const shape = written.replace(/:\w+/g, ':')
        const path = inBraces(spelled.get(shape) ?? written)
        if (!spelled.has(shape)) spelled.set(shape, written)
        const described = operation({ book, contract }, route, { path, written })
        paths[path] = { ...paths[path], [route.method.toLowerCase()]: described }
        yield
      }
    }
  }
  return paths
}

interface Place {
  readonly path: string
  readonly written: string
}

function operation(writing: Writing, route: Route, place: Place): Json {
  const { contract } = writing
  const isAlias = place.written !== route.path
  const description = [
    ...(isAlias ? [`The same as \`${route.method} ${inBraces(route.path)}\`.`] : []),
    ...(route.description ? [route.description] : []),
  ].join('\n\n')
  return {
    operationId: (!isAlias && route.id) || operationId(contract, route.method, place.written),
    tags: [tagOf(contract, route.section)],
    summary: route.summary,
    ...(description ? { description } : {}),
    security: securityOf(contract, route),
    ...rolesOf(route),
    ...(route.slash === 'exact' ? { 'x-slash': 'exact' } : {}),
    ...(route.extra || isAlias ? { 'x-extra': true } : {}),
    ...listed('parameters', parametersOf(writing, route, place)),
    ...requestBody(writing, route),
    responses: { ...answersOf(writing, route), ...refusalsOf(contract, route) },
  }
}

function operationId(contract: Contract, method: string, path: string): string {
  const words = path.replace(/\/$/, '_slash').split(/[^A-Za-z0-9]+/)
  return [contract.name, method.toLowerCase(), ...words.filter(Boolean)].join('_')
}

function securityOf(contract: Contract, { permission }: Route): Json[] {
  if (permission === 'open') return []
  const token = { [schemeOf(contract)]: [] }
  return permission === 'optional' ? [{}, token] : [token]
}

const rolesOf = ({ permission }: Route): Json =>
  permission === 'open' || permission === 'optional'
    ? {}
    : { 'x-permission': permission, 'x-roles': [...rolesFor(permission)] }

const listed = (key: string, list: readonly unknown[]): Json => (list.length > 0 ? { [key]: list } : {})

function parametersOf({ book, contract }: Writing, route: Route, place: Place): Json[] {
  const inPath = propertiesOf(book, route.params)
  const names = [...place.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const written = [...place.written.matchAll(/:(\w+)/g)].map((match) => match[1]!)
  const query = propertiesOf(book, route.query)
  return [
    ...names.map((name, i) => ({ name, in: 'path', required: true, schema: typed(inPath.properties[written[i]!]) })),
    ...Object.entries(query.properties).map(([name, schema]) => {
      const { description, ...rest } = schema as { description?: string }
      const required = query.required.includes(name)
      return { name, in: 'query', required, ...(description ? { description } : {}), schema: rest }
    }),
    ...(route.method === 'GET' ? [] : [{ $ref: '#/components/parameters/IdempotencyKey' }]),
    ...(contract.organisationBy === 'header' ? [{ $ref: '#/components/parameters/Organisation' }] : []),
  ]
}

const typed = (schema: JsonSchema | undefined): JsonSchema =>
  schema && Object.keys(schema).length > 0 ? schema : { type: 'string' }

function propertiesOf(book: SchemaBook, schema: z.ZodType | undefined) {
  const described = schema ? resolved(book, book.input(schema)) : {}
  const { properties = {}, required = [] } = described as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return { properties, required }
}

/** The schema behind a reference into the book. */
function resolved(book: SchemaBook, schema: JsonSchema): JsonSchema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1)! : null
  return name ? resolved(book, book.components[name] ?? {}) : schema
}

function requestBody({ book, contract }: Writing, route: Route): Json {
  if (!route.body && !route.upload) return {}
  const schema = route.body ? book.input(route.body) : { type: 'object' }
  const example = route.exampleBody === undefined ? {} : { example: route.exampleBody }
  const { required = [] } = resolved(book, schema) as { required?: readonly string[] }
  return {
    requestBody: {
      required: required.length > 0 || route.upload !== undefined,
      content: {
        'application/json': {
          schema: route.tokenIn ? withToken(resolved(book, schema), route.tokenIn) : schema,
          ...example,
        },
        ...(contract.takesForms && !route.upload
          ? { 'application/x-www-form-urlencoded': { schema }, 'multipart/form-data': { schema } }
          : {}),
        ...(route.upload
          ? { 'multipart/form-data': { schema: withFile(resolved(book, schema), route.upload.maxBytes) } }
          : {}),
      },
    },
  }
}

/** Where a document has the token in the body: it is taken out before the rest is checked. */
const withToken = (schema: JsonSchema, { fields }: TokenPlaces): JsonSchema => ({
  ...schema,
  properties: {
    ...(schema.properties as Json | undefined),
    ...Object.fromEntries(
      fields.map((field) => [
        field,
        { type: 'string', description: 'Access token, unless it stands in the Authorization header.' },
      ]),
    ),
  },
})

const withFile = (schema: JsonSchema, maxBytes: number): JsonSchema => ({
  ...schema,
  properties: {
    file: { type: 'string', format: 'binary', description: `At most ${Math.floor(maxBytes / 1_048_576)} MB.` },
    ...(schema.properties as Json | undefined),
  },
})

function answersOf({ book }: Writing, route: Route): Json {
  const entries = Object.entries(route.answers).map(([status, { description, schema, example, file }]) => {
    if (file) return [status, { description, content: Object.fromEntries(file.map((type) => [type, BINARY])) }]
    const content = schema || example !== undefined
    const media = { ...(schema ? { schema: book.output(schema) } : {}), ...(example === undefined ? {} : { example }) }
    return [status, { description, ...(content ? { content: { 'application/json': media } } : {}) }]
  })
  return Object.fromEntries(entries)
}

const BINARY = { schema: { type: 'string', format: 'binary' } }

/** What may be refused by every operation of its kind, as references; what this operation says in its own words, in full. */
function refusalsOf(contract: Contract, route: Route): Json {
  const own = Object.keys(route.refusals ?? {}) as RefusalCode[]
  const byStatus = new Map<number, RefusalCode[]>()
  for (const code of own) {
    const { status } = errorAnswer({ contract, route }, new Refusal(code), '')
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const general = [...generalStatuses(contract, route)].filter((status) => !byStatus.has(status))
  return {
    ...Object.fromEntries(
      general.map((status) => [status, { $ref: `#/components/responses/${responseName(contract, status)}` }]),
    ),
    ...Object.fromEntries([...byStatus].map(([status, codes]) => [status, refusalResponse(contract, codes, route)])),
  }
}

function generalStatuses(contract: Contract, route: Route): Set<number> {
  const codes: RefusalCode[] = ['unavailable']
  if (route.permission !== 'open') codes.push('not_authenticated')
  if (route.permission !== 'open' && route.permission !== 'optional') codes.push('not_permitted')
  if (route.params) codes.push('route_not_found')
  if (route.query || route.body) codes.push('invalid_input')
  if (route.method !== 'GET') codes.push('idempotency_key_reused', 'body_too_large', 'unsupported_media_type')
  const statuses = codes.map((code) => errorAnswer({ contract, route: null }, new Refusal(code), '').status)
  return new Set([...statuses, 500])
}

const responseName = (contract: Contract, status: number): string => `${contract.name}_${status}`

function refusalResponses(contract: Contract): [string, Json][] {
  const byStatus = new Map<number, RefusalCode[]>()
  for (const code of Object.keys(contract.answers) as RefusalCode[]) {
    const { status } = errorAnswer({ contract, route: null }, new Refusal(code), '')
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const bug = errorAnswer({ contract, route: null }, null, '3f0c…')
  const example = { internal: { summary: 'A mistake of ours', value: bug.body } }
  const responses = [...byStatus].map(([status, codes]): [string, Json] => [
    responseName(contract, status),
    refusalResponse(contract, codes, null),
  ])
  return [
    ...responses,
    [responseName(contract, 500), { description: 'A mistake of ours', content: media(bug.contentType, example) }],
  ]
}

function refusalResponse(contract: Contract, codes: readonly RefusalCode[], route: Route | null): Json {
  const answers = codes.map((code) => ({
    code,
    ...errorAnswer({ contract, route }, new Refusal(code, SAMPLE[code]), ''),
  }))
  const examples = Object.fromEntries(
    answers.map(({ code, body }) => [code, { summary: code.replaceAll('_', ' '), value: body }]),
  )
  const type = answers[0]!.contentType
  return { description: codes.map((code) => code.replaceAll('_', ' ')).join(', '), content: media(type, examples) }
}

const media = (contentType: string, examples: Json): Json => ({
  [contentType.split(';')[0]!]: { schema: { type: 'object' }, examples },
})

/** What the refusals with data look like when they happen. */
const SAMPLE: Readonly<Partial<Record<RefusalCode, Json>>> = {
  invalid_input: { fields: { amount: 'This field is required.' } },
  too_many_attempts: { retryAfterSeconds: 60 },
  file_unreadable: { reason: 'The file is not UTF-8: save it as CSV UTF-8 and upload it again.' },
  unsupported_media_type: { mediaType: 'text/plain' },
  method_not_allowed: { method: 'DELETE', allow: ['GET', 'HEAD'] },
  approval_not_pending: { status: 'approved' },
  merge_not_undoable: { why: 'money has moved since' },
  customer_not_erasable: { why: 'a loan of theirs runs' },
  value_day_too_early: { earliest: '2026-01-15' },
  second_person_needed: { earliest: '2026-01-15' },
  sale_step_not_open: { stage: 'completed' },
  period_closed: { closedUntil: '2026-01-31' },
}
