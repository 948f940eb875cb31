/** Owns: messages. What the outside world is to be told: queued in the caller's transaction, sent by the worker. */
import { sql } from 'kysely'
import type { Config } from '#platform/config.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'
import { emit } from '#platform/events/events.ts'
import type { Gateways } from '#platform/messaging/gateways.ts'
import { sendMail, simulateMail } from '#platform/providers/mail/mail.ts'
import { sendPush } from '#platform/providers/fcm/push.ts'
import { type Delivery, sendSms } from '#platform/providers/sms/sms.ts'

type Channel = 'sms' | 'mail' | 'push'

export interface NewMessage {
  readonly channel: Channel
  /** E.164 for sms, an address for mail, a device token for push. */
  readonly recipient: string
  readonly subject?: string
  readonly body: string
  /** Of a push: what the application is handed with it. */
  readonly data?: Readonly<Record<string, string>>
  /** A second message with the same key is not queued. */
  readonly dedupeKey?: string
  /**
   * A code or a token stands in the body, good for SECRET_MINUTES at most: after them the message is not sent any more. Outside
   * demo the body is forgotten once the message has gone, failed or run out.
   */
  readonly secret?: boolean
}

/** No code or token that we send lives longer. */
export const SECRET_MINUTES = 30

export interface QueuedMessage {
  readonly id: number
  readonly channel: Channel
  readonly recipient: string
  readonly subject: string | null
  readonly body: string
  readonly data: Readonly<Record<string, string>> | null
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
    insert into messages (org_id, id, channel, recipient, subject, body, data, dedupe_key, secret, created_at)
    select ${ctx.org.id}, ${first}::int + m.n::int - 1, m.channel, m.recipient, m.subject, m.body, m.data::jsonb, m.dedupe_key, m.secret, ${ctx.now}
      from unnest(
             ${messages.map((m) => m.channel)}::text[],
             ${messages.map((m) => m.recipient)}::text[],
             ${messages.map((m) => m.subject ?? null)}::text[],
             ${messages.map((m) => m.body)}::text[],
             ${messages.map((m) => (m.data ? JSON.stringify(m.data) : null))}::text[],
             ${messages.map((m) => m.dedupeKey ?? null)}::text[],
             ${messages.map((m) => m.secret ?? false)}::boolean[]
           ) with ordinality as m (channel, recipient, subject, body, data, dedupe_key, secret, n)
    on conflict (org_id, dedupe_key) do nothing
  `.execute(ctx.tx)
}

const LEASE_SECONDS = 120

/** Up to `limit` messages whose turn it is, oldest first, kept from other workers until they are settled or two minutes are over. */
export async function takeQueuedMessages(ctx: Ctx, limit: number): Promise<QueuedMessage[]> {
  await giveUpSecrets(ctx)
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
    returning m.id, m.channel, m.recipient, m.subject, m.body, m.data, m.attempts
  `.execute(ctx.tx)
  return rows.sort((a, b) => a.id - b.id)
}

/** A code that opens nothing any more is not sent. */
async function giveUpSecrets(ctx: Ctx): Promise<void> {
  await sql`
    update messages
       set status = 'failed', error = coalesce(error || '; ', '') || 'the code in it had run out',
           body = case when ${forgetsSecrets(ctx)} then '' else body end
     where org_id = ${ctx.org.id} and status = 'queued' and secret and created_at <= ${after(ctx.now, -60 * SECRET_MINUTES)}
  `.execute(ctx.tx)
}

const forgetsSecrets = (ctx: Ctx): boolean => ctx.services.config.mode === 'production'

/** Tries of one message, a minute, two, four … apart, before it is given up. */
const TRIES_AT_MOST = 8

/**
 * Records what became of a message that was taken: sent, given up, or to be tried again later, not before the gateway wants
 * it. That an address is gone is a fact for whoever keeps addresses.
 */
export async function settleMessage(ctx: Ctx, message: QueuedMessage, delivery: Delivery): Promise<void> {
  const again = delivery.outcome === 'try_again' && message.attempts < TRIES_AT_MOST
  const status = delivery.outcome === 'sent' ? 'sent' : again ? 'queued' : 'failed'
  const pause = Math.max(
    60 * 2 ** (message.attempts - 1),
    (delivery.outcome === 'try_again' && delivery.retryAfterSeconds) || 0,
  )
  const forgets = !again && forgetsSecrets(ctx)
  const next = again ? after(ctx.now, pause) : null
  await sql`
    update messages
       set status = ${status},
           sent_at = ${status === 'sent' ? ctx.now : null},
           error = ${delivery.outcome === 'sent' ? null : delivery.error},
           next_try = case when secret and ${again} then least(${next}::timestamptz, created_at + make_interval(mins => ${SECRET_MINUTES})) else ${next} end,
           body = case when secret and ${forgets} then '' else body end
     where org_id = ${ctx.org.id} and id = ${message.id} and status = 'queued'
  `.execute(ctx.tx)
  if (delivery.outcome === 'rejected' && delivery.addressGone) {
    const data = { message_id: message.id, channel: message.channel }
    emit(ctx, 'message.address_gone', data)
  }
}

/** To whom messages were addressed. */
export async function recipientsOf(ctx: Pick<Ctx, 'org' | 'tx'>, ids: readonly number[]): Promise<string[]> {
  const { rows } = await sql<{ recipient: string }>`
    select recipient from messages where org_id = ${ctx.org.id} and id = any(${ids}::integer[])`.execute(ctx.tx)
  return rows.map((row) => row.recipient)
}

const after = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000)

export interface OutboxMessage {
  readonly id: number
  readonly channel: Channel
  readonly recipient: string
  readonly subject: string | null
  readonly body: string
  readonly data: Readonly<Record<string, string>> | null
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
    select id, channel, recipient, subject, body, data, status, created_at as "createdAt", sent_at as "sentAt"
      from messages
     where org_id = ${ctx.org.id}
       and (${filter.to ?? null}::text is null or lower(recipient) = lower(${filter.to ?? null}::text))
       and (${filter.channel ?? null}::text is null or channel = ${filter.channel ?? null}::text)
     order by id desc limit ${filter.limit}
  `.execute(ctx.tx)
  return rows
}

export interface Ways {
  readonly config: Pick<Config, 'mode' | 'mail'>
  readonly gateways: Gateways
}

/**
 * Sends one message by the channel's driver; called by the worker, outside any transaction. Without a gateway it says which
 * variable is missing, for a person to see, and tries again; demo has simulators of them, and composes mails itself.
 */
export async function sendMessage(ways: Ways, orgSlug: string, message: QueuedMessage): Promise<Delivery> {
  const { config, gateways } = ways
  if (message.channel === 'sms') {
    const sms = { to: message.recipient, text: message.body }
    return gateways.sms ? sendSms(gateways.sms, sms) : missing('MKOPO_SMS_URL')
  }
  if (message.channel === 'mail') {
    const mail = {
      to: message.recipient,
      subject: message.subject ?? '',
      text: message.body,
      messageId: `<${orgSlug}.${message.id}@mkopo>`,
    }
    if (config.mail) return sendMail(config.mail, mail)
    return config.mode === 'demo' ? simulateMail('Mkopo <no-reply@mkopo.invalid>', mail) : missing('MKOPO_SMTP_URL')
  }
  const { recipient: token, subject, body, data } = message
  const push = { token, title: subject ?? '', body, data: data ?? {} }
  return gateways.push ? sendPush(gateways.push, push) : missing('MKOPO_FCM_SERVICE_ACCOUNT')
}

const missing = (what: string): Delivery => ({ outcome: 'try_again', error: `${what} is not configured` })
