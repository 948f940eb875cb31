/** What a correction writes: the mirror of what was booked, and, as a booking of its own, what the loan's later life changes by it. */
import type { Day } from '#domain/day.ts'
import { type Line, mergeLines, type NewEntry, reversedLines } from '#domain/ledger/entry.ts'
import { transactionLines } from '#domain/loans/entries.ts'
import { postTogether } from '#modules/ledger/ledger.ts'
import { booksOf } from '#modules/loan-records/loan-records.ts'
import { loanFacts } from '#modules/loan-records/facts.ts'
import {
  type Change,
  type Course,
  courseOfLoan,
  coursesOf,
  type Replayed,
  replayed,
} from '#modules/loan-corrections/history.ts'
import * as history from '#modules/loan-records/history-store.ts'
import { reviewed } from '#modules/loan-corrections/late-fee-review.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

type Standing = history.Standing

export interface TakingBack {
  readonly loans: readonly store.LoanRow[]
  /** Transactions of these loans that stand. */
  readonly taken: readonly Standing[]
  /** Where the money goes back from, or to; nothing for what moved none. */
  readonly money: readonly Line[]
  readonly entry: Pick<NewEntry, 'reference' | 'idemKey' | 'reversesId'>
  readonly reason: string
}

/**
 * Takes transactions back: their entry is the mirror of what they booked; everything that stands is worked out anew, and
 * what that changes is booked by an entry for each loan. Answers the mirror's number; null where nothing was in the books.
 */
export async function takeBackTogether(
  ctx: Ctx,
  { loans, taken, money, entry, reason }: TakingBack,
): Promise<bigint | null> {
  const courses = [...(await coursesOf(ctx, loans)).values()]
  const outcomes = []
  for (const course of courses) {
    const without = taken.filter((one) => one.loanId === course.row.id)
    const outcome = reviewed(course, without)
    outcomes.push({ course, without, ...outcome, rows: await history.numbered(ctx, outcome.rows) })
  }
  const booked = outcomes.flatMap(({ course, without }) =>
    without.flatMap((one) => transactionLines(booksOf(course.row), one)),
  )
  const lines = mergeLines([...reversedLines(booked), ...money])
  const mirror = lines.length === 0 ? [] : [{ ...entry, kind: 'reversal' as const, effectiveDay: ctx.today, lines }]
  const changed = outcomes.filter((outcome) => outcome.lines.length > 0)
  const replays = await Promise.all(changed.map(({ course, lines: change }) => replayEntry(ctx, course.row.id, change)))
  const ids = await postTogether(ctx, [...mirror, ...replays])
  const mirrorId = mirror.length === 0 ? null : ids[0]!
  await store.insertTransactions(
    ctx,
    taken.map((one) => reversalOf(one, { entryId: mirrorId, day: ctx.today, origin: 'entered', reason })),
  )
  for (const outcome of outcomes) {
    const at = changed.indexOf(outcome)
    await writeReplayed(ctx, outcome.course, { ...outcome, entryId: at < 0 ? null : ids[mirror.length + at]! })
  }
  return mirrorId
}

/** A loan as it was worked out, and the entry that books what that changes; null where it changes nothing in the books. */
export interface WorkedOut extends Replayed {
  readonly course: Course
  readonly entry: NewEntry | null
}

/**
 * Prepares loans that were worked out for being written: numbers and entries. The entries are the caller's to post, all
 * together: so the head of the books is not held while loans are worked out.
 */
export async function prepared(
  ctx: Ctx,
  outcomes: readonly (Replayed & { readonly course: Course })[],
): Promise<WorkedOut[]> {
  const numbered = await history.numbered(
    ctx,
    outcomes.flatMap(({ rows }) => rows),
  )
  const worked: WorkedOut[] = []
  let from = 0
  for (const outcome of outcomes) {
    const rows = numbered.slice(from, from + outcome.rows.length)
    from += rows.length
    const { lines } = outcome
    const entry = lines.length === 0 ? null : await replayEntry(ctx, outcome.course.row.id, lines)
    worked.push({ ...outcome, rows, entry })
  }
  return worked
}

/** Writes loans as they were worked out, after their entries have been posted; `ids` are those of the entries, in order. */
export async function writeWorkedOut(ctx: Ctx, worked: readonly WorkedOut[], ids: readonly bigint[]): Promise<void> {
  let next = 0
  for (const one of worked) {
    const entryId = one.entry === null ? null : ids[next++]!
    await writeReplayed(ctx, one.course, { ...one, entryId })
  }
}

/** The entries that were prepared, in order. */
export const entriesOf = (worked: readonly WorkedOut[]): NewEntry[] => worked.flatMap(({ entry }) => entry ?? [])

/** Works a locked loan out anew from everything that stands, and books and writes what that changes. */
export async function replay(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  const course = await courseOfLoan(ctx, loan)
  const worked = await prepared(ctx, [{ course, ...replayed(course) }])
  await writeWorkedOut(ctx, worked, await postTogether(ctx, entriesOf(worked)))
}

async function replayEntry(ctx: Ctx, loanId: number, lines: readonly Line[]): Promise<NewEntry> {
  const idemKey = `replay:${loanId}:${await history.nextReplay(ctx, loanId)}`
  return { kind: 'replay', effectiveDay: ctx.today, reference: `loan ${loanId}`, idemKey, lines }
}

interface Taken {
  readonly entryId: bigint | null
  readonly day: Day
  readonly origin: 'entered' | 'replay'
  readonly reason: string | null
}

function reversalOf(one: Standing, { entryId, day, origin, reason }: Taken): store.NewTransaction {
  const { id, rootId: _, ...was } = one
  return { ...was, kind: 'reversal', valueDay: day, entryId, origin, reason, reversesId: id }
}

type Written = Pick<Replayed, 'rows' | 'items'>

/** Writes a loan as it was worked out: the transactions that came out differently, its rows, and how far it has come. */
async function writeReplayed(ctx: Ctx, course: Course, written: Replayed & Changed): Promise<void> {
  await writeChanges(ctx, course, written)
  await writeOutcome(ctx, course, written)
}

/** Writes the rows of a loan as they were worked out, and how far it has come. */
export async function writeOutcome(ctx: Ctx, course: Course, { rows, items }: Written): Promise<void> {
  const loanId = course.row.id
  await history.writeReckoned(
    ctx,
    rows.map((row) => ({ ...row, loanId })),
  )
  const kept = new Set(rows.map((row) => row.nr))
  await history.dropInstalments(
    ctx,
    loanId,
    course.writtenNumbers.filter((nr) => !kept.has(nr)),
  )
  await writeStanding(ctx, course.row, { rows, items })
}

interface Changed extends Pick<Replayed, 'changes'> {
  /** The entry that booked them. */
  readonly entryId: bigint | null
}

/** Writes transactions that came out differently: each is taken back, and what it is now takes its place, linked to it. */
export async function writeChanges(ctx: Ctx, course: Course, { changes, entryId }: Changed): Promise<void> {
  if (changes.length === 0) return
  const lines = changes.flatMap((change) => linesOf(course, change, entryId))
  const first = await store.insertTransactions(ctx, lines)
  let next = first
  for (const { was, is } of changes) {
    if (was) next++
    if (!is) continue
    const { rootId } = course.written.get(is.rootId) ?? is
    course.written.set(is.rootId, { id: next++, rootId })
  }
  for (const change of changes) emitLateFee(ctx, course.row, change)
}

function linesOf(course: Course, { was, is }: Change, entryId: bigint | null): store.NewTransaction[] {
  const one = (was ?? is)!
  const { id, rootId } = course.written.get(one.rootId) ?? one
  const taken = was && { ...was, id, rootId }
  const reversal = taken
    ? [reversalOf(taken, { entryId, day: taken.valueDay, origin: 'replay', reason: taken.reason })]
    : []
  if (!is) return reversal
  const { id: _, ...now } = is
  return [...reversal, { ...now, rootId, entryId, replacesId: id }]
}

function emitLateFee(ctx: Ctx, loan: store.LoanRow, { was, is }: Change): void {
  if ((was ?? is)!.origin !== 'late_fee') return
  const amount = (is?.amount ?? 0n) - (was?.amount ?? 0n)
  const reason = 'late fee'
  if (amount > 0n)
    emit(ctx, 'loan.charged', { ...loanFacts(ctx, loan), kind: 'penalty', amount: String(amount), reason })
  else
    emit(ctx, 'transaction.reversed', {
      ...loanFacts(ctx, loan),
      transaction_id: was!.id,
      kind: 'penalty',
      amount: String(-amount),
      reason,
    })
}

async function writeStanding(ctx: Ctx, loan: store.LoanRow, { rows, items }: Written): Promise<void> {
  const lossOn = (kind: Standing['kind']): Day | null => items.find((one) => one.kind === kind)?.valueDay ?? null
  const [chargedOffOn, writtenOffOn] = [lossOn('charge_off'), lossOn('write_off')]
  const isSettled = rows.every((row) => row.completedOn !== null)
  const status = writtenOffOn !== null ? 'written_off' : isSettled ? 'completed' : 'active'
  const completedOn = status === 'completed' ? lastOf(rows) : null
  await store.writeStanding(ctx, loan.id, { status, completedOn, chargedOffOn, writtenOffOn })
  if (status === loan.status) return
  if (status === 'written_off') emitLostAgain(ctx, loan, items)
  else if (status === 'completed') emit(ctx, 'loan.completed', loanFacts(ctx, loan))
  else if (loan.status === 'completed') emit(ctx, 'loan.reopened', loanFacts(ctx, loan))
}

function emitLostAgain(ctx: Ctx, loan: store.LoanRow, items: Written['items']): void {
  const { kind, amount, reason } = items.find((one) => one.kind === 'write_off')!
  emit(ctx, 'loan.written_off', { ...loanFacts(ctx, loan), kind, amount: String(amount), reason })
}

const lastOf = (rows: Written['rows']): Day => rows.map((row) => row.completedOn!).reduce((a, b) => (a > b ? a : b))
