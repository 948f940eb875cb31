/** Owns: loans, instalments, loan_transactions. Loans are locked in the order of their ids. */
import { type RawBuilder, sql } from 'kysely'
import type { Day } from '#domain/day.ts'
import type { AllocationLine } from '#domain/loans/allocation.ts'
import { type Instalment, outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { LOAN, reachesLoan } from '#modules/access/views.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'
import { actorLabel, type Ctx } from '#platform/context.ts'
import { numbersTaken, takeNumbers } from '#platform/database/counters.ts'

export type LoanStatus =
  | 'draft'
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'active'
  | 'completed'
  | 'written_off'

export interface LoanRow {
  readonly id: number
  readonly customerId: number
  readonly borrowerUserId: number | null
  readonly productId: number | null
  readonly officerId: number | null
  readonly principal: bigint
  readonly currency: string
  readonly terms: AgreedTerms
  readonly status: LoanStatus
  readonly appliedBy: number | null
  readonly approvedBy: number | null
  /** Who paid it out; null: the system, a provider, or nobody yet. */
  readonly disbursedBy: number | null
  readonly disbursedOn: Day | null
  /** What was agreed on after the disbursement. */
  readonly plan: StoredPlan | null
  readonly chargedOffOn: Day | null
  readonly writtenOffOn: Day | null
  readonly topsUp: number | null
  /** It pays for something sold: its steps are the sale's. */
  readonly againstSale: boolean
}

/** Minor units as text: penalty, fee, interest, principal. */
export type PackedParts = readonly [penalty: string, fee: string, interest: string, principal: string]

/** A plan that replaced the one of the disbursement: from new terms, or dues one by one. */
export type StoredPlan = {
  readonly day: Day
  /** Instalments and transactions before these belong to the past and change no more. */
  readonly firstNr: number
  readonly firstTransaction: number
  /** Interest owed that had accrued by then, minor units; in plans of before it is not known, and counts as nothing. */
  readonly accrued?: string
} & (
  | { readonly of: 'terms'; readonly terms: AgreedTerms; readonly principal: string; readonly carried: PackedParts }
  | { readonly of: 'rows'; readonly rows: readonly (readonly [nr: number, dueDay: Day, due: PackedParts])[] }
)

const loanColumns = sql`l.id, l.customer_id as "customerId", c.user_id as "borrowerUserId", l.product_id as "productId",
  l.officer_id as "officerId", l.principal, l.currency, l.terms, l.status, l.applied_by as "appliedBy", l.approved_by as "approvedBy",
  l.disbursed_by as "disbursedBy", l.disbursed_on as "disbursedOn", l.plan, l.charged_off_on as "chargedOffOn",
  l.written_off_on as "writtenOffOn", l.tops_up as "topsUp", l.against_sale as "againstSale"`

export interface NewLoan {
  readonly customerId: number
  readonly productId: number | null
  readonly officerId: number | null
  readonly principal: bigint
  readonly terms: AgreedTerms
  readonly appliedBy: number | null
  readonly topsUp: number | null
  readonly againstSale: boolean
  readonly branch?: string | null
}

export async function insertLoan(ctx: Ctx, loan: NewLoan): Promise<number> {
  const id = await takeNumbers(ctx, 'loan')
  await sql`
    insert into loans (org_id, id, customer_id, product_id, officer_id, principal, currency, terms, status, applied_by, applied_at, tops_up, against_sale,
                       branch_number)
    values (${ctx.org.id}, ${id}, ${loan.customerId}, ${loan.productId}, ${loan.officerId}, ${loan.principal}, ${ctx.org.currency},
            ${JSON.stringify(loan.terms)}::jsonb, 'pending', ${loan.appliedBy}, ${ctx.now}, ${loan.topsUp}, ${loan.againstSale}, ${loan.branch ?? null})
  `.execute(ctx.tx)
  return id
}

/** The loan, locked until the transaction ends, so two payments never allocate the same debt; null beyond the actor's reach. */
export async function lockLoan(ctx: Ctx, id: number): Promise<LoanRow | null> {
  const [loan] = await lockLoans(ctx, sql`l.id = ${id}`, { within: reachesLoan(ctx, 'write', LOAN) })
  return loan ?? null
}

interface Locking {
  readonly limit?: number
  /** What is asked of the loans (`l`) once they are locked. */
  readonly within?: RawBuilder<unknown>
}

/**
 * Loans of a kind, locked in the order of their ids. Their customers are read once they are locked: a loan that has passed
 * to another record while we waited is found all the same.
 */
async function lockLoans(ctx: Ctx, which: RawBuilder<unknown>, { limit, within }: Locking = {}): Promise<LoanRow[]> {
  const { rows } = await sql<LoanRow>`
    with locked as materialized (
      select * from loans l where l.org_id = ${ctx.org.id} and ${which} order by l.id ${limit === undefined ? sql`` : sql`limit ${limit}`} for no key update
    )
    select ${loanColumns} from locked l join customers c on c.org_id = ${ctx.org.id} and c.id = l.customer_id
     where ${within ?? sql`true`} order by l.id`.execute(ctx.tx)
  return rows
}

/** The loan as it stands, not locked; null beyond the actor's reach. */
export async function readLoan(ctx: Ctx, id: number): Promise<LoanRow | null> {
  const { rows } = await sql<LoanRow>`
    select ${loanColumns} from loans l join customers c on c.org_id = l.org_id and c.id = l.customer_id
     where l.org_id = ${ctx.org.id} and l.id = ${id} and ${reachesLoan(ctx, 'read', LOAN)}`.execute(ctx.tx)
  return rows[0] ?? null
}

/**
 * Loans and those that they top up, locked in the order of their ids: paying one out settles the other, so whoever changes
 * both locks both first. Only those within the actor's reach are answered.
 */
export const lockWithToppedUp = (ctx: Ctx, ids: readonly number[]): Promise<LoanRow[]> =>
  lockLoans(
    ctx,
    sql`(l.id = any(${ids}::integer[]) or l.id in (
      select t.tops_up from loans t where t.org_id = ${ctx.org.id} and t.id = any(${ids}::integer[])))`,
    { within: reachesLoan(ctx, 'write', LOAN) },
  )

/**
 * The active and the written-off loans of the customers, locked in the order of their ids so that two batches never wait for
 * each other in a circle. A loan that is paid out while we wait for the one that it tops up is among them.
 */
export async function lockActiveLoans(ctx: Ctx, customerIds: readonly number[]): Promise<LoanRow[]> {
  const mayRun = sql`(l.status in ('active', 'written_off') or (l.status = 'approved' and l.tops_up is not null))`
  const loans = await lockLoans(ctx, sql`l.customer_id = any(${customerIds}::integer[]) and ${mayRun}`)
  return loans.filter(({ status }) => status !== 'approved')
}

/** So many loans of a kind (`l`), locked in the order of their ids. */
export const lockLoansWhere = (ctx: Ctx, which: RawBuilder<unknown>, limit: number): Promise<LoanRow[]> =>
  lockLoans(ctx, which, { limit })

export interface StoredInstalment extends Instalment {
  readonly id: number
  readonly loanId: number
  readonly interestEarned: bigint
  readonly completedOn: Day | null
}

type InstalmentColumns = Pick<StoredInstalment, 'id' | 'loanId' | 'nr' | 'dueDay' | 'interestEarned' | 'completedOn'> &
  Record<`${'due' | 'paid' | 'waived'}_${'penalty' | 'fee' | 'interest' | 'principal'}`, bigint>

/** Instalments of the loans in order of loan and number; only those still open, or all. Read after the loans are locked. */
export async function readInstalments(
  ctx: Ctx,
  loanIds: readonly number[],
  which: 'open' | 'all',
): Promise<StoredInstalment[]> {
  const open = which === 'open' ? sql`and completed_on is null` : sql``
  const { rows } = await sql<InstalmentColumns>`
    select ${instalmentColumns} from instalments where org_id = ${ctx.org.id} and loan_id = any(${loanIds}::integer[]) ${open}
     order by loan_id, nr`.execute(ctx.tx)
  return rows.map(instalmentOf)
}

/** The first few open instalments of each active or written-off loan of the customers, in order of loan and number. Read after the loans are locked. */
export async function readFirstInstalments(
  ctx: Ctx,
  customerIds: readonly number[],
  few: number,
): Promise<StoredInstalment[]> {
  const { rows } = await sql<InstalmentColumns>`
    select i.* from loans l cross join lateral (
      select ${instalmentColumns} from instalments where org_id = l.org_id and loan_id = l.id and completed_on is null order by nr limit ${few}) i
     where l.org_id = ${ctx.org.id} and l.customer_id = any(${customerIds}::integer[]) and l.status in ('active', 'written_off')
     order by i."loanId", i.nr`.execute(ctx.tx)
  return rows.map(instalmentOf)
}

const instalmentColumns = sql`id, loan_id as "loanId", nr, due_day as "dueDay", interest_earned as "interestEarned", completed_on as "completedOn",
  penalty_due as due_penalty, fee_due as due_fee, interest_due as due_interest, principal_due as due_principal,
  penalty_paid as paid_penalty, fee_paid as paid_fee, interest_paid as paid_interest, principal_paid as paid_principal,
  penalty_waived as waived_penalty, fee_waived as waived_fee, interest_waived as waived_interest, principal_waived as waived_principal`

const instalmentOf = (r: InstalmentColumns): StoredInstalment => ({
  id: r.id,
  loanId: r.loanId,
  nr: r.nr,
  dueDay: r.dueDay,
  interestEarned: r.interestEarned,
  completedOn: r.completedOn,
  due: partsOf(r, 'due'),
  paid: partsOf(r, 'paid'),
  waived: partsOf(r, 'waived'),
})

const partsOf = (r: InstalmentColumns, side: 'due' | 'paid' | 'waived'): Parts => ({
  penalty: r[`${side}_penalty`],
  fee: r[`${side}_fee`],
  interest: r[`${side}_interest`],
  principal: r[`${side}_principal`],
})

/** The loan's schedule as it now stands; rows of the same number keep their id, one that owes nothing is complete from the start. */
export async function writeSchedule(ctx: Ctx, loanId: number, rows: readonly Instalment[]): Promise<void> {
  const first = await takeNumbers(ctx, 'instalment', rows.length)
  await sql`
    insert into instalments as kept (org_id, id, loan_id, nr, due_day, principal_due, interest_due, fee_due, penalty_due, completed_on)
    select ${ctx.org.id}, i.id, ${loanId}, i.nr, i.due_day, i.principal, i.interest, i.fee, i.penalty,
           case when i.principal + i.interest + i.fee + i.penalty = 0 then i.due_day end from unnest(
      ${rows.map((_, n) => first + n)}::integer[], ${rows.map((r) => r.nr)}::integer[], ${rows.map((r) => r.dueDay)}::date[],
      ${rows.map((r) => r.due.principal)}::bigint[], ${rows.map((r) => r.due.interest)}::bigint[],
      ${rows.map((r) => r.due.fee)}::bigint[], ${rows.map((r) => r.due.penalty)}::bigint[]
    ) as i (id, nr, due_day, principal, interest, fee, penalty)
    on conflict (org_id, loan_id, nr) do update set due_day = excluded.due_day, principal_due = excluded.principal_due,
      interest_due = excluded.interest_due, fee_due = excluded.fee_due, penalty_due = excluded.penalty_due,
      completed_on = excluded.completed_on,
      interest_earned = 0, reminded_on = null, overdue_told_on = null`.execute(ctx.tx)
  await sql`delete from instalments where org_id = ${ctx.org.id} and loan_id = ${loanId} and nr > ${rows.length}`.execute(
    ctx.tx,
  )
}

export interface PaidInstalment {
  readonly loanId: number
  readonly nr: number
  readonly paid: Parts
  /** The value day of the payment that settled it; null while it is open. */
  readonly completedOn: Day | null
}

/** Sets what has been paid of each instalment, in one statement. */
export async function writePaid(ctx: Ctx, instalments: readonly PaidInstalment[]): Promise<void> {
  if (instalments.length === 0) return
  await sql`
    update instalments i set penalty_paid = p.penalty, fee_paid = p.fee, interest_paid = p.interest, principal_paid = p.principal,
           completed_on = p.completed_on
      from unnest(
        ${instalments.map((i) => i.loanId)}::integer[], ${instalments.map((i) => i.nr)}::integer[],
        ${instalments.map((i) => i.paid.penalty)}::bigint[], ${instalments.map((i) => i.paid.fee)}::bigint[],
        ${instalments.map((i) => i.paid.interest)}::bigint[], ${instalments.map((i) => i.paid.principal)}::bigint[],
        ${instalments.map((i) => i.completedOn)}::date[]
      ) as p (loan_id, nr, penalty, fee, interest, principal, completed_on)
     where i.org_id = ${ctx.org.id} and i.loan_id = p.loan_id and i.nr = p.nr`.execute(ctx.tx)
}

/**
 * An instalment that was overdue and of which nobody was told (its loan owed no more than the product tolerates, or was
 * written off) is marked with its own due day. When it owes more, it is looked at again.
 */
export const tellAgain = sql`overdue_told_on = case when i.overdue_told_on > i.due_day then i.overdue_told_on end`

/** Sets what is due and waived of instalments; one that owes nothing any more is completed today, one that owes again is open. */
export async function writeOwed(
  ctx: Ctx,
  loanId: number,
  i: readonly StoredInstalment[],
  // tidy: of a loan out of the books, what was earned stays as its loss found it
  { outOfBooks = false } = {},
): Promise<void> {
  const earned = outOfBooks ? sql`i.interest_earned` : sql`least(i.interest_earned, i.interest_due - o.interest)`
  await sql`
    update instalments i set fee_due = o.fee_due, penalty_due = o.penalty_due, principal_waived = o.principal, interest_waived = o.interest,
           interest_earned = ${earned}, fee_waived = o.fee, penalty_waived = o.penalty, completed_on = case when o.settled then coalesce(i.completed_on, ${ctx.today}) end, ${tellAgain}
      from unnest(
        ${i.map((x) => x.nr)}::integer[], ${i.map((x) => x.due.fee)}::bigint[], ${i.map((x) => x.due.penalty)}::bigint[],
        ${i.map((x) => x.waived.principal)}::bigint[], ${i.map((x) => x.waived.interest)}::bigint[],
        ${i.map((x) => x.waived.fee)}::bigint[], ${i.map((x) => x.waived.penalty)}::bigint[],
        ${i.map((x) => totalOf(outstandingOf(x)) === 0n)}::boolean[]
      ) as o (nr, fee_due, penalty_due, principal, interest, fee, penalty, settled)
     where i.org_id = ${ctx.org.id} and i.loan_id = ${loanId} and i.nr = o.nr`.execute(ctx.tx)
}

export type TransactionKind =
  | 'disbursement'
  | 'repayment'
  | 'fee'
  | 'penalty'
  | 'waiver'
  | 'write_off'
  | 'charge_off'
  | 'recovery'
  | 'credit_refund'
  | 'reversal'

/**
 * Where a transaction comes from: entered by somebody, charged by the rule for late payment, part of a pay-off or a top-up.
 * Of a reversal: taken back by somebody, or in a replay because an earlier event changed.
 */
export type TransactionOrigin = 'entered' | 'late_fee' | 'pay_off' | 'top_up' | 'replay'

export interface NewTransaction {
  readonly loanId: number
  readonly kind: TransactionKind
  readonly valueDay: Day
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  readonly lines: readonly AllocationLine[]
  readonly paymentId: number | null
  /** Null: nothing in the books moved. */
  readonly entryId: bigint | null
  readonly paymentType?: LoanPaymentType
  readonly account?: number | null
  readonly reference?: string | null
  readonly reason?: string | null
  readonly origin?: TransactionOrigin
  /** It happened after the loan's debts had left the books. */
  readonly outOfBooks?: boolean
  /** Of the interest that a waiver or a loss takes out of the books: what had not been taken to income. */
  readonly unearned?: bigint
  /** Interest paid in advance that a loss takes to income. */
  readonly earned?: bigint
  readonly savingsAccountId?: number | null
  readonly waiverId?: number | null
  readonly reversesId?: number
  readonly replacesId?: number
  readonly rootId?: number
}

/** Appends to the loans' histories, numbering them in the same statement, and returns the number of the first; the others follow it. */
export async function insertTransactions(ctx: Ctx, t: readonly NewTransaction[]): Promise<number> {
  const { rows } = await sql<{ first: number }>`
    with numbered as (${numbersTaken(ctx, 'loan_transaction', t.length)}), written as (
      insert into loan_transactions (org_id, id, loan_id, kind, value_day, amount, principal, interest, fee, penalty, overpayment, allocation,
                                     payment_id, entry_id, reverses_id, replaces_id, root_id, payment_type, account, reference, reason, origin, out_of_books, unearned, earned,
                                     savings_account_id, waiver_id, actor, created_at)
      select ${ctx.org.id}, numbered.first + t.n::integer - 1, t.loan_id, t.kind, t.day, t.amount, t.principal, t.interest, t.fee, t.penalty, t.overpayment,
             t.allocation::jsonb, t.payment_id, t.entry_id, t.reverses_id, t.replaces_id, t.root_id, t.payment_type, t.account, t.reference, t.reason, t.origin, t.out_of_books, t.unearned, t.earned,
             t.savings_account_id, t.waiver_id, ${actorLabel(ctx.actor)}, ${ctx.now}
        from numbered, unnest(
          ${t.map((x) => x.loanId)}::integer[], ${t.map((x) => x.kind)}::text[],
          ${t.map((x) => x.valueDay)}::date[], ${t.map((x) => x.amount)}::bigint[], ${t.map((x) => x.parts.principal)}::bigint[],
          ${t.map((x) => x.parts.interest)}::bigint[], ${t.map((x) => x.parts.fee)}::bigint[], ${t.map((x) => x.parts.penalty)}::bigint[],
          ${t.map((x) => x.overpayment)}::bigint[], ${t.map((x) => packLines(x.lines))}::text[], ${t.map((x) => x.paymentId)}::integer[],
          ${t.map((x) => x.entryId)}::bigint[], ${t.map((x) => x.reversesId ?? null)}::integer[], ${t.map((x) => x.replacesId ?? null)}::integer[],
          ${t.map((x) => x.rootId ?? null)}::integer[], ${t.map((x) => x.paymentType ?? 'repayment')}::text[], ${t.map((x) => x.account ?? null)}::integer[],
          ${t.map((x) => x.reference ?? null)}::text[], ${t.map((x) => x.reason ?? null)}::text[], ${t.map((x) => x.origin ?? 'entered')}::text[],
          ${t.map((x) => x.outOfBooks ?? false)}::boolean[], ${t.map((x) => x.unearned ?? 0n)}::bigint[], ${t.map((x) => x.earned ?? 0n)}::bigint[],
          ${t.map((x) => x.savingsAccountId ?? null)}::integer[], ${t.map((x) => x.waiverId ?? null)}::integer[]
        ) with ordinality as t (loan_id, kind, day, amount, principal, interest, fee, penalty, overpayment, allocation, payment_id, entry_id, reverses_id, replaces_id,
                                root_id, payment_type, account, reference, reason, origin, out_of_books, unearned, earned, savings_account_id,
                                waiver_id, n)
    )
    select first from numbered`.execute(ctx.tx)
  return rows[0]!.first
}

/** [[nr, principal, interest, fee, penalty], …], minor units as text so that no reader takes them for floats. */
const packLines = (lines: readonly AllocationLine[]): string =>
  JSON.stringify(lines.map(({ nr, parts: p }) => [nr, `${p.principal}`, `${p.interest}`, `${p.fee}`, `${p.penalty}`]))

export async function setStatus(
  ctx: Ctx,
  loanIds: readonly number[],
  to: { status: LoanStatus; completedOn: Day | null },
): Promise<void> {
  if (loanIds.length === 0) return
  await sql`
    update loans set status = ${to.status}, completed_on = ${to.completedOn}
     where org_id = ${ctx.org.id} and id = any(${loanIds}::integer[])`.execute(ctx.tx)
}

/** Sets what was agreed on after the disbursement; null: the terms from the disbursement on. */
export async function writePlan(ctx: Ctx, id: number, plan: StoredPlan | null): Promise<void> {
  await sql`
    update loans set plan = ${plan === null ? null : JSON.stringify(plan)}::jsonb where org_id = ${ctx.org.id} and id = ${id}
  `.execute(ctx.tx)
}

export interface LoanProgress {
  readonly status: LoanStatus
  readonly completedOn: Day | null
  /** Since when its debts are out of the books; null: they are in them. */
  readonly chargedOffOn: Day | null
  readonly writtenOffOn: Day | null
}

/** How far the loan has come, and whether its debts are in the books. */
export async function writeStanding(ctx: Ctx, id: number, to: LoanProgress): Promise<void> {
  await sql`
    update loans set status = ${to.status}, completed_on = ${to.completedOn}, charged_off_on = ${to.chargedOffOn}, written_off_on = ${to.writtenOffOn}
     where org_id = ${ctx.org.id} and id = ${id}`.execute(ctx.tx)
}

/** The loans a payment was applied to, locked in the order of their ids. */
export const lockLoansOfPayment = (ctx: Ctx, paymentId: number): Promise<LoanRow[]> =>
  lockLoans(
    ctx,
    sql`l.id in (select t.loan_id from loan_transactions t where t.org_id = ${ctx.org.id} and t.payment_id = ${paymentId})`,
  )
