/** The statements of a simulated loan in the office API's words; money as decimal strings. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import { formatMinor } from '#domain/money.ts'
import { refuse } from '#domain/refusal.ts'
import { totalOf } from '#domain/loans/instalment.ts'
import { simulate, type StepProblem } from '#domain/loans/simulation.ts'
import type { TermsFault } from '#domain/loans/terms-check.ts'
import type {
  Amounts,
  LoanStatus,
  Statement,
  StatementLine,
  TransactionLine,
} from '#domain/loans/simulation-statement.ts'
import { TYPE_NAMES } from '#contracts/office/loan-simulations-steps.ts'
import { fieldOf } from '#contracts/office/loan-terms.ts'
import type { Simulation } from '#contracts/office/loan-simulations-terms.ts'

const STATUS: Readonly<Record<LoanStatus, string>> = {
  approved: 'Approved',
  active: 'Active',
  completed: 'Closed (obligations met)',
  overpaid: 'Overpaid',
}

const amounts = {
  ...{ principalDue: field.money, interestDue: field.money, feesDue: field.money, penaltiesDue: field.money },
  ...{ totalDue: field.money, paid: field.money, inAdvance: field.money, late: field.money },
  outstanding: field.money,
}
const paidOut = z.object({
  ...{ kind: z.literal('disbursement'), dueDate: field.day, disbursed: field.money },
  feesDue: field.money.optional(),
})
const owedLine = z.object({
  ...{ kind: z.enum(['installment', 'downPayment']), nr: field.count, dueDate: field.day },
  ...{ paidDate: field.day.nullable(), ...amounts, balanceAfter: field.money },
})
const transactionSchema = z.object({
  ...{ date: field.day, type: z.enum(Object.values(TYPE_NAMES)), amount: field.money, principal: field.money },
  ...{ interest: field.money, fees: field.money, penalties: field.money, balanceAfter: field.money },
  ...{ reverted: z.boolean(), replayed: z.boolean() },
})
const stateSchema = z
  .object({
    schedule: z.array(z.discriminatedUnion('kind', [paidOut, owedLine])),
    totals: z.object(amounts),
    status: z.enum(Object.values(STATUS)),
    ...{ outstanding: field.money, overpaid: field.money },
    transactions: z.array(transactionSchema),
  })
  .meta({ id: 'SimulatedLoan' })
export const simulatedSchema = z.object({ steps: z.array(stateSchema) })

/** Rows laid out anew in all steps together: some two seconds of one processor. */
const MOST_WORK = 150_000

type Problem = Exclude<StepProblem['problem'], 'no_schedule'>

const PROBLEMS: Readonly<Record<Problem, readonly [field: string, message: string]>> = {
  charge_not_found: ['.charge', 'There is no such charge on this loan.'],
  transaction_not_found: ['.which', 'There is no such transaction on this loan.'],
  nothing_owed: ['.op', 'Nothing is owed on that day.'],
  too_much_work: ['', 'This is too much to work out: send fewer steps, or steps in order of day.'],
}

/**
 * One answer for each step. Refuses invalid_input when a step names a transaction or a charge that is not there, pays off
 * what is not owed, goes beyond the work of a request, or disburses what the terms make no schedule for: then the term is named.
 */
export function simulatedSteps({ loan, steps, decimals }: Simulation): z.infer<typeof simulatedSchema> {
  const simulated = simulate(loan, steps, MOST_WORK)
  if (simulated.ok) return { steps: simulated.statements.map((statement) => presented(statement, decimals)) }
  return refuse('invalid_input', { fields: fieldsOf(simulated.found) })
}

function fieldsOf(found: StepProblem): Record<string, string> {
  if (found.problem === 'no_schedule') return { [fieldOfStep(found.step, found.fault)]: found.fault.advice }
  const [field, message] = PROBLEMS[found.problem]
  return { [`steps.${found.step}${field}`]: message }
}

/** What is lent when is said by the step, everything else by the loan. */
function fieldOfStep(step: number, fault: TermsFault): string {
  const isOfStep = fault.field === 'principal' || fault.field === 'disbursements' || fault.field === 'startDay'
  return isOfStep ? `steps.${step}.${fault.field === 'principal' ? 'amount' : 'date'}` : `loan.${fieldOf(fault)}`
}

function presented(statement: Statement, decimals: number): z.infer<typeof stateSchema> {
  return {
    schedule: statement.lines.map((line) => lineOf(line, decimals)),
    totals: amountsOf(statement.totals, decimals),
    status: STATUS[statement.status],
    outstanding: formatMinor(statement.totals.outstanding, decimals),
    overpaid: formatMinor(statement.overpaid, decimals),
    transactions: statement.transactions.map((transaction) => transactionOf(transaction, decimals)),
  }
}

function lineOf(line: StatementLine, decimals: number): z.infer<typeof paidOut | typeof owedLine> {
  if (line.kind === 'disbursement') {
    const disbursed = { kind: line.kind, dueDate: line.dueDay, disbursed: formatMinor(line.disbursed, decimals) }
    return line.fee === 0n ? disbursed : { ...disbursed, feesDue: formatMinor(line.fee, decimals) }
  }
  return {
    kind: line.kind === 'downPayment' ? 'downPayment' : 'installment',
    nr: line.nr,
    dueDate: line.dueDay,
    paidDate: line.paidDay,
    ...amountsOf(line, decimals),
    balanceAfter: formatMinor(line.balanceAfter, decimals),
  }
}

function amountsOf({ due, paid, inAdvance, late, outstanding }: Amounts, decimals: number) {
  const money = (amount: bigint) => formatMinor(amount, decimals)
  return {
    principalDue: money(due.principal),
    interestDue: money(due.interest),
    feesDue: money(due.fee),
    penaltiesDue: money(due.penalty),
    totalDue: money(totalOf(due)),
    paid: money(paid),
    inAdvance: money(inAdvance),
    late: money(late),
    outstanding: money(outstanding),
  }
}

function transactionOf(transaction: TransactionLine, decimals: number): z.infer<typeof transactionSchema> {
  const { day, type, amount, parts, balanceAfter, reverted, replayed } = transaction
  const money = (minor: bigint) => formatMinor(minor, decimals)
  return {
    date: day,
    type: TYPE_NAMES[type],
    amount: money(amount),
    principal: money(parts.principal),
    interest: money(parts.interest),
    fees: money(parts.fee),
    penalties: money(parts.penalty),
    balanceAfter: money(balanceAfter),
    reverted,
    replayed,
  }
}
