/** Owns: customer_id_numbers. */
import { sql } from 'kysely'
import type { Ctx } from '#platform/context.ts'

export interface IdNumber {
  readonly kind: string
  readonly number: string
}

/** Fails on customer_id_numbers_pkey where the number is somebody's. */
export async function insertIdNumber(ctx: Ctx, customerId: number, { kind, number }: IdNumber): Promise<void> {
  await sql`
    insert into customer_id_numbers (org_id, kind, number, customer_id, created_at)
    values (${ctx.org.id}, ${kind}, ${number}, ${customerId}, ${ctx.now})`.execute(ctx.tx)
}

/** Puts another number in the place of the customer's own. */
export async function changeIdNumber(ctx: Ctx, customerId: number, { kind, number }: IdNumber): Promise<void> {
  await sql`
    update customer_id_numbers set number = ${number}
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and kind = ${kind}`.execute(ctx.tx)
}

export async function customerOfIdNumber(
  ctx: Pick<Ctx, 'org' | 'tx'>,
  { kind, number }: IdNumber,
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select customer_id as id from customer_id_numbers where org_id = ${ctx.org.id} and kind = ${kind} and number = ${number}
  `.execute(ctx.tx)
  return rows[0]?.id ?? null
}

export async function idNumberOfCustomer(
  ctx: Pick<Ctx, 'org' | 'tx'>,
  customerId: number,
  kind: string,
): Promise<string | null> {
  const { rows } = await sql<{ number: string }>`
    select number from customer_id_numbers
     where org_id = ${ctx.org.id} and customer_id = ${customerId} and kind = ${kind} order by number limit 1`.execute(
    ctx.tx,
  )
  return rows[0]?.number ?? null
}
