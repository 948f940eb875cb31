/** Owns: loan_restructures. What was agreed on anew, with the loan as it stood before. */
import { sql } from 'kysely'
import type { Parts } from '#domain/loans/instalment.ts'
import type { Marks } from '#modules/loan-records/history-store.ts'
import type { PackedParts, StoredInstalment, StoredPlan } from '#modules/loan-records/store.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

export interface Before {
  readonly plan: StoredPlan | null
  readonly rows: readonly StoredInstalment[]
  /** What the close of business had noted on them; nothing where it was not kept. */
  readonly marks: readonly Marks[]
}

export interface NewRestructure {
  readonly id: number
  readonly loanId: number
  readonly kind: 'reschedule' | 're_age' | 're_amortise'
  readonly reason: string
  readonly before: Before
  readonly entryId: bigint | null
}

export interface Reserved {
  /** Of the restructure itself. */
  readonly id: number
  /** The first of as many numbers of instalments as were asked for. */
  readonly firstInstalment: number
}

/** Numbers for a restructure and for its new instalments, at most so many; taken before anything is posted. */
export async function reserveNumbers(ctx: Ctx, instalments: number): Promise<Reserved> {
  const id = await takeNumbers(ctx, 'loan_restructure')
  return { id, firstInstalment: await takeInstalments(ctx, instalments) }
}

/** So many numbers for instalments; the first of them. */
export const takeInstalments = (ctx: Ctx, n: number): Promise<number> => takeNumbers(ctx, 'instalment', n)

export async function insertRestructure(ctx: Ctx, one: NewRestructure): Promise<void> {
  const before = { ...one.before, rows: one.before.rows.map(packRow) }
  await sql`
    insert into loan_restructures (org_id, id, loan_id, kind, day, reason, before, entry_id, actor, created_at)
    values (${ctx.org.id}, ${one.id}, ${one.loanId}, ${one.kind}, ${ctx.today}, ${one.reason}, ${JSON.stringify(before)}::jsonb,
            ${one.entryId}, ${actorLabel(ctx.actor)}, ${ctx.now})`.execute(ctx.tx)
}

/** The last one in force, with what stood before it; null when there is none. */
export async function lastRestructure(ctx: Ctx, loanId: number): Promise<{ id: number; before: Before } | null> {
  const { rows } = await sql<{ id: number; before: StoredBefore }>`
    select id, before from loan_restructures
     where org_id = ${ctx.org.id} and loan_id = ${loanId} and undone_at is null order by id desc limit 1 for update`.execute(
    ctx.tx,
  )
  const [last] = rows
  if (!last) return null
  return {
    id: last.id,
    before: {
      plan: last.before.plan,
      rows: last.before.rows.map((row) => unpackRow(row, loanId)),
      marks: last.before.marks ?? [],
    },
  }
}

export async function markUndone(ctx: Ctx, id: number): Promise<void> {
  await sql`update loan_restructures set undone_at = ${ctx.now} where org_id = ${ctx.org.id} and id = ${id}`.execute(
    ctx.tx,
  )
}

/** Agreements of earlier versions keep no marks. */
type StoredBefore = Pick<Before, 'plan'> & Partial<Pick<Before, 'marks'>> & { readonly rows: readonly PackedRow[] }

type PackedRow = Pick<StoredInstalment, 'id' | 'nr' | 'dueDay' | 'completedOn'> & {
  readonly earned: string
  readonly due: PackedParts
  readonly paid: PackedParts
  readonly waived: PackedParts
}

const packed = (p: Parts): PackedParts => [`${p.penalty}`, `${p.fee}`, `${p.interest}`, `${p.principal}`]

function packRow({ id, nr, dueDay, completedOn, interestEarned, due, paid, waived }: StoredInstalment): PackedRow {
  return {
    id,
    nr,
    dueDay,
    completedOn,
    earned: `${interestEarned}`,
    due: packed(due),
    paid: packed(paid),
    waived: packed(waived),
  }
}

const unpacked = ([penalty, fee, interest, principal]: PackedParts): Parts => ({
  penalty: BigInt(penalty),
  fee: BigInt(fee),
  interest: BigInt(interest),
  principal: BigInt(principal),
})

const unpackRow = ({ earned, due, paid, waived, ...row }: PackedRow, loanId: number): StoredInstalment => ({
  ...row,
  loanId,
  interestEarned: BigInt(earned),
  due: unpacked(due),
  paid: unpacked(paid),
  waived: unpacked(waived),
})
