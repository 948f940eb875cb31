import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { schedule } from '#domain/loans/schedule.ts'
import type { Charge } from '#domain/loans/terms.ts'
import { formatMinor } from '#domain/money.ts'
import { percent } from '#domain/rate.ts'
import { chargeOf, type Agreed, minor, termsOf } from '#test/schedule-rows.ts'

/** "2025-02-01 4.00" for a fee, "… 4.00 / 20.00" with a penalty; rows without charges left out. */
function charged(charges: readonly Charge[], agreed: Agreed = {}): string[] {
  const money = (amount: bigint): string => formatMinor(amount, 2)
  return schedule(termsOf({ ...agreed, charges })).rows.flatMap((row) => {
    if (row.kind === 'disbursement')
      return row.fee === 0n ? [] : [`${row.day} ${money(row.fee)} of ${money(row.amount)}`]
    const { fee, penalty } = row.due
    if (fee === 0n && penalty === 0n) return []
    return [`${row.dueDay} ${money(fee)}${penalty === 0n ? '' : ` / ${money(penalty)}`}`]
  })
}

const on = (text: string, more: Parameters<typeof chargeOf>[0] = {}) =>
  chargeOf({ time: 'dueDay', dueDay: day(text), amount: '20.00', ...more })

const TRANCHES = {
  principal: '1500.00',
  disbursements: [
    { day: day('2025-01-01'), amount: minor('1000.00') },
    { day: day('2025-02-15'), amount: minor('500.00') },
  ],
}

/** 1,000.00 at 12 %: 330.02 + 10.00, 333.32 + 6.70, 336.66 + 3.37; interest 20.07 in all. */
const TABLE: readonly (readonly [name: string, charges: readonly Charge[], rows: readonly string[]])[] = [
  ['on the start day: with the first instalment', [on('2025-01-01')], ['2025-02-01 20.00']],
  ['before the start: with the first instalment', [on('2024-12-31')], ['2025-02-01 20.00']],
  ['on a due day: with the instalment due then', [on('2025-02-01')], ['2025-02-01 20.00']],
  ['the day after: with the next', [on('2025-02-02', { penalty: true })], ['2025-03-01 0.00 / 20.00']],
  [
    'after maturity: an instalment of its own, due with the last of them',
    [on('2025-04-02'), on('2025-05-01', { penalty: true, amount: '5.00' })],
    ['2025-05-01 20.00 / 5.00'],
  ],
  [
    'a percentage of the whole principal on a day of its own',
    [on('2025-03-01', { basis: 'principal', percent: '1.5' })],
    ['2025-03-01 15.00'],
  ],
  [
    'a percentage of all interest: 10 % of 20.07',
    [on('2025-03-01', { basis: 'interest', percent: '10' })],
    ['2025-03-01 2.01'], // 2.007
  ],
  [
    'a percentage of each instalment',
    [chargeOf({ basis: 'principalAndInterest', percent: '1' })],
    ['2025-02-01 3.40', '2025-03-01 3.40', '2025-04-01 3.40'], // 340.02 and 340.03: 3.4002, 3.4003
  ],
  [
    'at least 4.00',
    [chargeOf({ basis: 'principalAndInterest', percent: '1', least: 400n })],
    ['2025-02-01 4.00', '2025-03-01 4.00', '2025-04-01 4.00'],
  ],
  [
    'at most 3.33, each rounded for itself: 330.02 and 333.32 and 336.66 at 1 %',
    [chargeOf({ basis: 'principal', percent: '1', most: 333n })],
    ['2025-02-01 3.30', '2025-03-01 3.33', '2025-04-01 3.33'],
  ],
  [
    'taken out of the disbursement: 2.5 % of 1,000.00, capped at 20.00',
    [chargeOf({ time: 'disbursement', basis: 'principal', percent: '2.5', most: 2000n })],
    ['2025-01-01 20.00 of 1000.00'],
  ],
]

describe('charges', () => {
  it.each(TABLE)('%s', (_, charges, rows) => {
    expect(charged(charges)).toEqual(rows)
  })

  it('for every tranche, of what is disbursed; at disbursement only with the first', () => {
    const charges = [
      chargeOf({ time: 'tranche', basis: 'disbursed', percent: '1' }),
      chargeOf({ time: 'disbursement', amount: '3.00' }),
    ]
    expect(charged(charges, TRANCHES)).toEqual(['2025-01-01 13.00 of 1000.00', '2025-02-15 5.00 of 500.00'])
  })

  it('no down payment carries one', () => {
    const charges = [chargeOf({ amount: '10.00' }), on('2025-01-01')]
    const rows = ['2025-02-01 30.00', '2025-03-01 10.00', '2025-04-01 10.00']
    expect(charged(charges, { downPayment: percent('25') })).toEqual(rows)
  })

  it('what is taken at disbursement is no part of the totals', () => {
    const { totals } = schedule(
      termsOf({ charges: [chargeOf({ time: 'disbursement', amount: '3.00' }), on('2025-02-01')] }),
    )
    expect(totals).toEqual({ penalty: 0n, fee: 2000n, interest: 2007n, principal: 100_000n })
  })
})
