import { describe, expect, it } from 'vitest'
import { loanTerms, presentSchedule } from '#contracts/office/loan-terms.ts'
import { schedule } from '#domain/loans/schedule.ts'
import reference from '#test/vectors/schedules.json' with { type: 'json' }

describe('the reference schedules', () => {
  it.each(reference.vectors.map((v) => [v.id, v.group, v] as const))('%s | %s', (_, __, vector) => {
    const terms = loanTerms.parse(vector)
    const { rows, totals } = presentSchedule(schedule(terms), terms.decimals)
    expect(rows).toEqual(vector.expected)
    expect(totals).toEqual(vector.totals)
  })
})

const BODY = {
  engine: 'progressive',
  principal: '1000.00',
  disbursementDate: '2025-01-01',
  numberOfRepayments: 3,
  repaymentFrequency: 'months',
  annualRatePercent: '12',
  interestMethod: 'declining',
  dayCount: { daysInMonth: 30, daysInYear: 360 },
  interestCalculationPeriod: 'daily',
}

const FEE = { time: 'SPECIFIED_DUE_DATE', calculation: 'FLAT', amount: '10', dueDate: '2025-02-01' }

describe('what the office may leave out', () => {
  it('amortization, grace, fees, multiples, rounding, decimals, repaymentEvery', () => {
    const { rows, totals } = presentSchedule(schedule(loanTerms.parse(BODY)), 2)
    expect(rows).toHaveLength(4)
    expect(rows[1]).toMatchObject({ kind: 'installment', nr: 1, dueDate: '2025-02-01', totalDue: '340.02' })
    expect(totals).toMatchObject({ interestDue: '20.07', totalDue: '1020.07' })
  })

  it('numbers stand for their decimal text', () => {
    const numbers = { ...BODY, principal: 1000, annualRatePercent: 12 }
    expect(loanTerms.parse(numbers)).toEqual(loanTerms.parse(BODY))
  })
})

describe('what only the office can say', () => {
  it('contractual amounts, a first due day and flat interest', () => {
    const sent = {
      ...BODY,
      interestMethod: 'flat',
      firstDueDate: '2025-01-01',
      installmentAmounts: ['400', '400', '400'],
    }
    const { rows } = presentSchedule(schedule(loanTerms.parse(sent)), 2)
    expect(rows[1]).toMatchObject({
      dueDate: '2025-01-01',
      principalDue: '333.33',
      interestDue: '66.67',
      totalDue: '400.00',
    })
  })

  it('twice a month, a rate for the whole term, and a currency without decimals', () => {
    const sent = {
      ...BODY,
      principal: '1000',
      decimals: 0,
      repaymentFrequency: 'twiceMonthly',
      rateBasis: 'wholeTerm',
      interestMethod: 'flat',
    }
    const { rows, totals } = presentSchedule(schedule(loanTerms.parse(sent)), 0)
    expect(rows.slice(1).map((r) => r.dueDate)).toEqual(['2025-01-15', '2025-01-31', '2025-02-15'])
    expect(rows[1]).toMatchObject({ principalDue: '333', interestDue: '40', totalDue: '373' })
    expect(totals.totalDue).toBe('1120')
  })
})

const REFUSED: readonly (readonly [name: string, change: object, field: string])[] = [
  ['an unknown engine', { engine: 'magic' }, 'engine'],
  ['a day that is none', { disbursementDate: '2025-02-30' }, 'disbursementDate'],
  ['a rate that is none', { annualRatePercent: 'ten' }, 'annualRatePercent'],
  ['a rate too high', { annualRatePercent: '1001' }, 'annualRatePercent'],
  ['more decimals than the currency has', { principal: '1000.001' }, 'principal'],
  ['a negative amount', { principal: '-5' }, 'principal'],
  ['no amount', { principal: '0.00' }, 'principal'],
  ['an amount without end', { principal: '9'.repeat(100) }, 'principal'],
  ['a number that is none', { principal: Number.NaN }, 'principal'],
  ['too many instalments', { numberOfRepayments: 100_000 }, 'numberOfRepayments'],
  ['half an instalment', { numberOfRepayments: 2.5 }, 'numberOfRepayments'],
  ['a term of centuries', { numberOfRepayments: 1200, repaymentEvery: 12 }, 'numberOfRepayments'],
  ['a year of 362 days', { dayCount: { daysInMonth: 30, daysInYear: 362 } }, 'dayCount.daysInYear'],
  ['tranches that are not the principal', { disbursements: [{ date: '2025-01-01', amount: '1.00' }] }, 'disbursements'],
  [
    'a tranche with too many decimals',
    { disbursements: [{ date: '2025-01-01', amount: '1000.001' }] },
    'disbursements.0.amount',
  ],
  [
    'a thousand tranches',
    { disbursements: new Array(1000).fill({ date: '2025-01-01', amount: '1.00' }) },
    'disbursements',
  ],
  ['a fee of an unknown kind', { fees: [{ ...FEE, calculation: 'GUESS' }] }, 'fees.0.calculation'],
  ['a fee that is no number', { fees: [{ ...FEE, amount: 'x' }] }, 'fees.0.amount'],
  ['a percentage that is none', { fees: [{ ...FEE, calculation: 'PERCENTAGE_AMOUNT', amount: 'x' }] }, 'fees.0.amount'],
  ['a fee due on a day that it does not name', { fees: [{ ...FEE, dueDate: null }] }, 'fees.0.dueDate'],
  ['a thousand fees', { fees: new Array(1000).fill(FEE) }, 'fees'],
  ['two amounts for three instalments', { installmentAmounts: ['600', '600'] }, 'installmentAmounts'],
  ['grace of principal for ever', { grace: { principalInstallments: 3 } }, 'grace'],
]

describe('what is refused, by the field that stands in the way', () => {
  it.each(REFUSED)('%s', (_, change, field) => {
    const parsed = loanTerms.safeParse({ ...BODY, ...change })
    expect(parsed.success).toBe(false)
    expect(parsed.error?.issues.map((i) => i.path.join('.'))).toContain(field)
  })

  it('nothing at all', () => {
    expect(loanTerms.safeParse({}).error?.issues.length).toBeGreaterThan(5)
    expect(loanTerms.safeParse(null).success).toBe(false)
  })
})
