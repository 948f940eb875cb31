/** A product's late fee as the domain wants to know it. */
import type { LateFeeRule } from '#domain/loans/late-fee.ts'
import { percent, ZERO_RATE } from '#domain/rate.ts'
import type { AgreedTerms } from '#modules/loan-records/loan-records.ts'

/** The rule of one loan; what has been charged before is the caller's to say. */
export const lateFeeRuleOf = (fee: NonNullable<AgreedTerms['lateFee']>): Omit<LateFeeRule, 'charged'> => ({
  basis: fee.basis,
  amount: amountOf(fee.amount) ?? 0n,
  percent: fee.percent === undefined ? ZERO_RATE : percent(fee.percent),
  least: amountOf(fee.least),
  most: amountOf(fee.most),
  mostOfLoan: amountOf(fee.mostOfLoan),
})

const amountOf = (text: string | undefined): bigint | null => (text === undefined ? null : BigInt(text))
