/** What the built-in device management does with a command: by rules that demo and tests set, otherwise it is done after a moment. */
import { z } from 'zod'

/**
 * `done` carries it out and says so; `fail` refuses on the phone; `twice` says so twice; `silent` carries it out and never
 * says so; `contradict` says that it is done and then that it failed; `busy` and `unknown_device` do not take it;
 * `lost_before` and `lost_after` break the connection before or after taking it; `forgotten` takes it and has no memory of it.
 */
const MDM_OUTCOMES = [
  ...(['done', 'fail', 'twice', 'silent', 'contradict'] as const),
  ...(['busy', 'unknown_device', 'lost_before', 'lost_after', 'forgotten'] as const),
] as const

export const mdmRuleSchema = z.object({
  /** Commands to this phone only; otherwise to any. */
  imei: z.string().optional(),
  outcome: z.enum(MDM_OUTCOMES),
  reason: z.string().default('the phone has no agent'),
  delayMs: z.int().min(0).max(86_400_000).default(0),
  /** How many commands it is for; then the rule is gone. Absent: all to come. */
  times: z.int().min(1).optional(),
})

export const phoneSchema = z.object({ imei: z.string(), online: z.boolean() })

export type MdmRule = z.output<typeof mdmRuleSchema>
export type GivenMdmRule = z.input<typeof mdmRuleSchema>

export interface MdmRules {
  /** A rule for commands to come; of several the one that was set last counts. */
  set(rule: GivenMdmRule): void
  /** The rule for the next command to a phone, used up by it. */
  take(imei: string): MdmRule
  clear(): void
}

/** Rules over a usual delay. */
export function openMdmRules(usualDelayMs: number): MdmRules {
  const usual: MdmRule = { outcome: 'done', reason: '', delayMs: usualDelayMs }
  let rules: readonly { readonly rule: MdmRule; left: number }[] = []
  return {
    set(given) {
      const rule = mdmRuleSchema.parse(given)
      rules = [{ rule, left: rule.times ?? Number.POSITIVE_INFINITY }, ...rules]
    },
    take(imei) {
      const found = rules.find(({ rule, left }) => left > 0 && (rule.imei === undefined || rule.imei === imei))
      if (!found) return usual
      found.left--
      return found.rule
    },
    clear: () => {
      rules = []
    },
  }
}
