/** Loan simulations as the office API speaks them: loan, strategy, allocation and steps in. */
import { z } from 'zod'
import type { Day } from '#domain/day.ts'
import type { RecalculationRule } from '#domain/loans/running-interest.ts'
import type { SimulatedLoan } from '#domain/loans/simulation-book.ts'
import type { Step } from '#domain/loans/simulation.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { ADVANCED, allocationOf, allocationSchema, STRATEGIES } from '#contracts/office/loan-simulations-rules.ts'
import { stepOf, stepSchema } from '#contracts/office/loan-simulations-steps.ts'
import { dayField, UNKNOWN_TERM } from '#contracts/office/loan-fields.ts'
import { ASIDES, loanTerms, recalculation } from '#contracts/office/loan-terms.ts'

const MOST_STEPS = 100
const MOST_INSTALMENTS = 360
/** Every step replays what was before it and shows the whole schedule: so many rows in all, to answer within a second. */
const MOST_ROWS = 12_000

interface LoanRead {
  readonly terms: LoanTerms
  readonly scheduleStart: Day | null
  readonly autoDownPayment: boolean
  readonly recalculation: RecalculationRule | null
}

function recalculationOf(sent: z.output<typeof recalculation>, disallowed: boolean): RecalculationRule | null {
  if (sent === false) return null
  if (sent === true) return { rest: 'daily', overdueBearsInterest: !disallowed }
  const { rest, overdueBearsInterest, disallowInterestCalculationOnPastDue } = sent
  return {
    rest: rest === 'daily' ? 'daily' : 'perInstalment',
    overdueBearsInterest: overdueBearsInterest && !disallowInterestCalculationOnPastDue && !disallowed,
  }
}

/** Terms of a quote that the steps of a simulation say. */
const BY_STEPS = ['disbursementDate', 'disbursements', 'overdueRecalculation', 'asOf'] as const

const headOfLoan = z.looseObject({
  submittedOn: dayField,
  autoDownPayment: z.boolean().default(false),
  interestRecalculation: recalculation,
  disallowInterestCalculationOnPastDue: z.boolean().default(false),
})

/** The terms of a quote but for what the steps say: what is disbursed when, and what is overdue. */
const loanSchema = headOfLoan.transform((head, ctx): LoanRead => {
  const { disallowInterestCalculationOnPastDue: disallowed, ...sent } = head
  const wrong = (path: PropertyKey[], message: string) => ctx.addIssue({ code: 'custom', path, message })
  for (const key of BY_STEPS) {
    if (sent[key] !== undefined && sent[key] !== null) wrong([key], 'Leave this out: the steps of a simulation say it.')
  }
  const read = loanTerms.safeParse({ ...sent, ...NOT_YET, disbursementDate: sent.submittedOn })
  if (!read.success) {
    for (const issue of read.error.issues) {
      const { path, message } = issue
      if (issue.code === 'unrecognized_keys') for (const key of issue.keys) wrong([...path, key], UNKNOWN_TERM)
      else
        wrong(
          path.map((key) => (key === 'disbursementDate' ? 'submittedOn' : key)),
          message,
        )
    }
    return z.NEVER
  }
  const terms = read.data
  if (terms.instalments > MOST_INSTALMENTS) wrong(['numberOfRepayments'], `Send at most ${MOST_INSTALMENTS}.`)
  terms.charges.forEach(({ time }, i) => {
    if (time === 'overdue') wrong(['fees', i, 'time'], 'Send late fees as charges among the steps.')
  })
  return {
    terms,
    scheduleStart: sent.scheduleStartDate ? terms.startDay : null,
    autoDownPayment: sent.autoDownPayment,
    recalculation: recalculationOf(sent.interestRecalculation, disallowed),
  }
})

const NOT_YET = { disbursements: null, overdueRecalculation: null, asOf: null }

export interface Simulation {
  readonly loan: SimulatedLoan
  readonly steps: readonly Step[]
  readonly decimals: number
}

/** The body of POST /office/v1/loan-simulations, read into what the engine takes; every wrong field is named. */
export const loanSimulationBody = z
  .strictObject({
    ...ASIDES,
    loan: loanSchema,
    strategy: z.enum(STRATEGIES),
    allocation: allocationSchema.nullish(),
    steps: z.array(stepSchema).min(1).max(MOST_STEPS),
  })
  .transform(({ loan, strategy, allocation, steps: sent }, ctx): Simulation => {
    const wrong = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    if (strategy === ADVANCED && !allocation) wrong(['allocation'], 'Send the rules of this strategy.')
    const { decimals, instalments } = loan.terms
    if (sent.length * instalments > MOST_ROWS) {
      wrong(['steps'], `Send at most ${Math.trunc(MOST_ROWS / instalments)} steps for so many instalments.`)
      return z.NEVER
    }
    const steps: Step[] = []
    for (const [at, step] of sent.entries()) {
      const read = stepOf(step, decimals)
      if ('field' in read) wrong(['steps', at, read.field], read.message)
      else steps.push(read)
    }
    const ruleOf = allocationOf(strategy, allocation ?? null)
    return { loan: { ...loan, ruleOf, duesFirst: strategy !== ADVANCED }, steps, decimals }
  })
