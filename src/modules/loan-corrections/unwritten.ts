/** Transactions that are not written: money that is just coming in, and late fees that were never charged. */
import type { Day } from '#domain/day.ts'
import { addParts, type Instalment, NOTHING, type Parts } from '#domain/loans/instalment.ts'
import * as history from '#modules/loan-records/history-store.ts'
import type * as store from '#modules/loan-records/store.ts'
import type { Ctx } from '#platform/context.ts'

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

/** A late fee that was never charged would be entered now: behind all money that comes in. */
const NEVER_CHARGED = 2 ** 33

export interface Late {
  readonly marks: readonly history.Marks[]
  readonly forgiven: readonly history.Forgiven[]
}

/** Which instalments of loans that bear late fees were late, and which fees staff took back. */
export async function lateOf(ctx: Ctx, loans: readonly store.LoanRow[]): Promise<Late> {
  const ids = loans.filter((loan) => loan.terms.lateFee).map((loan) => loan.id)
  if (ids.length === 0) return { marks: [], forgiven: [] }
  return { marks: await history.readMarks(ctx, ids), forgiven: await history.forgivenLateFees(ctx, ids) }
}

export const ofLoan = ({ marks, forgiven }: Late, id: number): Late => ({
  marks: marks.filter(({ loanId }) => loanId === id),
  forgiven: forgiven.filter(({ loanId }) => loanId === id),
})

interface Charged {
  readonly items: readonly Standing[]
  readonly rows: readonly { readonly nr: number }[]
  readonly lateFeesTakenBack: readonly Standing[]
  readonly lateFeesForgiven: readonly history.Forgiven[]
}

/** Late instalments on which no fee was ever charged. */
export function withoutFee(marks: readonly history.Marks[], charged: Charged): Standing[] {
  const { items, rows, lateFeesTakenBack, lateFeesForgiven } = charged
  const fees = [...items.filter((one) => one.origin === 'late_fee'), ...lateFeesTakenBack]
  const known = new Set([...fees.map((fee) => fee.lines[0]!.nr), ...lateFeesForgiven.map(({ nr }) => nr)])
  const since = new Set(rows.map(({ nr }) => nr))
  return marks.flatMap(({ loanId, nr, lateFeeOn }): Standing[] => {
    if (lateFeeOn === null || known.has(nr) || !since.has(nr)) return []
    const rootId = NEVER_CHARGED + nr
    return [{ ...LATE_FEE, loanId, rootId, valueDay: lateFeeOn, lines: [{ nr, parts: NOTHING }] }]
  })
}

/** A course with late fees of today that are about to be written, each on its instalment. */
export function withLateFees<
  Loan extends { readonly items: readonly Standing[]; readonly rows: readonly (Instalment & object)[] },
>(course: Loan, fees: readonly { readonly nr: number; readonly parts: Parts; readonly day: Day }[]): Loan {
  const items = fees.map(({ nr, parts, day }): Standing => {
    const of = { loanId: 0, rootId: NEVER_CHARGED + nr, valueDay: day, amount: parts.penalty, parts }
    return { ...LATE_FEE, ...of, lines: [{ nr, parts }] }
  })
  const byNumber = new Map(fees.map(({ nr, parts }) => [nr, parts]))
  const rows = course.rows.map((row) => ({ ...row, due: addParts(row.due, byNumber.get(row.nr) ?? NOTHING) }))
  return { ...course, items: [...course.items, ...items], rows }
}
