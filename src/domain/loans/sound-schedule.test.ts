/** Terms are refused by name, or a schedule follows from them that nobody has to be ashamed of. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { soundSchedule } from '#domain/loans/sound-schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { MAX_MINOR } from '#domain/money.ts'
import { percent } from '#domain/rate.ts'
import { oddTerms } from '#test/arbitrary-terms.ts'
import { type Agreed, chargeOf, minor, termsOf } from '#test/schedule-rows.ts'

const tranches = (...each: [on: string, amount: string][]) =>
  each.map(([on, amount]) => ({ day: day(on), amount: minor(amount) }))

const atSource = (charge: Parameters<typeof chargeOf>[0]) => ({
  charges: [chargeOf({ time: 'disbursement', basis: 'flat', ...charge })],
})
const FEBRUARY_AND_MAY = tranches(['2025-01-01', '400.00'], ['2025-02-15', '600.00'])

const REFUSED: readonly (readonly [name: string, agreed: Agreed, field: keyof LoanTerms, advice: string])[] = [
  [
    'a balloon above what a down payment leaves',
    { balloon: minor('800.01'), downPayment: percent('20') },
    'balloon',
    'Give a balloon of at most 800.00: what is lent before the first instalment, less its down payment.',
  ],
  [
    'a balloon above the first tranche',
    { balloon: minor('400.01'), disbursements: FEBRUARY_AND_MAY },
    'balloon',
    'Give a balloon of at most 400.00: what is lent before the first instalment, less its down payment.',
  ],
  [
    'a down payment of everything',
    { downPayment: percent('100') },
    'downPayment',
    'Leave something to repay in instalments: the down payment takes everything.',
  ],
  [
    'a fee that leaves nothing to pay out',
    atSource({ amount: '1000.00' }),
    'charges',
    'Let the fees at disbursement be less than what is disbursed.',
  ],
  [
    'a fee of more than the second tranche',
    { disbursements: FEBRUARY_AND_MAY, charges: [chargeOf({ time: 'tranche', amount: '500.00' })] },
    'charges',
    'Let the fees at disbursement be less than what is disbursed.',
  ],
  [
    'interest that no books can hold',
    { principal: '9000000000000.00', rate: '200', rateBasis: 'perPeriod' },
    'rate',
    'Let the interest of the whole term be at most 10000000000000.00: lower the rate.',
  ],
  [
    'fees that no books can hold',
    { principal: '9000000000000.00', charges: [chargeOf({ basis: 'principal', percent: '200' })] },
    'charges',
    'Let the fees of the whole term be at most 10000000000000.00.',
  ],
]

describe('terms that only their schedule shows to be wrong', () => {
  it.each(REFUSED)('%s', (_, agreed, field, advice) => {
    expect(soundSchedule(termsOf(agreed)).fault).toEqual({ field, advice })
  })

  it('a balloon of all that is lent at first leaves interest until the end', () => {
    const { schedule } = soundSchedule(termsOf({ balloon: minor('800.00'), downPayment: percent('20') }))
    const due = schedule!.rows.flatMap((row) => (row.kind === 'instalment' ? [row.due] : []))
    expect(due.map(({ principal, interest }) => [principal, interest])).toEqual([
      [0n, 800n],
      [0n, 800n],
      [80_000n, 800n],
    ])
  })
})

describe('whatever terms somebody sends in', () => {
  it('they are refused by name, or every row is in order, none is negative, and the principal is repaid', () => {
    let sound = 0
    fc.assert(
      fc.property(oddTerms(), (terms) => {
        const { schedule, fault } = soundSchedule(terms)
        if (fault) {
          expect(Object.keys(terms)).toContain(fault.field)
          return
        }
        sound += 1
        const { rows, totals } = schedule
        let balance = 0n
        let before = ''
        for (const row of rows) {
          const on = row.kind === 'disbursement' ? row.day : row.dueDay
          expect(on >= before && /^\d{4}-\d\d-\d\d$/.test(on)).toBe(true)
          before = on
          balance += row.kind === 'disbursement' ? row.amount : -row.due.principal
          if (row.kind === 'disbursement') {
            expect(row.fee >= 0n && row.fee < row.amount).toBe(true)
          } else {
            expect(Object.values(row.due).every((part) => part >= 0n)).toBe(true)
            expect(row.balanceAfter === balance && balance >= 0n).toBe(true)
          }
        }
        expect(totals.principal).toBe(terms.principal)
        expect(Object.values(totals).every((total) => total <= MAX_MINOR)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
    expect(sound).toBeGreaterThan(150)
  })
})
