/** Schedules as lines of text, so that a table of expected rows can be read beside the arithmetic. */
import { day } from '#domain/day.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { type InstalmentRow, type ScheduleRow, schedule } from '#domain/loans/schedule.ts'
import type { Charge, LoanTerms } from '#domain/loans/terms.ts'
import { formatMinor, parseMinor } from '#domain/money.ts'
import { percent } from '#domain/rate.ts'

export type Agreed = Partial<Omit<LoanTerms, 'principal' | 'rate' | 'startDay'>> & {
  /** "1000.00" */
  readonly principal?: string
  /** "12" */
  readonly rate?: string
  /** "2025-01-01" */
  readonly on?: string
}

export const minor = (text: string): bigint => parseMinor(text, 2)!

/** Usual terms but for what is given: 1,000.00 at 12 % a year, three monthly instalments from 1 January 2025. */
export function termsOf({ principal = '1000.00', rate = '12', on = '2025-01-01', ...rest }: Agreed): LoanTerms {
  const amount = minor(principal)
  const startDay = day(on)
  const disbursements = [{ day: startDay, amount }]
  return { ...USUAL, principal: amount, rate: percent(rate), startDay, disbursements, instalments: 3, ...rest }
}

const money = (amount: bigint): string => formatMinor(amount, 2)

/** "2025-02-01 31 | 330.02 + 10.00 = 340.02 | 669.98": due day and days, principal and interest, balance after. */
export function lineOf(row: ScheduleRow): string {
  if (row.kind === 'disbursement') return `${row.day} paid out ${money(row.amount)}`
  const { principal, interest } = row.due
  const kind = row.kind === 'downPayment' ? ' down' : ''
  const parts = `${money(principal)} + ${money(interest)} = ${money(principal + interest)}`
  return `${row.dueDay} ${row.days}${kind} | ${parts} | ${money(row.balanceAfter)}`
}

/** All rows after the first disbursement. */
export const linesOf = (agreed: Agreed): string[] => schedule(termsOf(agreed)).rows.map(lineOf).slice(1)

export function instalmentRows(terms: LoanTerms): InstalmentRow[] {
  return schedule(terms).rows.filter((r): r is InstalmentRow => r.kind !== 'disbursement')
}

/** A charge but for what is given: a flat fee of nothing with every instalment. */
export function chargeOf({
  percent: rate,
  amount,
  ...rest
}: Partial<Omit<Charge, 'percent' | 'amount'>> & { percent?: string; amount?: string }): Charge {
  return {
    name: '',
    time: 'instalment',
    basis: 'flat',
    amount: amount ? minor(amount) : 0n,
    percent: percent(rate ?? '0'),
    penalty: false,
    dueDay: null,
    least: null,
    most: null,
    ...rest,
  }
}
