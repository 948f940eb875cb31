/** Loan simulations as the office API speaks them: loan, strategy, allocation and steps in. */
import { z } from 'zod'
import type { RecalculationRule } from '#domain/loans/running-interest.ts'
import type { SimulatedLoan } from '#domain/loans/simulation-book.ts'
import type { Step } from '#domain/loans/simulation.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { ADVANCED, allocationOf, allocationSchema, STRATEGIES } from '#contracts/office/loan-simulations-rules.ts'
import { stepOf, stepSchema } from '#contracts/office/loan-simulations-steps.ts'
import { loanTerms } from '#contracts/office/loan-terms.ts'

const MOST_STEPS = 100
const MOST_INSTALMENTS = 360
/** Every step replays what was before it and shows the whole schedule: so many rows in all, to answer within a second. */
const MOST_ROWS = 12_000

interface LoanRead {
  readonly terms: LoanTerms
  readonly autoDownPayment: boolean
  readonly recalculation: RecalculationRule | null
}

/** `true` stands for the daily rest on which overdue principal bears interest. */
const recalculationSchema = z
  .union([
    z.boolean(),
    z.object({
      rest: z.enum(['daily', 'sameAsRepayment', 'sameAsRepaymentPeriod']).default('daily'),
      overdueBearsInterest: z.boolean().default(true),
    }),
  ])
  .default(false)
  .transform((sent): RecalculationRule | null => {
    if (sent === false) return null
    if (sent === true) return { rest: 'daily', overdueBearsInterest: true }
    return { ...sent, rest: sent.rest === 'daily' ? 'daily' : 'perInstalment' }
  })

/** The terms of a quote but for what the disbursements will say: their amounts and the day on which it all starts. */
const loanSchema = z
  .looseObject({
    submittedOn: z.string().max(10),
    autoDownPayment: z.boolean().default(false),
    interestRecalculation: recalculationSchema,
  })
  .transform((sent, ctx): LoanRead => {
    const read = loanTerms.safeParse({ ...sent, disbursementDate: sent.submittedOn, disbursements: null, fees: [] })
    if (!read.success) {
      for (const { path, message } of read.error.issues) {
        ctx.addIssue({
          code: 'custom',
          path: path.map((key) => (key === 'disbursementDate' ? 'submittedOn' : key)),
          message,
        })
      }
      return z.NEVER
    }
    if (read.data.instalments > MOST_INSTALMENTS) {
      ctx.addIssue({ code: 'custom', path: ['numberOfRepayments'], message: `Send at most ${MOST_INSTALMENTS}.` })
    }
    return { terms: read.data, autoDownPayment: sent.autoDownPayment, recalculation: sent.interestRecalculation }
  })

export interface Simulation {
  readonly loan: SimulatedLoan
  readonly steps: readonly Step[]
  readonly decimals: number
}

/** The body of POST /office/v1/loan-simulations, read into what the engine takes; every wrong field is named. */
export const loanSimulationBody = z
  .object({
    loan: loanSchema,
    strategy: z.enum(STRATEGIES),
    allocation: allocationSchema.nullish(),
    steps: z.array(stepSchema).min(1).max(MOST_STEPS),
  })
  .transform(({ loan, strategy, allocation, ...body }, ctx): Simulation => {
    const wrong = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    if (strategy === ADVANCED && !allocation) wrong(['allocation'], 'Send the rules of this strategy.')
    const { decimals, instalments } = loan.terms
    if (body.steps.length * instalments > MOST_ROWS) {
      wrong(['steps'], `Send at most ${Math.trunc(MOST_ROWS / instalments)} steps for so many instalments.`)
      return z.NEVER
    }
    const steps: Step[] = []
    for (const [at, step] of body.steps.entries()) {
      const read = stepOf(step, decimals)
      if ('field' in read) wrong(['steps', at, read.field], read.message)
      else steps.push(read)
    }
    const ruleOf = allocationOf(strategy, allocation ?? null)
    return { loan: { ...loan, ruleOf, duesFirst: strategy !== ADVANCED }, steps, decimals }
  })
