/** The statements of a simulated loan in the office API's words; money as decimal strings. */
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
export function simulatedSteps({ loan, steps, decimals }: Simulation) {
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

function presented(statement: Statement, decimals: number) {
  return {
    schedule: statement.lines.map((line) => lineOf(line, decimals)),
    totals: amountsOf(statement.totals, decimals),
    status: STATUS[statement.status],
    outstanding: formatMinor(statement.totals.outstanding, decimals),
    overpaid: formatMinor(statement.overpaid, decimals),
    transactions: statement.transactions.map((transaction) => transactionOf(transaction, decimals)),
  }
}

function lineOf(line: StatementLine, decimals: number) {
  if (line.kind === 'disbursement') {
    const paidOut = { kind: line.kind, dueDate: line.dueDay, disbursed: formatMinor(line.disbursed, decimals) }
    return line.fee === 0n ? paidOut : { ...paidOut, feesDue: formatMinor(line.fee, decimals) }
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

function transactionOf(transaction: TransactionLine, decimals: number) {
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
