/** Late fees: charged once for each instalment that is still unpaid when its days of grace have passed. */
import { chargeLines } from '#domain/loans/entries.ts'
import { NOTHING, type Parts } from '#domain/loans/instalment.ts'
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { entryIdOf, post } from '#modules/ledger/ledger.ts'
import { booksOf, isPlain } from '#modules/loan-records/loan-records.ts'
import { replay } from '#modules/loan-corrections/replay.ts'
import { loanFacts } from '#modules/loan-records/facts.ts'
import * as overdue from '#modules/loan-day-end/overdue-store.ts'
import { lateFeeRuleOf } from '#modules/loan-corrections/late-fee-rule.ts'
import * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

const LOANS_AT_ONCE = 1_000
const REASON = 'late fee'

/** Charges some loans whose late fees have fallen due; 0 when there are none left. */
export async function chargeLatePortion(ctx: Ctx): Promise<number> {
  const loans = await overdue.lockLate(ctx, LOANS_AT_ONCE)
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

/** One entry, one line of history and one fact for each fee, written together. */
async function record(ctx: Ctx, fees: readonly LateFee[]): Promise<void> {
  const outcomes = await post(
    ctx,
    fees.map(({ loan, instalment, parts }) => ({
      kind: 'penalty' as const,
      effectiveDay: ctx.today,
      reference: `loan ${loan.id}`,
      idemKey: `late fee:${instalment.id}:${ctx.today}`,
      lines: chargeLines(booksOf(loan), 'penalty', parts.penalty),
    })),
  )
  const common = { kind: 'penalty' as const, origin: 'late_fee' as const, valueDay: ctx.today, overpayment: 0n }
  await store.insertTransactions(
    ctx,
    fees.map(({ loan, instalment: { nr }, parts }, n) => {
      const of = { loanId: loan.id, amount: parts.penalty, parts, lines: [{ nr, parts }] }
      return { ...common, ...of, paymentId: null, reason: REASON, entryId: entryIdOf(outcomes[n]!) }
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
  for (const loan of new Set(fees.map((fee) => fee.loan))) if (!isPlain(loan.terms)) await replay(ctx, loan)
}
