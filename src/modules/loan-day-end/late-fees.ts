/** Late fees: charged once for each instalment that is still unpaid when its days of grace have passed. */
import { chargeLines } from '#domain/loans/entries.ts'
import { NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import { booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import { coursesOf, replayed } from '#modules/loan-corrections/history.ts'
import { entriesOf, prepared, type WorkedOut, writeWorkedOut } from '#modules/loan-corrections/replay.ts'
import { withLateFees } from '#modules/loan-corrections/unwritten.ts'
import { loanFacts } from '#modules/loan-records/facts.ts'
import * as overdue from '#modules/loan-day-end/overdue-store.ts'
import { lateFeeRuleOf } from '#modules/loan-corrections/late-fee-rule.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

/** Loans whose courses change with a fee are worked out one by one: few at once, so that nobody waits for long. */
const AT_ONCE = { plain: 1_000, eventful: 25 } as const
const REASON = 'late fee'

/** Charges some loans whose late fees have fallen due; 0 when there are none left. */
export async function chargeLatePortion(ctx: Ctx): Promise<number> {
  const plain = await overdue.lockLate(ctx, 'plain', AT_ONCE.plain)
  const loans = plain.length > 0 ? plain : await overdue.lockLate(ctx, 'eventful', AT_ONCE.eventful)
  if (loans.length === 0) return 0
  const fees = await feesOf(ctx, new Map(loans.map((loan) => [loan.id, loan])))
  if (fees.length > 0) await record(ctx, fees)
  return loans.length
}

interface LateFee {
  readonly loan: store.LoanRow
  readonly instalment: store.StoredInstalment
  readonly parts: Parts
}

/** What is to be charged, oldest instalment first; every late instalment is marked, so that none comes twice. */
async function feesOf(ctx: Ctx, loans: ReadonlyMap<number, store.LoanRow>): Promise<LateFee[]> {
  const ids = [...loans.keys()]
  const late = await overdue.markLate(ctx, ids)
  const standing = await overdue.chargedFees(ctx, ids)
  const charged = new Map<number, bigint>()
  for (const { loanId, amount } of standing) charged.set(loanId, (charged.get(loanId) ?? 0n) + amount)
  // An instalment that was dropped and has come back may have lost its mark, but its fee stands.
  for (const fee of standing)
    if (fee.rootId >= (loans.get(fee.loanId)!.plan?.firstTransaction ?? 1)) late.delete(overdue.keyOf(fee))
  const open = await store.readInstalments(ctx, ids, 'open')
  return open.flatMap((instalment) => {
    const loan = loans.get(instalment.loanId)!
    if (!late.has(overdue.keyOf(instalment)) || !loan.terms.lateFee) return []
    const before = charged.get(loan.id) ?? 0n
    const penalty = lateFeeOn(instalment, { ...lateFeeRuleOf(loan.terms.lateFee), charged: before })
    charged.set(loan.id, before + penalty)
    return penalty > 0n ? [{ loan, instalment, parts: { ...NOTHING, penalty } }] : []
  })
}

/**
 * One entry, one line of history and one fact for each fee, written together with what the fees change in the courses of
 * their loans. All is worked out before anything is posted.
 */
async function record(ctx: Ctx, fees: readonly LateFee[]): Promise<void> {
  const worked = await workedOut(ctx, fees)
  const own = fees.map(({ loan, instalment, parts }) => ({
    kind: 'penalty' as const,
    effectiveDay: ctx.today,
    reference: `loan ${loan.id}`,
    idemKey: `late fee:${instalment.id}:${ctx.today}`,
    lines: chargeLines(booksOf(loan), 'penalty', parts.penalty),
  }))
  const ids = (await post(ctx, [...own, ...entriesOf(worked)])).map(entryIdOf)
  const common = { kind: 'penalty' as const, origin: 'late_fee' as const, valueDay: ctx.today, overpayment: 0n }
  await store.insertTransactions(
    ctx,
    fees.map(({ loan, instalment: { nr }, parts }, n) => {
      const of = { loanId: loan.id, amount: parts.penalty, parts, lines: [{ nr, parts }] }
      return { ...common, ...of, paymentId: null, reason: REASON, entryId: ids[n]! }
    }),
  )
  await overdue.addPenalties(
    ctx,
    fees.map(({ instalment: { loanId, nr }, parts }) => ({ loanId, nr, amount: parts.penalty })),
  )
  for (const { loan, parts } of fees) {
    emit(ctx, 'loan.charged', {
      ...loanFacts(ctx, loan),
      kind: 'penalty',
      amount: String(parts.penalty),
      reason: REASON,
    })
  }
  await writeWorkedOut(ctx, worked, ids.slice(own.length))
}

/** The loans whose courses follow what is due, with their fees. */
async function workedOut(ctx: Ctx, fees: readonly LateFee[]): Promise<WorkedOut[]> {
  const eventful = new Set(fees.map(({ loan }) => loan).filter((loan) => !isPlain(loan.terms)))
  const courses = await coursesOf(ctx, [...eventful])
  const outcomes = [...courses.values()].map((before) => {
    const own = fees.filter(({ loan }) => loan.id === before.row.id)
    const course = withLateFees(
      before,
      own.map(({ instalment: { nr }, parts }) => ({ nr, parts, day: ctx.today })),
    )
    return { course, ...replayed(course) }
  })
  return prepared(ctx, outcomes)
}
