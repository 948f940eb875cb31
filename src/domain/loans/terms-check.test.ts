import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import { faultIn } from '#domain/loans/terms-check.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { percent, rateOfUnits } from '#domain/rate.ts'
import { minor, termsOf } from '#test/schedule-rows.ts'

const grace = (of: Partial<LoanTerms['grace']>) => ({
  grace: { principal: 0, interestPayment: 0, interestFree: 0, ...of },
})
const paidOut = (on: string, amount: string) => ({ day: day(on), amount: minor(amount) })

const TABLE: readonly (readonly [name: string, wrong: Partial<LoanTerms>, field: keyof LoanTerms])[] = [
  ['no principal', { principal: 0n }, 'principal'],
  ['more than any ledger holds', { principal: 10n ** 16n }, 'principal'],
  ['no instalment', { instalments: 0 }, 'instalments'],
  ['half an instalment', { instalments: 1.5 }, 'instalments'],
  ['too many', { instalments: 1201 }, 'instalments'],
  ['a term beyond a hundred years', { instalments: 101, every: 12 }, 'instalments'],
  ['no time between instalments', { every: 0 }, 'every'],
  ['a negative rate', { rate: rateOfUnits(-1n) }, 'rate'],
  ['a rate nobody may agree on', { rate: percent('1000.00000001') }, 'rate'],
  ['nothing disbursed', { disbursements: [] }, 'disbursements'],
  [
    'a disbursement of nothing',
    { disbursements: [paidOut('2025-01-01', '1000.00'), paidOut('2025-01-02', '0')] },
    'disbursements',
  ],
  [
    'disbursements out of order',
    { disbursements: [paidOut('2025-01-02', '500.00'), paidOut('2025-01-01', '500.00')] },
    'disbursements',
  ],
  ['disbursements that are not the principal', { disbursements: [paidOut('2025-01-01', '999.99')] }, 'disbursements'],
  ['a negative grace', grace({ interestFree: -1 }), 'grace'],
  ['grace of principal in all instalments', grace({ principal: 3 }), 'grace'],
  ['grace of interest in all instalments', grace({ interestPayment: 3 }), 'grace'],
  ['a balloon above the principal', { balloon: minor('1000.01') }, 'balloon'],
  ['a down payment of more than all', { downPayment: percent('100.5') }, 'downPayment'],
  ['multiples of nothing', { multiple: 0n }, 'multiple'],
  ['the later of two days first', { frequency: 'twiceMonthly', twiceMonthlyDays: [31, 15] }, 'twiceMonthlyDays'],
  ['a first due day before the start', { firstDueDay: day('2024-12-31') }, 'firstDueDay'],
  ['an end before the instalment before the last', { fixedLength: { count: 59, unit: 'days' } }, 'fixedLength'],
  ['an end that is none', { fixedLength: { count: 0, unit: 'days' } }, 'fixedLength'],
  [
    'two amounts for three instalments',
    { contractualInstalments: [minor('500.00'), minor('500.00')] },
    'contractualInstalments',
  ],
  [
    'amounts that do not repay the loan',
    { contractualInstalments: ['300.00', '300.00', '399.99'].map(minor) },
    'contractualInstalments',
  ],
]

describe('terms that do not hang together', () => {
  it.each(TABLE)('%s', (_, wrong, field) => {
    expect(faultIn({ ...termsOf({}), ...wrong })).toMatchObject({ field, advice: expect.stringMatching(/\.$/) })
  })

  it('all is well with the usual ones', () => {
    expect(faultIn(termsOf({}))).toBeNull()
  })

  it('amounts need not repay what was paid down', () => {
    const contractualInstalments = ['300.00', '300.00', '150.00'].map(minor)
    expect(faultIn(termsOf({ contractualInstalments, downPayment: percent('25') }))).toBeNull()
    expect(faultIn(termsOf({ contractualInstalments, downPayment: percent('24') }))?.field).toBe(
      'contractualInstalments',
    )
  })
})
