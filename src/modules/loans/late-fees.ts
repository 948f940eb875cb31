/** Late fees: charged once for each instalment that is still unpaid when its days of grace have passed. */
import { lateFeeOn } from '#domain/loans/late-fee.ts'
import { sum } from '#domain/money.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import { chargeOn } from '#modules/loans/adjustments.ts'
import * as fees from '#modules/loans/overdue-store.ts'
import * as store from '#modules/loans/store.ts'
import type { Ctx } from '#platform/context.ts'

const LOANS_AT_ONCE = 200
const REASON = 'late fee'

/** Charges some loans whose late fees have fallen due; 0 when there are none left. */
export async function chargeLatePortion(ctx: Ctx): Promise<number> {
  const late = await fees.lockLate(ctx, LOANS_AT_ONCE)
  for (const loan of late) await chargeLoan(ctx, loan)
  return late.length
}

async function chargeLoan(ctx: Ctx, loan: store.LoanRow): Promise<void> {
  const { lateFee } = loan.terms
  if (!lateFee) return
  const late = await fees.lateInstalments(ctx, loan.id, lateFee.graceDays)
  await fees.markCharged(ctx, loan.id, late)
  for (const nr of late) {
    const rows = await store.readInstalments(ctx, [loan.id], 'open')
    const instalment = rows.find((row) => row.nr === nr)
    if (!instalment) continue
    const charged = sum(await fees.chargedSoFar(ctx, loan.id, REASON))
    const amount = lateFeeOn(instalment, { ...ruleOf(lateFee), charged })
    if (amount > 0n)
      await chargeOn(ctx, loan, { loanId: loan.id, component: 'penalty', amount, reason: REASON, instalment })
  }
}

const amountOf = (text: string | undefined): bigint | null => (text === undefined ? null : BigInt(text))

const ruleOf = (fee: NonNullable<store.LoanRow['terms']['lateFee']>) => ({
  basis: fee.basis,
  amount: amountOf(fee.amount) ?? 0n,
  percent: fee.percent === undefined ? ZERO_RATE : percent(fee.percent),
  least: amountOf(fee.least),
  most: amountOf(fee.most),
  mostOfLoan: amountOf(fee.mostOfLoan),
})
