/** Transactions that are not written yet: money that is just coming in, and late fees about to be charged. */
import type { Day } from '#domain/day.ts'
import { addParts, type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import type * as history from '#modules/loan-records/history-store.ts'

type Standing = history.Standing

export const UNWRITTEN = {
  id: 0,
  paymentId: null,
  account: null,
  reference: null,
  parts: NOTHING,
  overpayment: 0n,
  lines: [],
  entryId: null,
  reason: null,
  origin: 'entered',
  outOfBooks: false,
  unearned: 0n,
  earned: 0n,
  savingsAccountId: null,
  waiverId: null,
} as const

const LATE_FEE = {
  ...UNWRITTEN,
  kind: 'penalty',
  paymentType: 'repayment',
  origin: 'late_fee',
  amount: 0n,
  reason: 'late fee',
} as const

/** A late fee is entered now: behind all money that comes in. */
const CHARGED_NOW = 2 ** 33

/** A course with late fees of today that are about to be written, each on its instalment. */
export function withLateFees<
  Loan extends { readonly items: readonly Standing[]; readonly rows: readonly (Instalment & object)[] },
>(course: Loan, fees: readonly { readonly nr: number; readonly parts: Parts; readonly day: Day }[]): Loan {
  const items = fees.map(({ nr, parts, day }): Standing => {
    const of = { loanId: 0, rootId: CHARGED_NOW + nr, valueDay: day, amount: parts.penalty, parts }
    return { ...LATE_FEE, ...of, lines: [{ nr, parts }] }
  })
  const byNumber = new Map(fees.map(({ nr, parts }) => [nr, parts]))
  const rows = course.rows.map((row) => ({ ...row, due: addParts(row.due, byNumber.get(row.nr) ?? NOTHING) }))
  return { ...course, items: [...course.items, ...items], rows }
}
