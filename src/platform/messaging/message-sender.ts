/** The worker's part of messages: takes what is queued, sends it outside any transaction, and records what became of it. */
import { sql } from 'kysely'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { gatewaysOf } from '#platform/messaging/gateways.ts'
import { type QueuedMessage, sendMessage, settleMessage, takeQueuedMessages } from '#platform/messaging/messages.ts'

const MESSAGES_AT_ONCE = 50

/** Sends the organisation's queued messages until none is due or `stopping` says so; returns how many were tried. */
export async function sendQueued(
  services: Services,
  { org, stopping }: { org: Organisation; stopping?(): boolean },
): Promise<number> {
  for (let tried = 0; ; ) {
    if (stopping?.()) return tried
    const taken = await transact(systemDoor(services, org, 'messages'), (ctx) =>
      takeQueuedMessages(ctx, MESSAGES_AT_ONCE),
    )
    if (taken.length === 0) return tried
    await Promise.all(taken.map((message) => sendOne(services, org, message)))
    tried += taken.length
  }
}

/** Whether a queued message's turn has come. */
export async function hasQueued(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select 1 from messages where org_id = ${ctx.org.id} and status = 'queued'
                      and (next_try is null or next_try <= ${ctx.now})) as waiting
  `.execute(ctx.tx)
  return rows[0]!.waiting
}

/** How many messages wait to be sent: to go out the first time, or again after a failure. */
export async function countQueued(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`
    select count(*) as n from messages where org_id = ${ctx.org.id} and status = 'queued'
  `.execute(ctx.tx)
  return Number(rows[0]!.n)
}

async function sendOne(services: Services, org: Organisation, message: QueuedMessage): Promise<void> {
  const ways = { config: services.config, gateways: gatewaysOf(services) }
  const delivery = await sendMessage(ways, org.slug, message)
  if (delivery.outcome !== 'sent') {
    services.log.warn({ organisation: org.slug, message: message.id, reason: delivery.error }, 'message was not sent')
  }
  await transact(systemDoor(services, org, 'messages'), (ctx) => settleMessage(ctx, message, delivery))
}
