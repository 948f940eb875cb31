/** Strategies and allocation rules as the office API names them, and the engine's rules they stand for. */
import { z } from 'zod'
import {
  type AdvanceTarget,
  type AllocationRule,
  type DueType,
  type Rank,
  DEFAULT_RULE,
  FEE_LAST_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
} from '#domain/loans/allocation-rule.ts'
import type { Component } from '#domain/loans/instalment.ts'
import type { PaymentType } from '#domain/loans/simulation-book.ts'

export const ADVANCED = 'advanced-payment-allocation-strategy'

const FIXED = {
  'mifos-standard-strategy': DEFAULT_RULE,
  'due-penalty-fee-interest-principal-in-advance-principal-penalty-fee-interest-strategy': PRINCIPAL_IN_ADVANCE_RULE,
  'due-penalty-interest-principal-fee-in-advance-penalty-interest-principal-fee-strategy': FEE_LAST_RULE,
} as const

export const STRATEGIES = [ADVANCED, ...(Object.keys(FIXED) as (keyof typeof FIXED)[])] as const

const TARGETS: Readonly<Record<string, AdvanceTarget>> = {
  NEXT_INSTALLMENT: 'next',
  LAST_INSTALLMENT: 'last',
  REAMORTIZATION: 'spread',
  NEXT_LAST_INSTALLMENT: 'currentThenLast',
}

const DUE_TYPES: Readonly<Record<string, DueType>> = { PAST_DUE: 'pastDue', DUE: 'due', IN_ADVANCE: 'inAdvance' }
const RANK = /^(PAST_DUE|DUE|IN_ADVANCE)_(PENALTY|FEE|INTEREST|PRINCIPAL)$/

const rank = z.string().regex(RANK, 'Send PAST_DUE_, DUE_ or IN_ADVANCE_ with PENALTY, FEE, INTEREST or PRINCIPAL.')

const ruleSchema = z.strictObject({
  futureInstallments: z.enum(Object.keys(TARGETS) as [string, ...string[]]).default('NEXT_INSTALLMENT'),
  order: z.array(rank).min(1).max(12),
})

/** Types of transactions that may have a rule of their own; the last ones have no step here. */
const RULED = [
  'DEFAULT',
  'REPAYMENT',
  'DOWN_PAYMENT',
  'GOODWILL_CREDIT',
  'MERCHANT_ISSUED_REFUND',
  'PAYOUT_REFUND',
  'INTEREST_PAYMENT_WAIVER',
  'CHARGE_ADJUSTMENT',
  'CHARGE_REFUND',
  'CHARGE_PAYMENT',
  'WAIVE_INTEREST',
  'INTEREST_REFUND',
  'REFUND_FOR_ACTIVE_LOAN',
] as const

/** One list of ranks for each type of transaction; DEFAULT for the rest. */
export const allocationSchema = z.strictObject({
  processing: z.enum(['HORIZONTAL', 'VERTICAL']).default('HORIZONTAL'),
  rules: z
    .strictObject(
      Object.fromEntries(RULED.map((type) => [type, ruleSchema.optional()])) as Record<
        (typeof RULED)[number],
        z.ZodOptional<typeof ruleSchema>
      >,
    )
    .refine((rules) => rules.DEFAULT !== undefined, 'Send a rule for DEFAULT.'),
})

type Allocation = z.infer<typeof allocationSchema>

/** Which rule a payment of each type is allocated by. */
export function allocationOf(
  strategy: (typeof STRATEGIES)[number],
  allocation: Allocation | null,
): (type: PaymentType) => AllocationRule {
  if (strategy !== ADVANCED) return () => FIXED[strategy]
  if (!allocation) return () => DEFAULT_RULE
  const rules = new Map(
    Object.entries(allocation.rules).flatMap(([key, rule]) => (rule ? [[key, rankedRule(allocation, rule)]] : [])),
  )
  const fallback = rules.get('DEFAULT') ?? DEFAULT_RULE
  return (type) => rules.get(keyOf(type)) ?? fallback
}

/** merchantIssuedRefund → MERCHANT_ISSUED_REFUND. */
const keyOf = (type: PaymentType): string => type.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

function rankedRule(allocation: Allocation, rule: z.infer<typeof ruleSchema>): AllocationRule {
  return {
    order: 'ranked',
    processing: allocation.processing === 'HORIZONTAL' ? 'horizontal' : 'vertical',
    ranks: rule.order.map(rankOf),
    inAdvanceTo: TARGETS[rule.futureInstallments]!,
  }
}

function rankOf(text: string): Rank {
  const [, due, component] = RANK.exec(text)!
  return { due: DUE_TYPES[due!]!, component: component!.toLowerCase() as Component }
}
