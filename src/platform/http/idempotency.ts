/**
 * The Idempotency-Key header: the same key with the same request by the same caller is done once and answered alike.
 *
 * Kept are successful answers only. A refusal undoes its transaction and the key with it, so the request may be sent
 * again under the same key once what was wrong is put right. Bodies are kept sealed: they hold tokens and personal data.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { refuse } from '#domain/refusal.ts'
import { actorLabel, type Ctx, type Door, transact } from '#platform/context.ts'
import { hashedFile } from '#platform/files/hashed-file.ts'
import type { Answer, OwnTransactionRoute, Request, Route, TransactedRoute } from '#platform/http/route.ts'

const LEASE_SECONDS = 120
const WAIT_MS = 30_000
const LOOK_EVERY_MS = 40
/** Status of an answer that is still being made. */
const IN_THE_MAKING = 0

interface Entry {
  readonly scope: string
  readonly key: string
  /** Of what is known of the request when the key is taken. */
  readonly requestHash: Buffer
  /** Of everything that was sent; of a streamed file it is known when the file is in. */
  sentHash(): Promise<Buffer>
}

/**
 * Does the request unless this key was used for it before; then the kept answer comes back, marked `Idempotent-Replay`.
 * A second request with the key of one still running waits for it. The answer of a transacted route is kept in the
 * transaction of its effect; a route with transactions of its own keeps it afterwards, so after a crash in between it
 * is done again when the lease has run out. Refuses invalid_input, idempotency_key_reused, unavailable.
 */
export async function answerOnce(
  door: Door,
  { route, key }: { route: Route; key: string },
  request: Request,
): Promise<Answer> {
  if (key.length < 1 || key.length > 255) {
    refuse('invalid_input', { fields: { 'Idempotency-Key': 'Give 1 to 255 characters.' } })
  }
  const scope = `${door.contract} ${actorLabel(door.actor)} ${route.method} ${route.path}`
  const requestHash = hashOf(door, request)
  if (route.transaction !== 'own') {
    return transactedOnce(door, { scope, key, requestHash, sentHash: async () => requestHash }, route, request)
  }
  const file = request.streamed ? hashedFile(request.streamed) : null
  const sentHash = async (): Promise<Buffer> => (file ? hashOf(door, request, await file.digest()) : requestHash)
  return ownOnce(door, { scope, key, requestHash, sentHash }, route, file ? { ...request, streamed: file } : request)
}

function transactedOnce(door: Door, entry: Entry, route: TransactedRoute, request: Request): Promise<Answer> {
  return transact(door, async (ctx) => {
    if (!(await claim(ctx, entry))) {
      // Whoever held the key has committed, or the insert above would still be waiting for it.
      return (await keptAnswer(ctx, entry)) ?? refuse('unavailable', { retryAfterSeconds: 1 })
    }
    const answer = await route.handle(ctx, request)
    await keep(ctx, { entry, hash: entry.requestHash, answer })
    return answer
  })
}

async function ownOnce(door: Door, entry: Entry, route: OwnTransactionRoute, request: Request): Promise<Answer> {
  if (!(await transact(door, (ctx) => claim(ctx, entry)))) return waitForAnswer(door, entry, route, request)
  try {
    const answer = await route.handle(door, request)
    const hash = await entry.sentHash()
    const kept = route.pure ? { status: answer.status } : answer
    await transact(door, (ctx) => (answer.stream ? forget(ctx, entry) : keep(ctx, { entry, hash, answer: kept })))
    return answer
  } catch (error) {
    await transact(door, (ctx) => forget(ctx, entry)).catch(() => undefined)
    throw error
  }
}

/** A streamed file waits at the door meanwhile: whoever holds the key may yet be refused, and then it is needed. */
async function waitForAnswer(door: Door, entry: Entry, route: OwnTransactionRoute, request: Request): Promise<Answer> {
  for (const start = performance.now(); performance.now() - start < WAIT_MS; ) {
    const kept = await transact(door, (ctx) => read(ctx, entry))
    if (!kept) return ownOnce(door, entry, route, request)
    if (kept.status !== IN_THE_MAKING) {
      refuseOther(kept, await entry.sentHash())
      const answer = answerOf(door, kept)
      return route.pure ? again(answer, await route.handle(door, request)) : answer
    }
    refuseOther(kept, entry.requestHash)
    if (kept.lapsed) return ownOnce(door, entry, route, request)
    await pause(LOOK_EVERY_MS)
  }
  return refuse('unavailable', { retryAfterSeconds: 5 })
}

/** What was worked out anew, said to be a repetition. */
const again = (kept: Answer, { headers, ...answer }: Answer): Answer => ({
  ...answer,
  headers: { ...headers, ...kept.headers },
})

/** Takes the key, also from a holder whose lease has run out; waits for a transaction that is taking it. */
async function claim(ctx: Ctx, { scope, key, requestHash }: Entry): Promise<boolean> {
  const { rows } = await sql`
    insert into http_answers as held (org_id, scope, key, request_hash, status, body, created_at, lease_until)
    values (${ctx.org.id}, ${scope}, ${key}, ${requestHash}, ${IN_THE_MAKING}, '', ${ctx.now},
            now() + make_interval(secs => ${LEASE_SECONDS}))
    on conflict (org_id, scope, key) do update set lease_until = excluded.lease_until
     where held.status = ${IN_THE_MAKING} and held.lease_until < now() and held.request_hash = excluded.request_hash
    returning 1
  `.execute(ctx.tx)
  return rows.length > 0
}

interface Kept {
  readonly request_hash: Buffer
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly lapsed: boolean
}

async function read(ctx: Ctx, { scope, key }: Entry): Promise<Kept | undefined> {
  const { rows } = await sql<Kept>`
    select request_hash, status, headers, body, coalesce(lease_until < now(), false) as lapsed
      from http_answers where org_id = ${ctx.org.id} and scope = ${scope} and key = ${key}
  `.execute(ctx.tx)
  return rows[0]
}

/** The answer kept under the key, or null while it is in the making. Refuses idempotency_key_reused. */
async function keptAnswer(ctx: Ctx, entry: Entry): Promise<Answer | null> {
  const kept = await read(ctx, entry)
  if (!kept) return null
  refuseOther(kept, entry.requestHash)
  return kept.status === IN_THE_MAKING ? null : answerOf(ctx, kept)
}

function refuseOther(kept: Kept, hash: Buffer): void {
  if (!kept.request_hash.equals(hash)) refuse('idempotency_key_reused')
}

function answerOf(door: Door, kept: Kept): Answer {
  const headers = { ...kept.headers, 'idempotent-replay': 'true' }
  return kept.body === ''
    ? { status: kept.status, headers }
    : { status: kept.status, headers, body: unseal(door, kept.body) }
}

interface Keeping {
  readonly entry: Entry
  readonly hash: Buffer
  readonly answer: Answer
}

/** Keeps the answer as it will go over the wire. */
async function keep(ctx: Ctx, { entry: { scope, key }, hash, answer }: Keeping): Promise<void> {
  const isText = typeof answer.body === 'string' && answer.headers?.['content-type'] !== undefined
  const text = answer.body === undefined ? '' : isText ? (answer.body as string) : JSON.stringify(answer.body)
  const type = text === '' || isText ? {} : { 'content-type': 'application/json; charset=utf-8' }
  await sql`
    update http_answers
       set status = ${answer.status}, request_hash = ${hash}, headers = ${JSON.stringify({ ...type, ...answer.headers })}::jsonb,
           body = ${text === '' ? '' : seal(ctx, text)}, lease_until = null
     where org_id = ${ctx.org.id} and scope = ${scope} and key = ${key}
  `.execute(ctx.tx)
}

async function forget(ctx: Ctx, { scope, key }: Entry): Promise<void> {
  await sql`
    delete from http_answers
     where org_id = ${ctx.org.id} and scope = ${scope} and key = ${key} and status = ${IN_THE_MAKING}
  `.execute(ctx.tx)
}

/** Forgets answers older than an instant, at most so many at a time; answers how many. */
export async function forgetAnswersBefore(ctx: Ctx, instant: Date, atMost = 10_000): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from http_answers where org_id = ${ctx.org.id} and (scope, key) in
      (select scope, key from http_answers where org_id = ${ctx.org.id} and created_at < ${instant} limit ${atMost})
  `.execute(ctx.tx)
  return Number(numAffectedRows ?? 0)
}

/** Keyed, so that a password in a body cannot be guessed from its hash. */
function hashOf(door: Door, { params, query, body, files, streamed }: Request, streamedDigest = ''): Buffer {
  // The body of a streamed upload says how many bytes were announced, which hangs on the form's boundary.
  if (streamed) {
    const file = [streamed.fileName, streamedDigest]
    return createHmac('sha256', keyOf(door)).update(canonical({ params, query, file })).digest()
  }
  const digests = files.map((file) => [
    file.fieldName,
    file.fileName,
    createHash('sha256').update(file.bytes).digest('hex'),
  ])
  return createHmac('sha256', keyOf(door))
    .update(canonical({ params, query, body, files: digests }))
    .digest()
}

/** JSON with its keys in order, so that the same content gives the same text. */
export function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (value instanceof Date) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}

const keys = new Map<string, Buffer>()

function keyOf({ services }: Door): Buffer {
  const { secret } = services.config
  let key = keys.get(secret)
  if (!key) {
    key = Buffer.from(hkdfSync('sha256', secret, '', 'mkopo http answers', 32))
    keys.set(secret, key)
  }
  return key
}

function seal(door: Door, text: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(door), nonce)
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

function unseal(door: Door, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', keyOf(door), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
}
