/** Money that arrives for loans: whose debts it pays, and what is written when it has. Takes a batch; a single payment is a batch of one. */
import type { Day } from '#domain/day.ts'
import { type AllocationLine, allocate, applyAllocation } from '#domain/loans/allocation.ts'
import { type Line, mergeLines, type NewEntry } from '#domain/ledger/entry.ts'
import { repaymentLines } from '#domain/loans/entries.ts'
import { outstandingOf, type Parts, totalOf } from '#domain/loans/instalment.ts'
import { sum } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import type { LoanPaymentType } from '#modules/loan-products/loan-products.ts'
import { allocationRuleOf, booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import { postTogether } from '#modules/ledger/ledger.ts'
import { writeChanges, writeOutcome } from '#modules/loan-corrections/replay.ts'
import {
  type Course,
  coursesOf,
  type EnteredPayment,
  enterPayment,
  noteWritten,
  replayed,
} from '#modules/loan-corrections/history.ts'
import { lastDays } from '#modules/loan-records/history-store.ts'
import { reviewed } from '#modules/loan-corrections/late-fee-review.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** A loan being paid, locked; its open instalments change as payments are settled in memory. */
export interface OpenLoan {
  readonly row: store.LoanRow
  instalments: store.StoredInstalment[]
  /** Numbers of the instalments that payments have reached and on which day. */
  readonly touched: Map<number, Day>
  /** Everything that happened to it, where a payment has to go through that; null where the open instalments say all. */
  readonly course: Course | null
  /** A payment takes its place before something that happened later: what that changes, late fees included, is worked out. */
  readonly outOfOrder?: boolean
}

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

const openRows = (course: Course, rows: Course['rows']): store.StoredInstalment[] =>
  rows.filter((row) => row.completedOn === null).map((row) => ({ ...row, id: row.id ?? 0, loanId: course.row.id }))

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

/** What one payment did to one loan. */
export interface Repayment {
  readonly loan: OpenLoan
  readonly valueDay: Day
  readonly lines: readonly AllocationLine[]
  readonly parts: Parts
  /** What was left when nothing was owed any more: kept as the customer's credit. Only on the last loan. */
  readonly overpayment: bigint
  /** The loan owes nothing after it. */
  readonly completes: boolean
  readonly type: LoanPaymentType
  /** What it changed beside, where it went through the loan's history. */
  readonly entered: EnteredPayment | null
}

/** The loan, locked until the transaction ends; null where there is none within the actor's reach. */
export const lockLoan = (ctx: Ctx, id: number): Promise<store.LoanRow | null> => store.lockLoan(ctx, id)

/** Money as it comes in; a repayment unless another kind is named. */
export interface Money {
  readonly amount: bigint
  readonly day: Day
  readonly type?: LoanPaymentType
}

/**
 * Settles a payment against the customer's loans, oldest due instalment first whatever the loan, and updates them in
 * memory; loans written off get what no other loan is owed. The amounts of the repayments sum to the payment. An empty
 * list: the customer owes nothing. On a completed loan, which only who asks for it gets, all of it is the customer's credit.
 */
export function settle(loans: readonly OpenLoan[], payment: Money): Repayment[] {
  const [only] = loans
  if (loans.length === 1 && only!.row.status === 'completed') return [settleLoan(only!, payment)]
  const open = loans.filter((loan) => loan.instalments.some(isOpen))
  const active = open.filter((loan) => loan.row.status === 'active')
  const owing = active.length > 0 ? active : open
  if (owing.length === 0) return []
  const shares = owing.length === 1 ? [{ loan: owing[0]!, amount: payment.amount }] : shareOut(owing, payment)
  return shares.map(({ loan, amount }) => settleLoan(loan, { ...payment, amount }))
}

const isOpen = (instalment: store.StoredInstalment): boolean => totalOf(outstandingOf(instalment)) > 0n

/** Money of a day before the loan was paid out counts from then on. */
const countedOn = ({ row: { disbursedOn } }: OpenLoan, day: Day): Day =>
  disbursedOn !== null && day < disbursedOn ? disbursedOn : day

/** The day in the books of a payment: its value day, at the earliest the first day of the loans that it pays. */
export const bookedOn = (valueDay: Day, repayments: readonly Repayment[]): Day =>
  repayments.map((repayment) => repayment.valueDay).reduce((a, b) => (a > b ? a : b), valueDay)

function settleLoan(loan: OpenLoan, { amount, day: paidOn, type = 'repayment' }: Money): Repayment {
  const day = countedOn(loan, paidOn)
  if (loan.course) return settleThroughHistory(loan, loan.course, { amount, day, type })
  const allocation = allocate(loan.instalments, { amount, day }, allocationRuleOf(loan.row.terms))
  const after = applyAllocation(loan.instalments, allocation)
  loan.instalments = loan.instalments.map((before, n) => ({ ...before, paid: after[n]!.paid }))
  for (const line of allocation.lines) loan.touched.set(line.nr, day)
  const completes = loan.row.status !== 'completed' && !loan.instalments.some(isOpen)
  return { loan, valueDay: day, ...allocation, completes, type, entered: null }
}

function settleThroughHistory(loan: OpenLoan, course: Course, money: Required<Money>): Repayment {
  const entered = enterPayment(course, { ...money, kind: kindOf(loan) }, loan.outOfOrder ? reviewed : replayed)
  loan.instalments = openRows(course, course.rows)
  const completes = loan.row.status !== 'completed' && loan.instalments.length === 0
  return { loan, valueDay: money.day, ...entered.allocation, completes, type: money.type, entered }
}

const kindOf = ({ row }: OpenLoan): 'repayment' | 'recovery' =>
  row.status === 'written_off' ? 'recovery' : 'repayment'

/** How much of a payment each loan gets when there are several: instalments of all of them in order of due day; what is over goes to the last. */
function shareOut(loans: readonly OpenLoan[], payment: { amount: bigint }): { loan: OpenLoan; amount: bigint }[] {
  const queue = loans
    .flatMap((loan) => loan.instalments.map((instalment) => ({ loan, instalment })))
    .sort((a, b) => compare(a.instalment.dueDay, b.instalment.dueDay) || a.loan.row.id - b.loan.row.id)
  const shares = new Map<OpenLoan, bigint>()
  let left = payment.amount
  for (const { loan, instalment } of queue) {
    if (left === 0n) break
    const owed = totalOf(outstandingOf(instalment))
    const part = owed < left ? owed : left
    if (part > 0n) shares.set(loan, (shares.get(loan) ?? 0n) + part)
    left -= part
  }
  const list = [...shares].map(([loan, amount]) => ({ loan, amount }))
  const last = list.at(-1) ?? { loan: loans.at(-1)!, amount: 0n }
  return [...list.slice(0, -1), { loan: last.loan, amount: last.amount + left }]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

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
