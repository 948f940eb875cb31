/** Money that arrives for loans: whose debts it pays, and what is written when it has. Takes a batch; a single payment is a batch of one. */
import type { Day } from '#domain/day.ts'
import { type Line, mergeLines, type NewEntry } from '#domain/ledger/entry.ts'
import { repaymentLines } from '#domain/loans/entries.ts'
import { outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import { postTogether } from '#modules/ledger/ledger.ts'
import { writeChanges, writeOutcome } from '#modules/loan-corrections/replay.ts'
import { coursesOf, noteWritten, replayed } from '#modules/loan-corrections/history.ts'
import { lastDays } from '#modules/loan-records/history-store.ts'
import * as store from '#modules/loan-records/store.ts'
import { kindOf, type OpenLoan, openRows, type Repayment } from '#modules/loan-repayments/settling.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export {
  bookedOn,
  type Money,
  type OpenLoan,
  owedBy,
  type Repayment,
  settle,
} from '#modules/loan-repayments/settling.ts'

/** Open instalments of a loan read at first: with one or two paid, most payments need no more. */
const FEW = 3

/**
 * The active and the written-off loans of the customers, locked until the transaction ends, with as many of their open
 * instalments as payments of at most these amounts (minor units, by customer), none before the day, can reach.
 */
export async function openLoansOf(
  ctx: Ctx,
  amounts: ReadonlyMap<number, bigint>,
  from: Day = ctx.today,
): Promise<Map<number, OpenLoan[]>> {
  const customerIds = [...amounts.keys()]
  if (customerIds.length === 0) return new Map()
  const [rows, first] = await Promise.all([
    store.lockActiveLoans(ctx, customerIds),
    store.readFirstInstalments(ctx, customerIds, FEW),
  ])
  const courses = await openCourses(ctx, rows, from)
  const loans = new Map(
    rows.map((row): [number, OpenLoan] => [
      row.id,
      courses.get(row.id) ?? { row, instalments: [], touched: new Map(), course: null },
    ]),
  )
  const plain = [...loans.values()].filter((loan) => loan.course === null)
  takeInstalments(plain, first)
  const short = plain.filter((loan) => mayReachFurther(loan, amounts.get(loan.row.customerId)!))
  if (short.length > 0) takeInstalments(short, await store.readInstalments(ctx, short.map(idOf), 'open'))
  const byCustomer = new Map<number, OpenLoan[]>(customerIds.map((id) => [id, []]))
  for (const loan of loans.values()) byCustomer.get(loan.row.customerId)!.push(loan)
  return byCustomer
}

const idOf = (loan: OpenLoan): number => loan.row.id

function takeInstalments(loans: readonly OpenLoan[], instalments: readonly store.StoredInstalment[]): void {
  const byId = new Map(loans.map((loan) => [loan.row.id, loan]))
  for (const loan of loans) loan.instalments = []
  for (const instalment of instalments) byId.get(instalment.loanId)?.instalments.push(instalment)
}

/** Whether payments of the amount may reach beyond the instalments read: a plain loan's are paid oldest first. */
const mayReachFurther = ({ instalments }: OpenLoan, amount: bigint): boolean =>
  instalments.length === FEW && amount >= sum(instalments.map((instalment) => totalOf(outstandingOf(instalment))))

/** Those loans whose payments go through their history, worked out as of today. */
async function openCourses(ctx: Ctx, rows: readonly store.LoanRow[], from: Day): Promise<Map<number, OpenLoan>> {
  const later = await outOfOrder(ctx, rows, from)
  const eventful = rows.filter((row) => later.has(row.id) || !isPlain(row.terms))
  if (eventful.length === 0) return new Map()
  const courses = await coursesOf(ctx, eventful)
  return new Map(
    [...courses.values()].map((course): [number, OpenLoan] => [
      course.row.id,
      {
        row: course.row,
        instalments: openRows(course, replayed(course).rows),
        touched: new Map<number, Day>(),
        course,
        outOfOrder: later.has(course.row.id),
      },
    ]),
  )
}

/** The loans to which something happened after the day. */
async function outOfOrder(ctx: Ctx, rows: readonly store.LoanRow[], day: Day): Promise<ReadonlySet<number>> {
  if (day >= ctx.today || rows.length === 0) return new Set()
  const last = await lastDays(
    ctx,
    rows.map((row) => row.id),
  )
  return new Set(rows.filter((row) => (last.get(row.id) ?? day) > day).map((row) => row.id))
}

/**
 * One active or written-off loan with its open instalments, locked, for a payment of the day. Refuses loan_not_found,
 * loan_not_active.
 */
export async function lockedOpenLoan(ctx: Ctx, loanId: number, day: Day = ctx.today): Promise<OpenLoan> {
  const loan = await lockedLoan(ctx, loanId, day)
  return loan.row.status === 'completed' ? refuse('loan_not_active', { loanId }) : loan
}

/** The same, also of a completed loan: money that still comes is the customer's credit. Refuses loan_not_found, loan_not_active. */
export async function lockedLoan(ctx: Ctx, loanId: number, day: Day = ctx.today): Promise<OpenLoan> {
  const row = (await store.lockLoan(ctx, loanId)) ?? refuse('loan_not_found', { loanId })
  if (!['active', 'written_off', 'completed'].includes(row.status)) refuse('loan_not_active', { loanId })
  const opened = (await openCourses(ctx, [row], day)).get(loanId)
  if (opened) return opened
  const instalments = await store.readInstalments(ctx, [loanId], 'open')
  return { row, instalments, touched: new Map(), course: null }
}

/** The loans and those that they top up, locked in the order of their ids: before what comes after loans in the lock order. */
export const lockWithToppedUp = (ctx: Ctx, ids: readonly number[]): Promise<store.LoanRow[]> =>
  store.lockWithToppedUp(ctx, ids)

/** The loan, locked until the transaction ends; null where there is none within the actor's reach. */
export const lockLoan = (ctx: Ctx, id: number): Promise<store.LoanRow | null> => store.lockLoan(ctx, id)

/** The credit side of a payment's journal entry, with all that the payment changes beside. */
export const repaymentEntryLines = (repayments: readonly Repayment[]): Line[] =>
  repayments.flatMap((repayment) => [...ownLines(repayment), ...(repayment.entered?.lines ?? [])])

const ownLines = ({ loan, parts, overpayment, entered }: Repayment): Line[] => {
  const books = booksOf(loan.row)
  return repaymentLines(entered ? { ...books, outOfBooks: entered.outOfBooks } : books, parts, overpayment)
}

/** A payment's entry, but for what it pays. */
export type MoneyEntry = Omit<NewEntry, 'lines'> & { readonly money: readonly Line[] }

/**
 * The entries of a payment: its own on its value day; what a payment of an earlier day changes about what came after it is
 * booked today, by an entry for each loan that is posted together with it.
 */
export function repaymentEntries(
  ctx: Ctx,
  { money, ...entry }: MoneyEntry,
  repayments: readonly Repayment[],
): [NewEntry, ...NewEntry[]] {
  if (entry.effectiveDay === ctx.today || !repayments.some(changesLater))
    return [{ ...entry, lines: mergeLines([...money, ...repaymentEntryLines(repayments)]) }]
  const own = { ...entry, lines: mergeLines([...money, ...repayments.flatMap(ownLines)]) }
  const later = repayments.filter(changesLater).map(({ loan, entered }) => ({
    kind: 'replay' as const,
    effectiveDay: ctx.today,
    reference: `loan ${loan.row.id}`,
    idemKey: `${entry.idemKey}:replay:${loan.row.id}`,
    lines: entered!.lines,
    together: true,
  }))
  return [own, ...later]
}

const changesLater = ({ entered }: Repayment): boolean => entered !== null && entered.lines.length > 0

/** Posts the entries of one payment. Answers the number of its own, and of those that booked what it changed, by loan. */
export async function postRepayments(ctx: Ctx, entry: MoneyEntry, repayments: readonly Repayment[]): Promise<Posted> {
  return postedOf(repayments, await postTogether(ctx, repaymentEntries(ctx, entry, repayments)))
}

export interface Posted {
  readonly entryId: bigint
  readonly replayEntryIds: ReadonlyMap<number, bigint>
}

/** What `repaymentEntries` were posted as. */
export function postedOf(repayments: readonly Repayment[], ids: readonly bigint[]): Posted {
  const [entryId, ...replays] = ids
  const changing = repayments.filter(changesLater)
  return {
    entryId: entryId!,
    replayEntryIds: new Map(replays.map((id, n) => [changing[n]!.loan.row.id, id])),
  }
}

export interface RecordedRepayment extends Repayment, Partial<Pick<Posted, 'replayEntryIds'>> {
  /** Null: staff took it in without a provider. */
  readonly paymentId: number | null
  readonly entryId: bigint
  readonly reference: string | null
  /** Where staff took it in. */
  readonly account?: number
  /** The savings account that it was drawn from. */
  readonly savingsAccountId?: number
  readonly origin?: store.TransactionOrigin
  /** The interest that was given up for a pay-off. */
  readonly waiverId?: number | null
}

/**
 * Writes what was settled: instalments, histories, completed loans, facts. The journal entry is the caller's, in the same
 * transaction. Returns the number of the first transaction.
 */
export async function recordRepayments(ctx: Ctx, repayments: readonly RecordedRepayment[]): Promise<number> {
  if (repayments.length === 0) return 0
  const loans = new Set(repayments.map((repayment) => repayment.loan))
  const completed = repayments.filter(
    ({ loan, completes }) => completes && !loan.course && kindOf(loan) === 'repayment',
  )
  const [, first] = await Promise.all([
    store.writePaid(ctx, [...loans].flatMap(touchedInstalments)),
    store.insertTransactions(ctx, repayments.map(transactionOf)),
    store.setStatus(
      ctx,
      completed.map((repayment) => repayment.loan.row.id),
      { status: 'completed', completedOn: ctx.today },
    ),
  ])
  for (const [n, repayment] of repayments.entries()) {
    emitRepayment(ctx, repayment, first + n)
    await recordChanges(ctx, repayment, first + n)
  }
  for (const { course } of loans) if (course) await writeOutcome(ctx, course, course)
  return first
}

/** A payment that went through the loan's history may change how others were allocated, and the late fees. */
async function recordChanges(ctx: Ctx, repayment: RecordedRepayment, id: number): Promise<void> {
  const { loan, entered, entryId, replayEntryIds } = repayment
  if (!loan.course || !entered) return
  noteWritten(loan.course, entered.rootId, id)
  const by = replayEntryIds?.get(loan.row.id) ?? entryId
  await writeChanges(ctx, loan.course, { changes: entered.changes, entryId: by })
}

function touchedInstalments(loan: OpenLoan): store.PaidInstalment[] {
  if (loan.course) return []
  return loan.instalments.flatMap((instalment) => {
    const day = loan.touched.get(instalment.nr)
    if (day === undefined) return []
    const settled = totalOf(outstandingOf(instalment)) === 0n
    return [{ loanId: loan.row.id, nr: instalment.nr, paid: instalment.paid, completedOn: settled ? day : null }]
  })
}

const transactionOf = (repayment: RecordedRepayment): store.NewTransaction => ({
  loanId: repayment.loan.row.id,
  kind: repayment.entered?.kind ?? kindOf(repayment.loan),
  valueDay: repayment.valueDay,
  amount: amountOf(repayment),
  parts: repayment.parts,
  overpayment: repayment.overpayment,
  lines: repayment.lines,
  paymentId: repayment.paymentId,
  entryId: repayment.entryId,
  paymentType: repayment.type,
  account: repayment.account ?? null,
  reference: repayment.paymentId === null ? repayment.reference : null,
  outOfBooks: repayment.entered?.outOfBooks ?? booksOf(repayment.loan.row).outOfBooks ?? false,
  savingsAccountId: repayment.savingsAccountId ?? null,
  origin: repayment.origin ?? 'entered',
  waiverId: repayment.waiverId ?? null,
})

/** What of the payment went to this loan, credit included. */
const amountOf = (repayment: Pick<Repayment, 'parts' | 'overpayment'>): bigint =>
  totalOf(repayment.parts) + repayment.overpayment

function emitRepayment(ctx: Ctx, repayment: RecordedRepayment, transactionId: number): void {
  const { row } = repayment.loan
  const data = {
    loan_id: row.id,
    customer_id: row.customerId,
    borrower_user_id: row.borrowerUserId,
    officer_id: row.officerId,
    transaction_id: transactionId,
    payment_id: repayment.paymentId,
    payment_type: repayment.type,
    amount: String(amountOf(repayment)),
    overpayment: String(repayment.overpayment),
    currency: row.currency,
    reference: repayment.reference,
  }
  const kind = repayment.entered?.kind ?? kindOf(repayment.loan)
  emit(ctx, kind === 'recovery' ? 'loan.recovered' : 'repayment.posted', data)
  if (repayment.completes && row.status === 'active' && !repayment.loan.course) emit(ctx, 'loan.completed', data)
}
