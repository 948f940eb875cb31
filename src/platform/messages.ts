/** Owns: messages. What the outside world is to be told: queued in the caller's transaction, sent by the worker. */
import { sql } from 'kysely'
import type { Config } from '#src/config.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/counters.ts'
import { sendMail, simulateMail } from '#platform/mail.ts'
import { type Delivery, sendSms, SIMULATED_GATEWAY, simulatedGateway } from '#platform/sms.ts'

export type Channel = 'sms' | 'mail' | 'push'

export interface NewMessage {
  readonly channel: Channel
  /** E.164 for sms, an address for mail, a device token for push. */
  readonly recipient: string
  readonly subject?: string
  readonly body: string
  /** A second message with the same key is not queued. */
  readonly dedupeKey?: string
  /** A code or a token stands in the body: outside demo it is forgotten once the message has gone or failed. */
  readonly secret?: boolean
}

export interface QueuedMessage {
  readonly id: number
  readonly channel: Channel
  readonly recipient: string
  readonly subject: string | null
  readonly body: string
  /** This one included. */
  readonly attempts: number
}

/** Queues one message; it goes out after the transaction commits, at least once. */
export const queueMessage = (ctx: Ctx, message: NewMessage): Promise<void> => queueMessages(ctx, [message])

/** Queues many messages in one statement. */
export async function queueMessages(ctx: Ctx, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return
  const first = await takeNumbers(ctx, 'message', messages.length)
  await sql`
    insert into messages (org_id, id, channel, recipient, subject, body, dedupe_key, secret, created_at)
    select ${ctx.org.id}, ${first}::int + m.n::int - 1, m.channel, m.recipient, m.subject, m.body, m.dedupe_key, m.secret, ${ctx.now}
      from unnest(
             ${messages.map((m) => m.channel)}::text[],
             ${messages.map((m) => m.recipient)}::text[],
             ${messages.map((m) => m.subject ?? null)}::text[],
             ${messages.map((m) => m.body)}::text[],
             ${messages.map((m) => m.dedupeKey ?? null)}::text[],
             ${messages.map((m) => m.secret ?? false)}::boolean[]
           ) with ordinality as m (channel, recipient, subject, body, dedupe_key, secret, n)
    on conflict (org_id, dedupe_key) do nothing
  `.execute(ctx.tx)
}

const LEASE_SECONDS = 120

/** Up to `limit` messages whose turn it is, oldest first, kept from other workers until they are settled or two minutes are over. */
export async function takeQueuedMessages(ctx: Ctx, limit: number): Promise<QueuedMessage[]> {
  const { rows } = await sql<QueuedMessage>`
    update messages m
       set attempts = m.attempts + 1, next_try = ${after(ctx.now, LEASE_SECONDS)}
     where m.org_id = ${ctx.org.id}
       and m.id in (
         select id from messages
          where org_id = ${ctx.org.id} and status = 'queued' and (next_try is null or next_try <= ${ctx.now})
          order by id limit ${limit}
          for update skip locked
       )
    returning m.id, m.channel, m.recipient, m.subject, m.body, m.attempts
  `.execute(ctx.tx)
  return rows.sort((a, b) => a.id - b.id)
}

/** Tries of one message, a minute, two, four … apart, before it is given up. */
const TRIES_AT_MOST = 8

/** Records what became of a message that was taken: sent, given up, or to be tried again later. */
export async function settleMessage(ctx: Ctx, message: QueuedMessage, delivery: Delivery): Promise<void> {
  const again = delivery.outcome === 'try_again' && message.attempts < TRIES_AT_MOST
  const status = delivery.outcome === 'sent' ? 'sent' : again ? 'queued' : 'failed'
  const forgets = !again && ctx.services.config.mode === 'production'
  await sql`
    update messages
       set status = ${status},
           sent_at = ${status === 'sent' ? ctx.now : null},
           error = ${delivery.outcome === 'sent' ? null : delivery.error},
           next_try = ${again ? after(ctx.now, 60 * 2 ** (message.attempts - 1)) : null},
           body = case when secret and ${forgets} then '' else body end
     where org_id = ${ctx.org.id} and id = ${message.id} and status = 'queued'
  `.execute(ctx.tx)
}

const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000)

export interface OutboxMessage {
  readonly id: number
  readonly channel: Channel
  readonly recipient: string
  readonly subject: string | null
  readonly body: string
  readonly status: 'queued' | 'sent' | 'failed'
  readonly createdAt: Date
  readonly sentAt: Date | null
}

/** Messages of the organisation, newest first; optionally those to one recipient or through one channel. */
export async function listOutbox(
  ctx: Ctx,
  filter: { readonly to?: string; readonly channel?: string; readonly limit: number },
): Promise<OutboxMessage[]> {
  const { rows } = await sql<OutboxMessage>`
    select id, channel, recipient, subject, body, status, created_at as "createdAt", sent_at as "sentAt"
      from messages
     where org_id = ${ctx.org.id}
       and (${filter.to ?? null}::text is null or lower(recipient) = lower(${filter.to ?? null}::text))
       and (${filter.channel ?? null}::text is null or channel = ${filter.channel ?? null}::text)
     order by id desc limit ${filter.limit}
  `.execute(ctx.tx)
  return rows
}

/**
 * Sends one message by the channel's driver; called by the worker, outside any transaction. Demo without a gateway
 * simulates it; production without one says which variable is missing, for a person to see, and tries again.
 */
export async function sendMessage(config: Config, orgSlug: string, message: QueuedMessage): Promise<Delivery> {
  const simulates = config.mode === 'demo'
  if (message.channel === 'sms') {
    const sms = { to: message.recipient, text: message.body }
    if (config.sms) return sendSms(config.sms, sms)
    return simulates ? sendSms(SIMULATED_GATEWAY, sms, simulatedGateway) : missing('MKOPO_SMS_URL')
  }
  if (message.channel === 'mail') {
    const mail = {
      to: message.recipient,
      subject: message.subject ?? '',
      text: message.body,
      messageId: `<${orgSlug}.${message.id}@mkopo>`,
    }
    if (config.mail) return sendMail(config.mail, mail)
    return simulates ? simulateMail('Mkopo <no-reply@mkopo.invalid>', mail) : missing('MKOPO_SMTP_URL')
  }
  return simulates ? { outcome: 'sent', reference: `push-${message.id}` } : missing('a push service')
}

const missing = (what: string): Delivery => ({ outcome: 'try_again', error: `${what} is not configured` })
