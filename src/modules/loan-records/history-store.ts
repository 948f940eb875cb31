/** What has happened to loans and still stands, read under their locks, and the instalments that follow from it. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import { moneyAccountOf } from '#domain/ledger/money-accounts.ts'
import type { AllocationLine } from '#domain/loans/allocation.ts'
import type { Reckoned } from '#domain/loans/course.ts'
import type { Parts } from '#domain/loans/instalment.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import type { TransactionKind, TransactionOrigin } from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

/** A transaction that stands: neither a reversal nor reversed. */
export interface Standing {
  readonly id: number
  /** The transaction as it was first entered: its place among those of one day. */
  readonly rootId: number
  readonly loanId: number
  readonly kind: TransactionKind
  readonly paymentType: LoanPaymentType
  readonly paymentId: number | null
  readonly account: number | null
  readonly reference: string | null
  readonly valueDay: Day
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  readonly lines: readonly AllocationLine[]
  readonly entryId: bigint | null
  /** Why, where staff said so. */
  readonly reason: string | null
  readonly origin: TransactionOrigin
  /** It happened after the loan's debts had left the books. */
  readonly outOfBooks: boolean
  /** Of the interest that a waiver or a loss took out of the books: what had not been taken to income. */
  readonly unearned: bigint
  /** Interest paid in advance that a loss took to income. */
  readonly earned: bigint
  /** The savings account that a repayment was drawn from. */
  readonly savingsAccountId: number | null
  /** Of a pay-off: the waiver of interest that came with it. */
  readonly waiverId: number | null
}

/** Money that paid a loan, or what was recovered of one written off. */
export type Repaid = Standing & { readonly kind: 'repayment' | 'recovery' }

/** The repayments of the loans that stand, in order of value day, then of arrival (a replay keeps its original's place). */
export async function effectiveRepayments(ctx: Ctx, loanIds: readonly number[]): Promise<Repaid[]> {
  return (await standingOf(
    ctx,
    sql`t.loan_id = any(${loanIds}::integer[]) and t.kind in ('repayment', 'recovery')`,
    sql`t.value_day, coalesce(t.root_id, t.id)`,
  )) as Repaid[]
}

/** Everything that stands of the loans, in order of entry. */
export const readHistory = (ctx: Ctx, loanIds: readonly number[]): Promise<Standing[]> =>
  standingOf(ctx, sql`t.loan_id = any(${loanIds}::integer[])`, sql`coalesce(t.root_id, t.id)`)

/** One transaction of a loan if it stands, or null. */
export async function standingTransaction(ctx: Ctx, loanId: number, id: number): Promise<Standing | null> {
  const [found] = await standingOf(ctx, sql`t.loan_id = ${loanId} and t.id = ${id}`, sql`t.id`)
  return found ?? null
}

/**
 * The latest repayment of the loan that stands, taken in by staff or told by a provider, whose money is in the account and whose
 * reference is this one in any spelling; null where there is none.
 */
export async function repaidUnder(
  ctx: Ctx,
  { loanId, account, reference }: { readonly loanId: number; readonly account: number; readonly reference: string },
): Promise<{ id: number; valueDay: Day } | null> {
  const { rows } = await sql<{ id: number; valueDay: Day; account: number | null; provider: string | null }>`
    select t.id, t.value_day as "valueDay", t.account, p.provider
      from loan_transactions t left join payments p on p.org_id = t.org_id and p.id = t.payment_id
     where t.org_id = ${ctx.org.id} and t.loan_id = ${loanId} and t.kind in ('repayment', 'recovery')
       and lower(btrim(${reference}::text)) =
           lower(btrim(coalesce(t.reference, case when p.reference like 'staff-%' then p.account_ref else p.reference end)))
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
     order by t.id desc`.execute(ctx.tx)
  const accountOf = (row: (typeof rows)[number]) => (row.provider === null ? row.account : moneyAccountOf(row.provider))
  return rows.find((row) => accountOf(row) === account) ?? null
}

/** Whether the loan has a transaction of this number at all. */
export async function hasTransaction(ctx: Ctx, loanId: number, id: number): Promise<boolean> {
  const { rows } = await sql`
    select from loan_transactions where org_id = ${ctx.org.id} and loan_id = ${loanId} and id = ${id}`.execute(ctx.tx)
  return rows.length > 0
}

/**
 * Late fees and losses that a replay took back, as they were written last, in order of entry: what happens later may bring
 * them back. Those that a person took back stay so.
 */
export const takenBackByReplay = (ctx: Ctx, loanIds: readonly number[]): Promise<Standing[]> =>
  readTransactions(
    ctx,
    sql`t.loan_id = any(${loanIds}::integer[]) and (t.origin = 'late_fee' and t.kind = 'penalty' or t.kind in ('write_off', 'charge_off'))
      and exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id and r.origin = 'replay')
      and not exists (select from loan_transactions n
                       where n.org_id = t.org_id and n.loan_id = t.loan_id and n.id > t.id and n.kind <> 'reversal'
                         and coalesce(n.root_id, n.id) = coalesce(t.root_id, t.id))`,
    sql`coalesce(t.root_id, t.id)`,
  )

/** The transactions of a loan that an entry booked when they were entered. */
export async function enteredBy(ctx: Ctx, loanId: number, entryId: bigint | null): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from loan_transactions
     where org_id = ${ctx.org.id} and loan_id = ${loanId} and entry_id = ${entryId} and coalesce(root_id, id) = id`.execute(
    ctx.tx,
  )
  return rows.map((row) => row.id)
}

/** The latest value day of what has happened to each loan since it was paid out and stands; none where nothing has. */
export async function lastDays(ctx: Ctx, loanIds: readonly number[]): Promise<ReadonlyMap<number, Day>> {
  const { rows } = await sql<{ loanId: number; day: Day }>`
    select t.loan_id as "loanId", max(t.value_day) as day from loan_transactions t
     where t.org_id = ${ctx.org.id} and t.loan_id = any(${loanIds}::integer[]) and t.kind not in ('disbursement', 'reversal')
       and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)
     group by t.loan_id`.execute(ctx.tx)
  return new Map(rows.map((row) => [row.loanId, row.day]))
}

const standingOf = (ctx: Ctx, which: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<Standing[]> =>
  readTransactions(
    ctx,
    sql`${which} and t.kind <> 'reversal'
      and not exists (select from loan_transactions r where r.org_id = t.org_id and r.reverses_id = t.id)`,
    order,
  )

async function readTransactions(ctx: Ctx, which: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<Standing[]> {
  const { rows } = await sql<Omit<Standing, 'parts' | 'lines'> & Parts & { allocation: PackedLine[] }>`
    select t.id, coalesce(t.root_id, t.id) as "rootId", t.loan_id as "loanId", t.kind, t.payment_type as "paymentType",
           t.payment_id as "paymentId", t.account, t.reference, t.value_day as "valueDay", t.amount, t.principal, t.interest, t.fee,
           t.penalty, t.overpayment, t.allocation, t.entry_id as "entryId", t.reason, t.origin, t.out_of_books as "outOfBooks", t.unearned,
           t.earned, t.savings_account_id as "savingsAccountId", t.waiver_id as "waiverId"
      from loan_transactions t
     where t.org_id = ${ctx.org.id} and ${which}
     order by ${order}`.execute(ctx.tx)
  return rows.map(({ principal, interest, fee, penalty, allocation, ...row }) => ({
    ...row,
    parts: { principal, interest, fee, penalty },
    lines: allocation.map(unpackLine),
  }))
}

type PackedLine = readonly [nr: number, principal: string, interest: string, fee: string, penalty: string]

const unpackLine = ([nr, principal, interest, fee, penalty]: PackedLine): AllocationLine => ({
  nr,
  parts: { principal: BigInt(principal), interest: BigInt(interest), fee: BigInt(fee), penalty: BigInt(penalty) },
})

/** The number of the newest transaction there is; what comes later has a larger one. */
export async function newestTransaction(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select coalesce(max(id), 0)::integer as id from loan_transactions where org_id = ${ctx.org.id}`.execute(ctx.tx)
  return rows[0]!.id
}

export type ReckonedInstalment = Reckoned & { readonly id: number | null; readonly loanId: number }

/** Numbers for the instalments that are new. Take them before the entry is posted (docs/ARCHITECTURE.md, Lock order). */
export async function numbered<Row extends { readonly id: number | null }>(
  ctx: Ctx,
  rows: readonly Row[],
): Promise<(Row & { readonly id: number })[]> {
  const fresh = rows.filter((row) => row.id === null).length
  let next = fresh > 0 ? await takeNumbers(ctx, 'instalment', fresh) : 0
  return rows.map((row) => ({ ...row, id: row.id ?? next++ }))
}

/** Writes instalments as they have been recalculated, new ones included, of however many loans. The customer is told again of one that is owed again; of one they were never told of (`tellAgain`) it is asked anew whether they are to be told. */
export async function writeReckoned(ctx: Ctx, rows: readonly ReckonedInstalment[]): Promise<void> {
  if (rows.length === 0) return
  const ids = (await numbered(ctx, rows)).map((row) => row.id)
  const amounts = (side: 'due' | 'paid' | 'waived', part: keyof Parts) =>
    sql`${rows.map((r) => r[side][part])}::bigint[]`
  await sql`
    insert into instalments as kept (org_id, id, loan_id, nr, due_day, principal_due, interest_due, fee_due, penalty_due,
           principal_paid, interest_paid, fee_paid, penalty_paid, principal_waived, interest_waived, fee_waived, penalty_waived,
           interest_earned, completed_on)
    select ${ctx.org.id}, i.id, i.loan_id, i.nr, i.due_day, i.pd, i.id_, i.fd, i.nd, i.pp, i.ip, i.fp, i.np, i.pw, i.iw, i.fw, i.nw, i.earned, i.completed_on
      from unnest(
        ${ids}::integer[], ${rows.map((r) => r.loanId)}::integer[], ${rows.map((r) => r.nr)}::integer[], ${rows.map((r) => r.dueDay)}::date[],
        ${amounts('due', 'principal')}, ${amounts('due', 'interest')}, ${amounts('due', 'fee')}, ${amounts('due', 'penalty')},
        ${amounts('paid', 'principal')}, ${amounts('paid', 'interest')}, ${amounts('paid', 'fee')}, ${amounts('paid', 'penalty')},
        ${amounts('waived', 'principal')}, ${amounts('waived', 'interest')}, ${amounts('waived', 'fee')}, ${amounts('waived', 'penalty')},
        ${rows.map((r) => r.interestEarned)}::bigint[], ${rows.map((r) => r.completedOn)}::date[]
      ) as i (id, loan_id, nr, due_day, pd, id_, fd, nd, pp, ip, fp, np, pw, iw, fw, nw, earned, completed_on)
    on conflict (org_id, loan_id, nr) do update set due_day = excluded.due_day,
      principal_due = excluded.principal_due, interest_due = excluded.interest_due, fee_due = excluded.fee_due, penalty_due = excluded.penalty_due,
      principal_paid = excluded.principal_paid, interest_paid = excluded.interest_paid, fee_paid = excluded.fee_paid, penalty_paid = excluded.penalty_paid,
      principal_waived = excluded.principal_waived, interest_waived = excluded.interest_waived, fee_waived = excluded.fee_waived,
      penalty_waived = excluded.penalty_waived, interest_earned = excluded.interest_earned, completed_on = excluded.completed_on,
      reminded_on = case when kept.completed_on is not null and excluded.completed_on is null then null else kept.reminded_on end,
      overdue_told_on = case when kept.completed_on is not null and excluded.completed_on is null or kept.overdue_told_on <= excluded.due_day
        then null else kept.overdue_told_on end
  `.execute(ctx.tx)
}

/** What the close of business has noted on an instalment: that its customer was told, and that its late fee was looked into. */
export interface Marks {
  readonly loanId: number
  readonly nr: number
  readonly remindedOn: Day | null
  readonly overdueToldOn: Day | null
  readonly lateFeeOn: Day | null
}

/** The marks of the loans' instalments that have any. */
export async function readMarks(ctx: Ctx, loanIds: readonly number[]): Promise<Marks[]> {
  const { rows } = await sql<Marks>`
    select loan_id as "loanId", nr, reminded_on as "remindedOn", overdue_told_on as "overdueToldOn", late_fee_on as "lateFeeOn" from instalments
     where org_id = ${ctx.org.id} and loan_id = any(${loanIds}::integer[])
       and (reminded_on is not null or overdue_told_on is not null or late_fee_on is not null) order by loan_id, nr`.execute(
    ctx.tx,
  )
  return rows
}

/** Puts the marks back on instalments that were dropped and have come back. */
export async function writeMarks(ctx: Ctx, marks: readonly Marks[]): Promise<void> {
  if (marks.length === 0) return
  await sql`
    update instalments i set reminded_on = m.reminded_on, overdue_told_on = m.overdue_told_on, late_fee_on = m.late_fee_on
      from unnest(
        ${marks.map((m) => m.loanId)}::integer[], ${marks.map((m) => m.nr)}::integer[], ${marks.map((m) => m.remindedOn)}::date[],
        ${marks.map((m) => m.overdueToldOn)}::date[], ${marks.map((m) => m.lateFeeOn)}::date[]
      ) as m (loan_id, nr, reminded_on, overdue_told_on, late_fee_on)
     where i.org_id = ${ctx.org.id} and i.loan_id = m.loan_id and i.nr = m.nr`.execute(ctx.tx)
}

/** The numbers that are no longer part of the schedule. */
export async function dropInstalments(ctx: Ctx, loanId: number, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return
  await sql`
    delete from instalments where org_id = ${ctx.org.id} and loan_id = ${loanId} and nr = any(${numbers}::integer[])
  `.execute(ctx.tx)
}

/** How often the loan has been replayed, this time included: what its entry is known by. */
export async function nextReplay(ctx: Ctx, loanId: number): Promise<number> {
  const { rows } = await sql<{ replays: number }>`
    update loans set replays = replays + 1 where org_id = ${ctx.org.id} and id = ${loanId} returning replays`.execute(
    ctx.tx,
  )
  return rows[0]!.replays
}

/** How many lines a loan's history has; the loan is locked, so the next one is this many plus one. */
export async function countTransactions(ctx: Ctx, loanId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::integer as n from loan_transactions where org_id = ${ctx.org.id} and loan_id = ${loanId}`.execute(
    ctx.tx,
  )
  return rows[0]!.n
}
