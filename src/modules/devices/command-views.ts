/** What phones were told through device management. Reads only, always bounded. */
import { sql } from 'kysely'
import type { Command } from '#domain/devices/command.ts'
import type { Ctx } from '#platform/context.ts'

type Reader = Pick<Ctx, 'org' | 'tx'>

export interface DeviceCommand extends Command {
  readonly id: number
  readonly deviceId: number
  /** Our name for it with the service. */
  readonly key: string
  readonly reason: string
  readonly actor: string
  readonly remoteId: string | null
  /** Why it failed, or was not taken the last time. */
  readonly failure: string | null
  readonly createdAt: Date
  readonly sentAt: Date | null
  readonly settledAt: Date | null
}

export const commandColumns = sql`c.id, c.device_id as "deviceId", c.key, c.kind, c.status, c.reason, c.actor, c.attempts, c.questions, c.retry,
  c.expires_at as "expiresAt", c.remote_id as "remoteId", c.failure, c.created_at as "createdAt", c.sent_at as "sentAt", c.settled_at as "settledAt",
  not exists (select from device_commands l where l.org_id = c.org_id and l.device_id = c.device_id and l.id > c.id and (l.kind = 'enrol') = (c.kind = 'enrol')) as "isLatest"`

/** Of each phone its latest commands, oldest first. */
export async function commandsOf(ctx: Reader, deviceIds: readonly number[], ofEach = 20): Promise<DeviceCommand[]> {
  const { rows } = await sql<DeviceCommand>`
    select k.* from unnest(${deviceIds}::integer[]) as d (id)
     cross join lateral (select ${commandColumns} from device_commands c
                          where c.org_id = ${ctx.org.id} and c.device_id = d.id order by c.id desc limit ${ofEach}) k
     order by k.id`.execute(ctx.tx)
  return rows
}

/** How many commands are to be sent, and how many were sent and not heard of. */
export async function countOpenCommands(ctx: Reader): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ status: string; count: number }>`
    select status, count(*)::integer as count from device_commands
     where org_id = ${ctx.org.id} and status in ('requested', 'sent') group by status`.execute(ctx.tx)
  return { ...{ requested: 0, sent: 0 }, ...Object.fromEntries(rows.map((row) => [row.status, row.count])) }
}

/** Whether a command is to be sent, or asked about, now. */
export async function commandsAreDue(ctx: Pick<Ctx, 'org' | 'tx' | 'now'>): Promise<boolean> {
  const { rows } = await sql`
    select from device_commands where org_id = ${ctx.org.id} and next_try <= ${ctx.now} limit 1`.execute(ctx.tx)
  return rows.length > 0
}
