/** Owns: device_unlock_codes. The phone's row is locked first, so counters and uses come one after the other. */
import { sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface NewUnlockCode {
  readonly deviceId: number
  readonly counter: number
  readonly activatedAt: Date
  readonly codeHash: Buffer
  readonly validUntil: Day
  readonly reason: string
}

/** The phone's next counter. */
export async function nextCounter(ctx: Ctx, deviceId: number): Promise<number> {
  const { rows } = await sql<{ next: number }>`
    select coalesce(max(counter), 0) + 1 as next from device_unlock_codes
     where org_id = ${ctx.org.id} and device_id = ${deviceId}`.execute(ctx.tx)
  return rows[0]!.next
}

export async function insertUnlockCode(ctx: Ctx, given: NewUnlockCode): Promise<number> {
  const id = await takeNumbers(ctx, 'device_unlock_code')
  await sql`
    insert into device_unlock_codes (org_id, id, device_id, counter, activated_at, code_hash, valid_until, reason, actor, created_at)
    values (${ctx.org.id}, ${id}, ${given.deviceId}, ${given.counter}, ${given.activatedAt}, ${given.codeHash}, ${given.validUntil},
            ${given.reason}, ${actorLabel(ctx.actor)}, ${ctx.now})`.execute(ctx.tx)
  return id
}

export interface IssuedCode {
  readonly id: number
  readonly counter: number
  readonly validUntil: Day
  readonly createdAt: Date
  readonly usedOn: Day | null
  /** A later one was used: the phone takes this one no more. */
  readonly passed: boolean
}

/** The code of this hash that was made with the phone's present secret, or null. */
export async function codeByHash(
  ctx: Ctx,
  of: { readonly deviceId: number; readonly activatedAt: Date; readonly codeHash: Buffer },
): Promise<IssuedCode | null> {
  const { rows } = await sql<IssuedCode>`
    select id, counter, valid_until as "validUntil", created_at as "createdAt", used_on as "usedOn",
           exists (select from device_unlock_codes l where l.org_id = c.org_id and l.device_id = c.device_id
                      and l.counter > c.counter and l.used_on is not null) as passed
      from device_unlock_codes c
     where org_id = ${ctx.org.id} and device_id = ${of.deviceId} and activated_at = ${of.activatedAt} and code_hash = ${of.codeHash}
     order by counter desc limit 1`.execute(ctx.tx)
  return rows[0] ?? null
}

export async function markUsed(ctx: Ctx, id: number, usedOn: Day): Promise<void> {
  await sql`
    update device_unlock_codes set used_on = ${usedOn}, redeemed_at = ${ctx.now}, redeemed_by = ${actorLabel(ctx.actor)}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}
