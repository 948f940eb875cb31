/** A contract made for tests of the HTTP layer: one operation for each manner that it must have. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { answers } from '#contracts/office/answers.ts'
import { refuse } from '#domain/refusal.ts'
import { emit } from '#platform/events/events.ts'
import { problemBody } from '#platform/http/problem.ts'
import {
  type Contract,
  type Operation,
  type OwnTransactionRoute,
  route,
  type TransactedRoute,
} from '#platform/http/route.ts'

type Handle = TransactedRoute['handle']
type OwnHandle = OwnTransactionRoute['handle']
type Rest = Partial<Omit<TransactedRoute, 'handle' | 'transaction'>>

const PLAIN = { section: 'Tiny', summary: 'For tests', answers: { 200: { description: 'Done' } } } as const
const op = (handle: Handle, rest: Rest = {}): Operation => ({ ...PLAIN, ...rest, handle })
const own = (handle: OwnHandle, rest: Rest = {}): Operation => ({ ...PLAIN, ...rest, transaction: 'own', handle })

const id = z.coerce.number().int().min(1).max(2_147_483_647)
const Thing = z.object({ name: z.string().max(20), amount: z.number().positive(), note: z.string().optional() })

/** How often the operation that counts was really done. */
export const done = { times: 0 }

const routes = [
  route(
    'GET',
    '/tiny',
    'open',
    op(async () => ({ status: 200, body: 'without' })),
    { slash: 'exact' },
  ),
  route(
    'GET',
    '/tiny/',
    'open',
    op(async () => ({ status: 200, body: 'with' })),
    { slash: 'exact' },
  ),
  route(
    'POST',
    '/tiny',
    'open',
    op(async () => ({ status: 201, body: {} })),
    { slash: 'exact', aliases: ['/tiny/', '/tiny/new'] },
  ),
  route(
    'GET',
    '/tiny/mine',
    'open',
    op(async () => ({ status: 200, body: 'mine' })),
  ),
  route(
    'GET',
    '/tiny/things/:id',
    'open',
    op(async (_ctx, { params }) => ({ status: 200, body: params }), { params: z.object({ id }) }),
  ),
  route(
    'PATCH',
    '/tiny/things/:id',
    'loan.approve',
    op(async (ctx) => ({ status: 200, body: ctx.actor }), { params: z.object({ id }) }),
  ),
  route(
    'GET',
    '/tiny/who',
    'optional',
    op(async (ctx) => ({ status: 200, body: { actor: ctx.actor.kind, org: ctx.org.slug, today: ctx.today } })),
  ),
  route(
    'POST',
    '/tiny/echo',
    'open',
    op(async (_ctx, { body }) => ({ status: 200, body: { body } })),
  ),
  route(
    'POST',
    '/tiny/checked',
    'open',
    op(async (_ctx, { body }) => ({ status: 200, body }), { body: Thing }),
  ),
  route(
    'GET',
    '/tiny/listed',
    'open',
    op(async (_ctx, { query }) => ({ status: 200, body: query }), {
      query: z.strictObject({ page: z.coerce.number().int().default(1) }),
    }),
  ),
  route(
    'GET',
    '/tiny/text',
    'open',
    op(async () => ({ status: 200, body: 'a,b\n', headers: { 'content-type': 'text/csv; charset=utf-8' } })),
  ),
  route(
    'DELETE',
    '/tiny/things/:id',
    'open',
    op(async () => ({ status: 204 }), { params: z.object({ id }) }),
  ),
  route(
    'GET',
    '/tiny/leak',
    'open',
    op(async () => ({ status: 200, body: { amount: 100n } })),
  ),
  route(
    'GET',
    '/tiny/writes',
    'open',
    op(async (ctx) => {
      emit(ctx, 'user.verified', { user_id: 1, channel: 'email' })
      return { status: 200, body: {} }
    }),
  ),
  route(
    'POST',
    '/tiny/verify-then-refuse',
    'open',
    op(
      async (ctx) => {
        emit(ctx, 'user.verified', { user_id: 1, channel: 'email' })
        return refuse('loan_not_found')
      },
      { refusals: { loan_not_found: [404, 'No such tiny loan'] } },
    ),
  ),
  route(
    'POST',
    '/tiny/hurried',
    'open',
    op(async () => refuse('too_many_attempts', { retryAfterSeconds: 12.2 })),
  ),
  route(
    'POST',
    '/tiny/verify',
    'optional',
    op(
      async (ctx, { body }) => {
        done.times++
        await pause(body.wait ?? 0)
        emit(ctx, 'user.verified', { user_id: 1, channel: 'email' })
        return { status: 201, body: { times: done.times }, headers: { location: '/tiny/things/7' } }
      },
      { body: z.object({ name: z.string().optional(), wait: z.number().optional() }) },
    ),
  ),
  route(
    'POST',
    '/tiny/own',
    'optional',
    own(async (_door, { body }) => {
      done.times++
      await pause(body.wait ?? 0)
      if (body.fail) refuse('loan_not_found')
      return { status: 201, body: { times: done.times } }
    }),
  ),
  route(
    'POST',
    '/tiny/upload',
    'open',
    own(
      async (_door, { body, files }) => ({
        status: 200,
        body: { ...body, files: files.map((file) => [file.fieldName, file.fileName, file.bytes.length]) },
      }),
      { upload: { maxBytes: 1_000 } },
    ),
  ),
]

/** The tiny contract, bound to the organisation that `boundAs` serves; a token is the name of a core role, or `expired`. */
export const tinyContract = (boundAs = 'sokocredit'): Contract => ({
  name: boundAs,
  title: 'Tiny',
  description: 'For tests.',
  prefixes: ['/tiny'],
  routes,
  answers,
  errorBody: ({ text, code, data }) => ({
    said: text,
    code,
    ...(data.fields ? { fields: data.fields } : {}),
    ...(code === 'internal' ? { id: data.requestId } : {}),
  }),
  async authenticate(_services, _org, token) {
    if (token === 'expired') refuse('token_expired')
    if (token !== 'customer' && token !== 'loan_officer') refuse('not_authenticated')
    return { kind: 'user', id: token === 'customer' ? 3 : 2, roles: [token], sessionId: 's', customerId: null }
  },
})

/** A contract whose caller chooses the organisation. */
export const chosenContract = (): Contract => ({
  ...tinyContract('office'),
  name: 'office',
  title: 'Chosen',
  prefixes: ['/chosen', '/tiny/chosen'],
  organisationBy: 'header',
  errorBody: problemBody,
  errorContentType: 'application/problem+json; charset=utf-8',
  routes: [
    route(
      'GET',
      '/chosen/org',
      'optional',
      op(async (ctx) => ({ status: 200, body: ctx.org.slug })),
    ),
  ],
})
