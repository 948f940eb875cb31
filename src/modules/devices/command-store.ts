/** Owns: device_commands. Locks: the phone first, then its commands. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { COMMAND_LEASE_MS, type CommandKind, type CommandStatus, type CommandStep } from '#domain/devices/command.ts'
import { commandColumns, type DeviceCommand } from '#modules/devices/command-views.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface NewCommand {
  readonly deviceId: number
  readonly kind: CommandKind
  readonly reason: string
  readonly retry: number
  readonly at: Date
  readonly expiresAt: Date
}

/** Writes a command that waits to be sent. */
export async function insertCommand(ctx: Ctx, given: NewCommand): Promise<number> {
  const id = await takeNumbers(ctx, 'device_command')
  const key = `dc${randomBytes(12).toString('hex')}`
  await sql`
    insert into device_commands (org_id, id, device_id, key, kind, status, reason, actor, retry, next_try, expires_at, created_at)
    values (${ctx.org.id}, ${id}, ${given.deviceId}, ${key}, ${given.kind}, 'requested', ${given.reason}, ${actorLabel(ctx.actor)},
            ${given.retry}, ${given.at}, ${given.expiresAt}, ${ctx.now})`.execute(ctx.tx)
  return id
}

/** Those of the phone's commands that are under way give way to a later one; one in a worker's hand waits for it here. */
export async function supersede(ctx: Ctx, deviceId: number, kinds: readonly CommandKind[]): Promise<void> {
  await sql`
    update device_commands set status = 'superseded', next_try = null, settled_at = ${ctx.now}
     where org_id = ${ctx.org.id} and device_id = ${deviceId} and kind = any(${kinds}::text[]) and status in ('requested', 'sent')
  `.execute(ctx.tx)
}

const dueCommand = (ctx: Ctx, status: CommandStatus) => sql`
  select id from device_commands
   where org_id = ${ctx.org.id} and next_try <= ${ctx.now} and status = ${status}
   order by next_try, id limit 1 for update skip locked`

const leased = (ctx: Ctx): Date => new Date(ctx.now.getTime() + COMMAND_LEASE_MS)

/** The next command to send, kept from other workers for a minute. */
export async function takeToSend(ctx: Ctx): Promise<DeviceCommand | null> {
  const { rows } = await sql<DeviceCommand>`
    update device_commands c set attempts = attempts + 1, next_try = ${leased(ctx)}
     where org_id = ${ctx.org.id} and id = (${dueCommand(ctx, 'requested')})
    returning ${commandColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The next command to ask about, likewise. */
export async function takeToAsk(ctx: Ctx): Promise<DeviceCommand | null> {
  const { rows } = await sql<DeviceCommand>`
    update device_commands c set questions = questions + 1, next_try = ${leased(ctx)}
     where org_id = ${ctx.org.id} and id = (${dueCommand(ctx, 'sent')})
    returning ${commandColumns}`.execute(ctx.tx)
  return rows[0] ?? null
}

/** The phone that a command of this name is for, or null. */
export async function deviceOfKey(ctx: Ctx, key: string): Promise<number | null> {
  const { rows } = await sql<{ deviceId: number }>`
    select device_id as "deviceId" from device_commands where org_id = ${ctx.org.id} and key = ${key}`.execute(ctx.tx)
  return rows[0]?.deviceId ?? null
}

/** The command, locked until the transaction ends; its phone is locked already. */
export async function lockCommand(ctx: Ctx, key: string): Promise<DeviceCommand | null> {
  const { rows } = await sql<DeviceCommand>`
    select ${commandColumns} from device_commands c where org_id = ${ctx.org.id} and key = ${key} for update`.execute(
    ctx.tx,
  )
  return rows[0] ?? null
}

/** Writes where a command stands now. */
export async function writeCommand(
  ctx: Ctx,
  id: number,
  to: CommandStep & { readonly remoteId: string | null },
): Promise<void> {
  const isSettled = to.status !== 'requested' && to.status !== 'sent'
  await sql`
    update device_commands
       set status = ${to.status}, next_try = ${to.nextTry}, failure = coalesce(${to.failure}, failure), remote_id = coalesce(${to.remoteId}, remote_id),
           sent_at = case when ${to.status === 'sent'} then coalesce(sent_at, ${ctx.now}) else sent_at end,
           settled_at = case when ${isSettled} then ${ctx.now}::timestamptz end
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
