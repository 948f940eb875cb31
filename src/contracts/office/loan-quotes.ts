/** Quotes and simulations: the loan engine by itself, no database involved. */
import { loanSimulationBody, type Simulation } from '#contracts/office/loan-simulations-terms.ts'
import { simulatedSteps } from '#contracts/office/loan-simulations-present.ts'
import { loanTerms, presentSchedule, quotedSchedule } from '#contracts/office/loan-terms.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import type { Answer, Operation } from '#platform/route.ts'

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
  section,
  summary: 'Quote a loan: the schedule that follows from its terms',
  description:
    'Amounts and rates are decimal strings. The schedule is the one a disbursement on these terms creates, to the cent.',
  transaction: 'own',
  body: loanTerms,
  exampleBody: exampleTerms,
  answers: { 200: { description: 'Rows in order of day, and their totals' } },
  handle: async (_door, { body }: { body: LoanTerms }): Promise<Answer> => ({
    status: 200,
    body: presentSchedule(quotedSchedule(body), body.decimals),
  }),
}

export const simulateLoan: Operation = {
  section,
  summary: 'Simulate a loan: what its schedule shows after each step',
  description:
    'Steps are disbursements, payments, charges, reversals … by day; the answer has one state for each step.',
  transaction: 'own',
  body: loanSimulationBody,
  answers: { 200: { description: 'The state after each step' } },
  handle: async (_door, { body }: { body: Simulation }): Promise<Answer> => ({
    status: 200,
    body: simulatedSteps(body),
  }),
}
