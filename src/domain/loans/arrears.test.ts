import { describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { arrears } from '#domain/loans/arrears.ts'
import { type Instalment, NOTHING } from '#domain/loans/instalment.ts'

const instalment = (nr: number, dueDay: string, paid: bigint): Instalment => ({
  nr,
  dueDay: day(dueDay),
  due: { ...NOTHING, principal: 100n, interest: 10n },
  paid: { ...NOTHING, principal: paid, interest: paid > 0n ? 10n : 0n },
  waived: NOTHING,
})

const LOAN = [
  instalment(1, '2026-01-31', 100n),
  instalment(2, '2026-02-28', 40n),
  instalment(3, '2026-03-31', 0n),
  instalment(4, '2026-04-30', 0n),
]

const ROWS: [string, string, number, bigint, number | null][] = [
  ['paid up: nothing is overdue', '2026-02-01', 0, 0n, 2],
  ['on the due day an instalment is due, not overdue', '2026-02-28', 0, 0n, 2],
  ['the day after: one day past due, what is left of it', '2026-03-01', 1, 60n, 3],
  ['the oldest unpaid instalment counts the days', '2026-04-10', 41, 170n, 4],
  ['after the last due day nothing comes next', '2026-05-01', 62, 280n, null],
]

describe('arrears', () => {
  test.each(ROWS)('%s (%s)', (_rule, today, daysPastDue, overdue, next) => {
    const found = arrears(LOAN, day(today))
    expect(found.daysPastDue).toBe(daysPastDue)
    expect(found.overdue.principal + found.overdue.interest).toBe(overdue)
    expect(found.outstanding).toEqual({ ...NOTHING, principal: 260n, interest: 20n })
    expect(found.nextDue?.nr ?? null).toBe(next)
  })
})
