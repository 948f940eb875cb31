/** Quotes and simulations: the loan engine by itself, in a thread beside the event loop, no database involved. */
import { simulatedSchema } from '#contracts/office/loan-simulations-present.ts'
import { quoteTask, simulationTask } from '#contracts/office/loan-quote-tasks.ts'
import { loanSimulationBody } from '#contracts/office/loan-simulations-terms.ts'
import { loanTerms, scheduleSchema } from '#contracts/office/loan-terms.ts'
import { type Door, inThread } from '#platform/context.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

const section = 'Loan quotes'

const exampleTerms = {
  engine: 'progressive',
  principal: '100.00',
  disbursementDate: '2024-01-01',
  numberOfRepayments: 6,
  repaymentEvery: 1,
  repaymentFrequency: 'months',
  annualRatePercent: '7',
  interestMethod: 'declining',
  amortization: 'equalInstallments',
  dayCount: { daysInMonth: 30, daysInYear: 360 },
  interestCalculationPeriod: 'daily',
}

export const quoteLoan: Operation = {
  id: 'quoteLoanTerms',
  section,
  summary: 'Quote a loan: the schedule that follows from its terms',
  description:
    'Amounts and rates are decimal strings. The schedule is the one a disbursement on these terms creates, to the cent.',
  transaction: 'own',
  pure: true,
  body: loanTerms,
  exampleBody: exampleTerms,
  answers: { 200: { description: 'Rows in order of day, and their totals', schema: scheduleSchema } },
  handle: async (door: Door, { body }: { body: unknown }): Promise<Answer> => ({
    status: 200,
    body: await inThread(door, quoteTask, body),
  }),
}

export const simulateLoan: Operation = {
  id: 'simulateLoan',
  section,
  summary: 'Simulate a loan: what its schedule shows after each step',
  description:
    'Steps are disbursements, payments, charges, reversals … by day; the answer has one state for each step. Steps that go back in time cost most: the step from which on it would be too much work is named (400).',
  transaction: 'own',
  pure: true,
  body: loanSimulationBody,
  answers: { 200: { description: 'The state after each step', schema: simulatedSchema } },
  handle: async (door: Door, { body }: { body: unknown }): Promise<Answer> => ({
    status: 200,
    body: await inThread(door, simulationTask, body),
  }),
}
