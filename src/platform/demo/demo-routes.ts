/** Demo only: the clock that can be moved, and the messages that would have gone out. In production these paths do not exist. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { pageLimit } from '#platform/http/asked-numbers.ts'
import { type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { type ClockMove, moveClock } from '#platform/demo/demo-clock.ts'
import { allOrganisations } from '#platform/database/founding.ts'
import { listOutbox } from '#platform/messaging/messages.ts'
import { normalisePhone } from '#platform/phone.ts'
import { getEitherWay, postEitherWay } from '#platform/http/plain-routes.ts'
import type { WorkTables } from '#platform/work/worker.ts'

/** POST /demo/clock and GET /demo/outbox. */
export function mountDemo(app: FastifyInstance, services: Services, tables: WorkTables): void {
  let moving: Promise<unknown> = Promise.resolve()
  postEitherWay(app, '/demo/clock', async (request, reply) => {
    const { now } = read(clockBody, request.body)
    const move = moving.then(() => moveClock(services, tables, new Date(now)))
    moving = move.catch(() => undefined)
    return reply.send(presentMove(await move))
  })
  getEitherWay(app, '/demo/clock', async (_, reply) => reply.send({ now: services.clock.now().toISOString() }))
  getEitherWay(app, '/demo/outbox', async (request, reply) =>
    reply.send(await outbox(services, read(outboxQuery, request.query))),
  )
}

const clockBody = z.object({
  now: z.iso.datetime({ offset: true, error: 'Give an instant, e.g. 2026-02-15T09:00:00Z.' }),
})
const outboxQuery = z.object({
  to: z.string().optional(),
  channel: z.enum(['sms', 'mail', 'push'], { error: 'Give sms, mail or push.' }).optional(),
  limit: pageLimit(500, 100),
})

function read<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  return refuse('invalid_input', {
    fields: Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join('.') || 'body', issue.message])),
  })
}

function presentMove({ now, ran }: ClockMove) {
  const failed = ran.filter(({ status }) => status === 'failed')
  return {
    now: now.toISOString(),
    jobs_run: ran.length,
    jobs_failed: failed.map(({ organisation, job, day, error }) => ({ organisation, job, day, error })),
  }
}

/** Messages of all organisations, newest first. */
async function outbox(services: Services, query: z.infer<typeof outboxQuery>) {
  const found = []
  for (const org of await allOrganisations(services.db)) {
    const filter = {
      limit: query.limit,
      ...(query.to !== undefined && { to: addressIn(org, query.to) }),
      ...(query.channel && { channel: query.channel }),
    }
    const messages = await transact(systemDoor(services, org, 'outbox'), (ctx) => listOutbox(ctx, filter), true)
    found.push(...messages.map((message) => ({ organisation: org.slug, ...message })))
  }
  return found
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id)
    .slice(0, query.limit)
    .map(({ recipient, createdAt, sentAt, ...message }) => ({
      ...message,
      to: recipient,
      created_at: createdAt.toISOString(),
      sent_at: sentAt?.toISOString() ?? null,
    }))
}

/** A phone may be given as people write it, also with its plus lost on the way through a URL. */
const addressIn = (org: Organisation, to: string): string =>
  to.includes('@') ? to.trim() : (normalisePhone(to, org.country) ?? to.trim())
