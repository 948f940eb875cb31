/** The orders of allocation as a product fixes them, and the engine's rule that each stands for. */
import { z } from 'zod'
import type { AdvanceTarget, AllocationRule, DueType, Rank } from '#domain/loans/allocation-rule.ts'
import { COMPONENTS, type Component } from '#domain/loans/instalment.ts'
import type { PaymentType } from '#domain/loans/simulation-book.ts'

/** Kinds of money that pay a loan; a product may allocate each by a rule of its own. */
export const PAYMENT_TYPES = [
  'repayment',
  'downPayment',
  'goodwillCredit',
  'merchantIssuedRefund',
  'payoutRefund',
] as const satisfies PaymentType[]
export type LoanPaymentType = (typeof PAYMENT_TYPES)[number]

const order = z
  .array(z.enum(COMPONENTS))
  .refine((components) => components.length === COMPONENTS.length && new Set(components).size === COMPONENTS.length, {
    error: 'Name penalty, fee, interest and principal once each.',
  })

const DUE_TYPES = ['pastDue', 'due', 'inAdvance'] as const satisfies DueType[]
const RANKS = DUE_TYPES.flatMap((due) => COMPONENTS.map((component) => `${due}.${component}` as const))

const ranked = z.strictObject({
  ranks: z
    .array(z.enum(RANKS as [string, ...string[]]))
    .min(1)
    .max(RANKS.length)
    .refine((ranks) => new Set(ranks).size === ranks.length, { error: 'Name each rank once.' }),
  inAdvanceTo: z.enum(['next', 'last', 'spread', 'currentThenLast'] satisfies AdvanceTarget[]).default('next'),
})

/**
 * A plain list pays instalments oldest first, within each the components in its order. `dueThenAdvance` has one order for
 * what is due and one for money in advance. `ranked` lists "pastDue.penalty", "due.interest" … and may do so for each
 * type of payment; `default` is for the rest.
 */
export const allocationSchema = z.union([
  order,
  z.strictObject({ order: z.literal('dueThenAdvance'), due: order, inAdvance: order }),
  z.strictObject({
    order: z.literal('ranked'),
    processing: z.enum(['horizontal', 'vertical']).default('horizontal'),
    rules: z.partialRecord(z.enum(['default', ...PAYMENT_TYPES]), ranked).refine((rules) => 'default' in rules, {
      error: 'Give a rule for default.',
    }),
  }),
])

export type StoredAllocation = z.output<typeof allocationSchema>

/** The rule that a payment of a type is allocated by. */
export function allocationRuleFor(stored: StoredAllocation, type: LoanPaymentType): AllocationRule {
  if (!('order' in stored)) return { order: 'oldestFirst', components: stored }
  if (stored.order === 'dueThenAdvance') return stored
  const { ranks, inAdvanceTo } = (stored.rules[type] ?? stored.rules.default)!
  return { order: 'ranked', processing: stored.processing, ranks: ranks.map(rankOf), inAdvanceTo }
}

function rankOf(text: string): Rank {
  const [due, component] = text.split('.')
  return { due: due as DueType, component: component as Component }
}
