/** A loan's statement: every line raises or lowers what the customer owes, and the lines add up to it. */
import type { Day } from '#domain/day.ts'
import type { Parts } from '#domain/loans/instalment.ts'
import { min } from '#domain/money.ts'

/** A transaction that stands, as far as a statement needs it. */
export interface StatedTransaction {
  readonly id: number
  readonly kind: string
  readonly valueDay: Day
  readonly amount: bigint
  readonly parts: Parts
  readonly overpayment: bigint
  readonly reference: string | null
}

export interface Stated {
  readonly transactions: readonly StatedTransaction[]
  /** What is due on all instalments together, as they stand now. */
  readonly due: Parts
  /** What waivers now give up of it: less than they were entered with where an earlier payment came to pay it after all. */
  readonly waived: bigint
}

export interface StatementLine {
  readonly day: Day
  /** A kind of transaction, or `interest`, `fee` and `penalty` as agreed on, or `fee_kept_back`. */
  readonly kind: string
  readonly reference: string | null
  /** Minor units, as all amounts: what raises the debt, and what lowers it. */
  readonly debit: bigint
  readonly credit: bigint
  /** What is owed after this line; negative: the customer's credit. */
  readonly balance: bigint
}

type Movement = Omit<StatementLine, 'balance'>

/**
 * The lines by day. Interest, fees and penalties that belong to the agreement stand with the disbursement, as they are agreed
 * now; a fee that was kept back from what was paid out is charged and paid there.
 */
export function statementOf(stated: Stated): StatementLine[] {
  const ordered = stated.transactions.toSorted((a, b) => compare(a.valueDay, b.valueDay) || a.id - b.id)
  let balance = 0n
  let waived = stated.waived
  const worth = (one: StatedTransaction): StatedTransaction => {
    if (one.kind !== 'waiver') return one
    const amount = min(one.amount, waived)
    waived -= amount
    return { ...one, amount }
  }
  return ordered
    .map(worth)
    .flatMap((one) => (one.kind === 'disbursement' ? [movementOf(one), ...agreedWith(one, stated)] : [movementOf(one)]))
    .map((line) => {
      balance += line.debit - line.credit
      return { ...line, balance }
    })
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const RAISES: readonly string[] = ['disbursement', 'fee', 'penalty', 'credit_refund']
const LOWERS: readonly string[] = ['repayment', 'recovery', 'waiver']

/** A loss moves nothing for the customer, who still owes it. */
const movementOf = ({ kind, valueDay: day, reference, amount }: StatedTransaction): Movement => ({
  ...{ day, kind, reference },
  debit: RAISES.includes(kind) ? amount : 0n,
  credit: LOWERS.includes(kind) ? amount : 0n,
})

function agreedWith({ valueDay: day, parts }: StatedTransaction, { due, transactions }: Stated): Movement[] {
  const chargedLater = (kind: 'fee' | 'penalty'): bigint =>
    transactions.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.amount, 0n)
  const lines: Movement[] = [
    { day, kind: 'fee_kept_back', reference: null, debit: parts.fee, credit: parts.fee },
    { day, kind: 'interest', reference: null, debit: due.interest, credit: 0n },
    { day, kind: 'fee', reference: null, debit: due.fee - chargedLater('fee'), credit: 0n },
    { day, kind: 'penalty', reference: null, debit: due.penalty - chargedLater('penalty'), credit: 0n },
  ]
  return lines.filter(({ debit, credit }) => debit !== 0n || credit !== 0n)
}
