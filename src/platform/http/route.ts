/** What a contract is made of: a table of routes, an authentication, and one answer for every refusal. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { Action } from '#domain/permission.ts'
import type { RefusalCode } from '#domain/refusal.ts'
import type { Actor, Ctx, Door, Organisation, Services } from '#platform/context.ts'
import type { TokenPlaces } from '#platform/security/token-places.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface UploadedFile {
  readonly fieldName: string
  readonly fileName: string
  readonly bytes: Uint8Array
}

/** The file of a streamed upload, read while it comes in. */
export interface StreamedFile {
  readonly fileName: string
  /** Refuses file_too_large when it turns out to be. */
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface Request<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly headers: IncomingHttpHeaders
  /** multipart/form-data only; other fields are in body */
  readonly files: readonly UploadedFile[]
  /** Routes with a streamed upload only: its file, or null when there is none. The body then says how many bytes were announced. */
  readonly streamed?: StreamedFile | null
}

/** `body` is JSON unless it is a stream, bytes that are sent as they are, or text with its own content-type header. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly stream?: Readable
}

/** Status and text; the text may use the refusal's data. */
export type RefusalAnswer = readonly [
  status: number,
  text: string | ((data: Readonly<Record<string, unknown>>) => string),
]

/** What a successful answer looks like: JSON by its schema, a file by its content types, or nothing at all. */
export interface AnswerShape {
  readonly description: string
  readonly schema?: z.ZodType
  readonly example?: unknown
  /** The content types that a file may come in. */
  readonly file?: readonly string[]
}

export interface RouteShape {
  readonly method: Method
  /** Literal and whole, as the document prints it, parameters as `:name`. */
  readonly path: string
  /** Further paths with the same answer that documents or clients use. */
  readonly aliases?: readonly string[]
  /** 'exact': with and without trailing slash are different operations. */
  readonly slash?: 'either' | 'exact'
  /** Its name in the reference and in clients made from it: a verb and a noun, `readLoan`; unique in its contract, never changed. */
  readonly id?: string
  readonly section: string
  readonly summary: string
  /** Longer text for the reference. */
  readonly description?: string
  /** 'open': no token looked at; 'optional': anonymous or a valid token; otherwise the action that the actor must be permitted. */
  readonly permission: Action | 'open' | 'optional'
  /** Providers send it, with a secret of their own: as many as come are taken, and only wrong ones are counted. */
  readonly fromProvider?: boolean
  /** Where the token may stand besides the Authorization header; it is taken out before anything else sees it. */
  readonly tokenIn?: TokenPlaces
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** It has no effect and hangs on nothing but the request: the handler checks the body itself, in a thread, and a repetition is worked out anew. */
  readonly pure?: boolean
  /** Of a JSON body, where it may be larger than the usual megabyte. */
  readonly maxBodyBytes?: number
  /** multipart/form-data is accepted besides JSON, at most this many bytes a file; streamed: one file, in the field `file`, never held whole. */
  readonly upload?: { readonly maxBytes: number; readonly streamed?: boolean }
  /** Shapes of the successful answers by status, for the reference. */
  readonly answers: Readonly<Record<number, AnswerShape>>
  /** Texts of this operation that differ from the contract's. */
  readonly refusals?: Readonly<Partial<Record<RefusalCode, RefusalAnswer>>>
  /** Examples of the document for the reference. */
  readonly exampleBody?: unknown
  /** Not in the document: a reading or an extra of ours; marked so in the reference. */
  readonly extra?: boolean
}

/** Runs in one transaction (read-only for GET). */
export interface TransactedRoute extends RouteShape {
  readonly transaction?: 'request'
  handle(ctx: Ctx, request: Request<any, any, any>): Promise<Answer>
}

/** Opens its own transactions: streams, uploads, provider callbacks, logins that must count failures. */
export interface OwnTransactionRoute extends RouteShape {
  readonly transaction: 'own'
  handle(door: Door, request: Request<any, any, any>): Promise<Answer>
}

export type Route = TransactedRoute | OwnTransactionRoute

export interface Contract {
  readonly name: string
  readonly title: string
  readonly description: string
  /** Paths under which an unknown route is answered in this contract's words. */
  readonly prefixes: readonly string[]
  readonly routes: readonly Route[]
  /** The actor of a bearer token, and the network address that it came from. Refuses not_authenticated, token_expired. */
  // tidy: most contracts need the first three only
  authenticate(services: Services, org: Organisation, token: string, address: string): Promise<Actor>
  readonly answers: Readonly<Record<RefusalCode, RefusalAnswer>>
  errorBody(error: {
    readonly status: number
    readonly code: RefusalCode | 'internal'
    readonly text: string
    readonly data: Readonly<Record<string, unknown>>
  }): unknown
  readonly errorContentType?: string
  /** Bodies may also be forms, urlencoded or multipart, wherever JSON is taken. */
  readonly takesForms?: boolean
  /** Every request is logged for the contract's own operation to show; of the paths listed, without the bodies. */
  readonly logsRequests?: { readonly withoutBodies: readonly string[] }
  /** An organisation chosen by the request (X-Organisation); default: the organisation the contract is bound to. */
  readonly organisationBy?: 'binding' | 'header'
  /** With 'header': the slug of the organisation a token belongs to, where the request chooses none. */
  homeOf?(services: Services, token: string): string | null
}

/** What an operation does and says, apart from where it stands: written beside its handler, mounted by a line of routes.ts. */
export type Operation = WithoutPlace<TransactedRoute> | WithoutPlace<OwnTransactionRoute>

type Place = 'method' | 'path' | 'permission' | 'aliases' | 'slash'
type WithoutPlace<R extends RouteShape> = Omit<R, Place>

/** One line of a contract's route table. */
// tidy: a table row reads best in columns
export function route(
  method: Method,
  path: string,
  permission: RouteShape['permission'],
  operation: Operation,
  place: { readonly aliases?: readonly string[]; readonly slash?: 'either' | 'exact' } = {},
): Route {
  return { method, path, permission, ...place, ...operation } as Route
}
