/** What the built-in M-Pesa does with a payout: by rules that demo and tests set, otherwise it pays after a moment. */
import { z } from 'zod'

/**
 * `success` pays and says so; `fail` refuses with a result code; `twice` pays once and says so twice; `silent` pays and never
 * says so; `silent_fail` refuses and never says so; `timeout` pays, but the queue's timeout is all that is heard; `busy` and
 * `invalid` are not accepted; `lost_before` and `lost_after` break the connection before or after accepting; `contradict`
 * pays, says so, and then says that it failed.
 */
const OUTCOMES = [
  'success',
  'fail',
  'twice',
  'silent',
  'silent_fail',
  'timeout',
  'busy',
  'invalid',
  'lost_before',
  'lost_after',
  'contradict',
] as const

export const ruleSchema = z.object({
  /** Payouts to this number only, as Daraja writes it: 2547…; otherwise to any. */
  phone: z.string().optional(),
  outcome: z.enum(OUTCOMES),
  /** Of a `fail`; 2040: the recipient is no registered customer. */
  resultCode: z.string().default('2040'),
  delayMs: z.int().min(0).max(86_400_000).default(0),
  /** How many payouts it is for; then the rule is gone. Absent: all to come. */
  times: z.int().min(1).optional(),
})

export type Rule = z.output<typeof ruleSchema>
export type GivenRule = z.input<typeof ruleSchema>

export interface Rules {
  /** A rule for payouts to come; of several the one that was set last counts. */
  set(rule: GivenRule): void
  /** The rule for the next payout to a phone, used up by it. */
  take(phone: string): Rule
  clear(): void
}

/** Rules over a usual delay of a success. */
export function openRules(usualDelayMs: number): Rules {
  const usual: Rule = { outcome: 'success', resultCode: '0', delayMs: usualDelayMs }
  let rules: Rule[] = []
  return {
    set: (rule) => {
      rules = [ruleSchema.parse(rule), ...rules]
    },
    take(phone) {
      const rule = rules.find((one) => one.phone === undefined || one.phone === phone)
      if (!rule) return usual
      const left = rule.times === undefined ? undefined : rule.times - 1
      rules = rules.flatMap((one) =>
        one !== rule ? [one] : left === 0 ? [] : left === undefined ? [one] : [{ ...one, times: left }],
      )
      return rule
    },
    clear: () => {
      rules = []
    },
  }
}
