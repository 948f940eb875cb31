/** A contract whose answers are held against the schemas that its reference publishes for them. */
import { isDeepStrictEqual } from 'node:util'
import { office } from '#contracts/office/contract.ts'
import { CONTRACTS } from '#src/contracts.ts'
import type { Answer, AnswerShape, Contract, Route } from '#platform/http/route.ts'

/** The same contract; an answer that its schema does not describe, or describes only in part, becomes a bug (500) with a word on stderr. */
export const heldToItsSchemas = (contract: Contract): Contract => ({
  ...contract,
  routes: contract.routes.map((route) => ({
    ...route,
    // biome-ignore lint/suspicious/noExplicitAny: a handler of either kind, with what it is given
    async handle(by: any, request: any) {
      const answer = await route.handle(by, request)
      const fault = faultOf(route, answer)
      if (fault === null) return answer
      const text = `${route.method} ${route.path}, ${answer.status}: ${fault}`
      process.stderr.write(`${text}\n`)
      throw new Error(text)
    },
  })),
})

/** All contracts, the office held to its schemas. */
export const HELD: readonly Contract[] = CONTRACTS.map((one) => (one === office ? heldToItsSchemas(one) : one))

/** What an answer has that was not declared, or lacks; null when it is as declared. */
export function faultOf(route: Route, answer: Answer): string | null {
  const shape = route.answers[answer.status]
  if (!shape) return 'a status that is not declared'
  if (shape.file) return fileFault(shape.file, answer)
  if (answer.body === undefined) return shape.schema ? 'no body' : null
  if (!shape.schema) return 'a body without a schema'
  return bodyFault(shape.schema, answer.body)
}

function fileFault(types: readonly string[], { headers, stream, body }: Answer): string | null {
  if (stream === undefined && body === undefined) return 'no file'
  const type = String(headers?.['content-type']).split(';')[0]!
  return types.includes(type) ? null : `a file of type ${type}`
}

function bodyFault(schema: NonNullable<AnswerShape['schema']>, body: unknown): string | null {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : JSON.stringify(body)
  const sent: unknown = JSON.parse(text)
  const parsed = schema.safeParse(sent)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `${issue!.path.join('.')}: ${issue!.message}`
  }
  return isDeepStrictEqual(parsed.data, sent) ? null : `not declared: ${undeclared(sent, parsed.data).join(', ')}`
}

/** The fields that the schema took away because it does not know them. */
function undeclared(sent: unknown, known: unknown, place = ''): string[] {
  if (typeof sent !== 'object' || sent === null) return isDeepStrictEqual(sent, known) ? [] : [place]
  return Object.entries(sent).flatMap(([key, member]) => {
    const inside = known as Readonly<Record<string, unknown>>
    return key in inside ? undeclared(member, inside[key], `${place}.${key}`) : [`${place}.${key}`]
  })
}
