/** What a loan shows at a moment: its schedule row by row with what was paid, its totals and its transactions. */
import type { Day } from '#domain/day.ts'
import { type Parts, addParts, NOTHING, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { type LoanRow, type RowKind, completedOn } from '#domain/loans/loan-rows.ts'
import type { LoanState } from '#domain/loans/replay.ts'
import type { Schedule } from '#domain/loans/schedule.ts'
import type { Transaction, TransactionType } from '#domain/loans/simulation-book.ts'

interface DisbursedLine {
  readonly kind: 'disbursement'
  readonly dueDay: Day
  readonly disbursed: bigint
  /** Fees taken out of what is paid out; not part of the totals. */
  readonly fee: bigint
}

/** The amounts of a row or of the whole schedule. Outstanding is due less paid less waived. */
export interface Amounts {
  readonly due: Parts
  readonly paid: bigint
  readonly inAdvance: bigint
  readonly late: bigint
  readonly outstanding: bigint
}

interface DueLine extends Amounts {
  readonly kind: RowKind
  readonly nr: number
  readonly dueDay: Day
  readonly paidDay: Day | null
  /** Principal still owed when everything is paid as planned; principal lent again within a row is due with that row. */
  readonly balanceAfter: bigint
}

export type StatementLine = DisbursedLine | DueLine

export interface TransactionLine {
  readonly type: TransactionType
  readonly day: Day
  readonly amount: bigint
  readonly parts: Parts
  readonly balanceAfter: bigint
  readonly reverted: boolean
  readonly replayed: boolean
}

/** Approved: nothing disbursed. Completed: nothing owed. Overpaid: nothing owed, and money left over. */
export type LoanStatus = 'approved' | 'active' | 'completed' | 'overpaid'

export interface Statement {
  readonly lines: readonly StatementLine[]
  readonly totals: Amounts
  readonly transactions: readonly TransactionLine[]
  readonly status: LoanStatus
  readonly overpaid: bigint
}

/** The statement of a state under its schedule; a schedule of null is that of a loan before its first disbursement. */
export function statementOf(
  planned: Schedule | null,
  state: LoanState,
  transactions: readonly Transaction[],
): Statement {
  const lines = planned ? linesOf(planned, state.rows) : []
  const totals = totalsOf(lines)
  return {
    lines,
    totals,
    transactions: transactions.map(({ type, day, amount, applied, balanceAfter, reverted, replayed }) => {
      return { type, day, amount, parts: applied?.parts ?? NOTHING, balanceAfter, reverted, replayed }
    }),
    status: statusOf(planned, totals.outstanding, state.overpaid),
    overpaid: state.overpaid,
  }
}

/** In the order of the schedule, which puts disbursements and down payments among the instalments by day. */
function linesOf(planned: Schedule, rows: readonly LoanRow[]): StatementLine[] {
  const lines: StatementLine[] = []
  let balance = 0n
  const add = (row: LoanRow) => {
    balance -= row.due.principal
    lines.push(dueLine(row, balance))
  }
  const byNr = new Map(rows.map((row) => [row.nr, row]))
  for (const row of planned.rows) {
    if (row.kind === 'disbursement') {
      balance += row.amount
      lines.push({ kind: 'disbursement', dueDay: row.day, disbursed: row.amount, fee: row.fee })
    } else add(byNr.get(row.nr)!)
  }
  for (const row of rows) if (row.kind === 'additional') add(row)
  return lines
}

function dueLine(row: LoanRow, balanceAfter: bigint): DueLine {
  const { kind, nr, dueDay, inAdvance, late, instalment } = row
  return {
    kind,
    nr,
    dueDay,
    due: instalment.due,
    paid: totalOf(instalment.paid),
    inAdvance,
    late,
    outstanding: totalOf(outstandingOf(instalment)),
    paidDay: completedOn(row),
    balanceAfter,
  }
}

function totalsOf(lines: readonly StatementLine[]): Amounts {
  const zero: Amounts = { due: NOTHING, paid: 0n, inAdvance: 0n, late: 0n, outstanding: 0n }
  return lines.reduce<Amounts>((sum, line) => {
    if (line.kind === 'disbursement') return sum
    return {
      due: addParts(sum.due, line.due),
      paid: sum.paid + line.paid,
      inAdvance: sum.inAdvance + line.inAdvance,
      late: sum.late + line.late,
      outstanding: sum.outstanding + line.outstanding,
    }
  }, zero)
}

function statusOf(planned: Schedule | null, outstanding: bigint, overpaid: bigint): LoanStatus {
  if (!planned) return 'approved'
  if (outstanding > 0n) return 'active'
  return overpaid > 0n ? 'overpaid' : 'completed'
}
