/**
 * Owns: request_log. The requests of contracts that document a log of them, written after they were answered and in batches:
 * without passwords, tokens, files and identity numbers, cut to a bounded length, kept for a bounded time.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { loggedPath } from '#platform/observability/logged-path.ts'
import { openOrganisations, type Organisations } from '#platform/organisations.ts'
import { redacted } from '#platform/observability/redaction.ts'
import type { Contract } from '#platform/http/route.ts'

interface Seen {
  readonly contract: string
  readonly orgId: number | null
  readonly userId: number | null
  readonly method: string
  readonly path: string
  /** As it was parsed; made into text when it is written. */
  readonly body: unknown
  readonly response: string
  readonly status: number
  readonly at: Date
}

const FLUSH_MS = 100
const MOST_WAITING = 10_000
const AT_ONCE = 500
/** More than a kept text, so that what is cut off was looked through as well. */
const READ_CHARACTERS = 16_384

interface Journal {
  readonly services: Services
  readonly organisations: Organisations
  waiting: Seen[]
  lost: number
  writing: Promise<void>
  timer: NodeJS.Timeout | undefined
}

const journals = new WeakMap<Services, Journal>()

function journalOf(services: Services): Journal {
  let journal = journals.get(services)
  if (!journal) {
    const organisations = openOrganisations(services.db)
    journal = { services, organisations, waiting: [], lost: 0, writing: Promise.resolve(), timer: undefined }
    journals.set(services, journal)
  }
  return journal
}

type OwnerOf = (path: string) => Contract | null

/** Notes every request of contracts with `logsRequests`, whatever came of it. */
export function logRequests(app: FastifyInstance, services: Services, ownerOf: OwnerOf): void {
  const journal = journalOf(services)
  // Before the answer leaves, so that whoever has it finds it in the log.
  app.addHook('onSend', (request, reply, payload, done) => {
    const contract = request.routeOptions.config?.mounted?.contract ?? ownerOf(pathOf(request))
    if (contract?.logsRequests) {
      const answered = { contract, status: reply.statusCode, response: textOf(payload) }
      note(journal, { ...seenOf(request, answered), at: services.clock.now() })
    }
    done()
  })
  app.addHook('onClose', () => flushRequestLog(services))
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!

function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload.slice(0, READ_CHARACTERS)
  return payload === null || payload === undefined ? '' : '[streamed]'
}

interface Answered {
  readonly contract: Contract
  readonly status: number
  readonly response: string
}

function seenOf(request: FastifyRequest, { contract, status, response }: Answered): Omit<Seen, 'at'> {
  const { door } = request
  const path = pathOf(request)
  const isOwnReading = contract.logsRequests!.withoutBodies.some((own) => path.replace(/\/$/, '') === own)
  return {
    contract: contract.name,
    orgId: door?.org.id ?? null,
    userId: door?.actor.kind === 'user' ? door.actor.id : null,
    method: request.method,
    path: loggedPath({ url: path, pattern: request.routeOptions.url }).slice(0, 255),
    body: isOwnReading ? undefined : (request.body ?? (isForm(request) ? { file: '' } : undefined)),
    response: isOwnReading ? '' : response,
    status,
  }
}

const isForm = ({ headers }: FastifyRequest): boolean => headers['content-type']?.startsWith('multipart/') ?? false

function note(journal: Journal, seen: Seen): void {
  if (journal.waiting.length >= MOST_WAITING) journal.lost++
  else journal.waiting.push(seen)
  journal.timer ??= setTimeout(() => void flushRequestLog(journal.services), FLUSH_MS).unref()
}

/** Writes what is waiting; answered requests noted before are in the table afterwards. */
export function flushRequestLog(services: Services): Promise<void> {
  const journal = journalOf(services)
  clearTimeout(journal.timer)
  journal.timer = undefined
  journal.writing = journal.writing
    .then(() => writeAll(journal))
    .catch((error: unknown) => {
      services.log.warn({ err: error }, 'the log of requests was not written')
    })
  return journal.writing
}

async function writeAll(journal: Journal): Promise<void> {
  const { services, organisations } = journal
  while (journal.waiting.length > 0) {
    const batch = journal.waiting.splice(0, AT_ONCE)
    const owners = new Map<string, Organisation | null>()
    for (const { contract } of batch) {
      if (!owners.has(contract)) owners.set(contract, await organisations.boundTo(contract))
    }
    for (const [org, seen] of groupsOf(batch, owners)) {
      await transact(systemDoor(services, org, 'request log'), (ctx) => insert(ctx, seen))
    }
  }
  if (journal.lost > 0) services.log.warn({ lost: journal.lost }, 'too many requests to log')
  journal.lost = 0
}

/** Requests of one organisation together, in their order; who could not be let in belongs to the organisation of the contract. */
function groupsOf(
  batch: readonly Seen[],
  owners: ReadonlyMap<string, Organisation | null>,
): readonly [Organisation, Seen[]][] {
  const groups = new Map<number, [Organisation, Seen[]]>()
  for (const seen of batch) {
    const bound = owners.get(seen.contract)
    if (!bound) continue
    const org = { ...bound, id: seen.orgId ?? bound.id }
    const group = groups.get(org.id)
    if (group) group[1].push(seen)
    else groups.set(org.id, [org, [seen]])
  }
  return [...groups.values()]
}

async function insert(ctx: Ctx, seen: readonly Seen[]): Promise<void> {
  const first = await takeNumbers(ctx, 'request_log', seen.length)
  await sql`
    insert into request_log (org_id, id, contract, user_id, method, path, request, response, status, created_at)
    select ${ctx.org.id}, ${first} + s.n::integer - 1, s.contract, s.user_id, s.method, s.path, s.request, s.response, s.status, s.at
      from unnest(
        ${seen.map((s) => s.contract)}::text[], ${seen.map((s) => s.userId)}::integer[], ${seen.map((s) => s.method)}::text[],
        ${seen.map((s) => s.path)}::text[], ${seen.map((s) => (s.body === undefined ? '' : redacted(bodyText(s.body))))}::text[],
        ${seen.map((s) => redacted(s.response))}::text[], ${seen.map((s) => s.status)}::integer[], ${seen.map((s) => s.at)}::timestamptz[]
      ) with ordinality as s (contract, user_id, method, path, request, response, status, at, n)`.execute(ctx.tx)
}

const bodyText = (body: unknown): string =>
  (typeof body === 'string' ? body : (JSON.stringify(body) ?? '')).slice(0, READ_CHARACTERS)

export interface LoggedRequest {
  readonly id: number
  readonly userId: number | null
  readonly method: string
  readonly path: string
  readonly request: string
  readonly response: string
  readonly status: number
  readonly createdAt: Date
}

export interface RequestFilter {
  readonly contract: string
  readonly userId?: number | undefined
  readonly status?: number | undefined
  /** Requests with a smaller id than this one. */
  readonly before?: number | undefined
  readonly limit: number
}

/** Logged requests of a contract, latest first. */
export async function loggedRequests(ctx: Pick<Ctx, 'org' | 'tx'>, filter: RequestFilter): Promise<LoggedRequest[]> {
  const conditions = [sql`org_id = ${ctx.org.id}`, sql`contract = ${filter.contract}`]
  if (filter.userId !== undefined) conditions.push(sql`user_id = ${filter.userId}`)
  if (filter.status !== undefined) conditions.push(sql`status = ${filter.status}`)
  if (filter.before !== undefined) conditions.push(sql`id < ${filter.before}`)
  const { rows } = await sql<LoggedRequest>`
    select id, user_id as "userId", method, path, request, response, status, created_at as "createdAt" from request_log
     where ${sql.join(conditions, sql` and `)} order by id desc limit ${filter.limit}`.execute(ctx.tx)
  return rows
}

const MOST_KEPT = 500_000

/** Forgets requests older than an instant, and the oldest beyond half a million, at most so many at a time; answers how many. */
export async function forgetRequestsBefore(ctx: Ctx, instant: Date, atMost = 10_000): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from request_log where org_id = ${ctx.org.id} and id in (
      select id from request_log
       where org_id = ${ctx.org.id}
         and (created_at < ${instant} or id <= (select max(id) - ${MOST_KEPT}::integer from request_log where org_id = ${ctx.org.id}))
       order by id limit ${atMost})`.execute(ctx.tx)
  return Number(numAffectedRows ?? 0)
}
