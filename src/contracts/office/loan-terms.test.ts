import { describe, expect, it } from 'vitest'
import { loanTerms, presentSchedule, quotedSchedule } from '#contracts/office/loan-terms.ts'
import { schedule } from '#domain/loans/schedule.ts'
import { messagesOf, namedIssues } from '#test/issues.ts'
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

const IN_TRANCHES = {
  disbursements: [
    { date: '2025-01-01', amount: '400.00' },
    { date: '2025-02-15', amount: '600.00' },
  ],
}
const LATE_FEE = { time: 'OVERDUE_FEES', calculation: 'FLAT', amount: '10', penalty: true }
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
  ['a term that nobody knows', { colour: 'red' }, 'colour'],
  ['a misspelt term', { instalmentMultiple: '10' }, 'instalmentMultiple'],
  ['a term of the grace that nobody knows', { grace: { colour: 1 } }, 'grace.colour'],
  [
    'a term of the day count that nobody knows',
    { dayCount: { daysInMonth: 30, daysInYear: 360, colour: 1 } },
    'dayCount.colour',
  ],
  [
    'a term of a disbursement that nobody knows',
    { disbursements: [{ date: '2025-01-01', amount: '1000.00', fee: '1' }] },
    'disbursements.0.fee',
  ],
  ['a term of a fee that nobody knows', { fees: [{ ...FEE, tax: '1' }] }, 'fees.0.tax'],
  [
    'a term of the length that nobody knows',
    { fixedLength: { count: 3, unit: 'months', colour: 1 } },
    'fixedLength.colour',
  ],
  [
    'a term of the recalculation that nobody knows',
    { overdueRecalculation: { asOf: '2025-03-01', rest: 'daily', colour: 1 } },
    'overdueRecalculation.colour',
  ],
  ['a balloon above the first tranche', { ...IN_TRANCHES, balloon: '400.01' }, 'balloon'],
  ['a start long before the disbursement', { scheduleStartDate: '2015-01-01' }, 'scheduleStartDate'],
  ['a start one instalment before the disbursement', { scheduleStartDate: '2024-12-01' }, 'scheduleStartDate'],
  ['a term that ends after the year 9999', { disbursementDate: '9999-11-01' }, 'numberOfRepayments'],
  ['a disbursement after the year 9999', { disbursementDate: '10000-01-01' }, 'disbursementDate'],
  ['a fee due in another age', { fees: [{ ...FEE, dueDate: '2925-01-01' }] }, 'fees'],
  ['a fee due before anything is lent', { fees: [{ ...FEE, dueDate: '2024-12-31' }] }, 'fees'],
  [
    'a fee whose minimum is above its maximum',
    { fees: [{ ...FEE, calculation: 'PERCENTAGE_AMOUNT', minimum: '5', maximum: '4' }] },
    'fees',
  ],
  ['a late fee as of no day', { fees: [LATE_FEE] }, 'fees.0.asOf'],
]

const MESSAGES: readonly (readonly [change: object, field: string, message: string])[] = [
  [{ numberOfRepayments: 1201 }, 'numberOfRepayments', 'Give 1 to 1200 instalments.'],
  [{ numberOfRepayments: 2.5 }, 'numberOfRepayments', 'Give 1 to 1200 instalments.'],
  [{ repaymentEvery: 0 }, 'repaymentEvery', 'Give 1 to 366 units between instalments.'],
  [{ principal: '12345678901234567' }, 'principal', 'Give an amount of at most 10000000000000.00.'],
  [{ principal: 99_999_999_999_999_984 }, 'principal', 'Give an amount of at most 10000000000000.00.'],
  [{ principal: '1000.001' }, 'principal', 'Give an amount with at most 2 decimals.'],
  [{ principal: '1000.5', decimals: 0 }, 'principal', 'Give an amount without decimals.'],
  [{ principal: '-5' }, 'principal', 'Give an amount of zero or more.'],
  [{ principal: 'much' }, 'principal', 'Give an amount as a decimal, "1250.00".'],
  [{ principal: true }, 'principal', 'Give a decimal as text, "1250.00".'],
  [{ annualRatePercent: '12345' }, 'annualRatePercent', 'Give a percentage of at most 9999.'],
  [{ annualRatePercent: '-1' }, 'annualRatePercent', 'Give a percentage of zero or more.'],
  [{ annualRatePercent: '1.123456789' }, 'annualRatePercent', 'Give a percentage with at most eight decimals.'],
  [{ disbursementDate: 20250101 }, 'disbursementDate', 'Give a day as YYYY-MM-DD.'],
]

describe('messages say what is wrong', () => {
  it.each(MESSAGES)('%j', (change, field, message) => {
    expect(messagesOf(loanTerms, { ...BODY, ...change })[field]).toBe(message)
  })
})

describe('late fees as of a day', () => {
  const rowsWith = (change: object): unknown[] =>
    presentSchedule(quotedSchedule(loanTerms.parse({ ...BODY, ...change })), 2).rows.flatMap((row) =>
      'penaltiesDue' in row ? [row.penaltiesDue] : [],
    )
  const PERCENT = { ...LATE_FEE, calculation: 'PERCENTAGE_LOAN_AMOUNT_PLUS_INTEREST', amount: '5' }
  const RECALCULATED = { asOf: '2025-03-02', rest: 'daily' }

  it.each<[string, object, string[]]>([
    ['on every instalment due before it', { fees: [{ ...LATE_FEE, asOf: '2025-03-02' }] }, ['10.00', '10.00', '0.00']],
    ['not on one due on it', { fees: [{ ...LATE_FEE, asOf: '2025-03-01' }] }, ['10.00', '0.00', '0.00']],
    // 5 % of 330.02 + 10.00
    ['a percentage of the instalment', { fees: [PERCENT], asOf: '2025-02-02' }, ['17.00', '0.00', '0.00']],
    [
      'as of the day of the recalculation',
      { fees: [LATE_FEE], overdueRecalculation: RECALCULATED },
      ['10.00', '10.00', '0.00'],
    ],
    [
      'only with the instalment of its own day',
      { fees: [{ ...LATE_FEE, dueDate: '2025-03-01', asOf: '2025-03-02' }] },
      ['0.00', '10.00', '0.00'],
    ],
  ])('%s', (_, change, penalties) => {
    expect(rowsWith(change)).toEqual(penalties)
  })

  it('overdue principal bears no interest where the terms say so', () => {
    const interest = (more: object) =>
      schedule(loanTerms.parse({ ...BODY, overdueRecalculation: { ...RECALCULATED, ...more } })).totals.interest
    const asPlanned = schedule(loanTerms.parse(BODY)).totals.interest
    expect(interest({})).toBeGreaterThan(asPlanned)
    expect(interest({ overdueBearsInterest: false })).toBe(asPlanned)
    expect(interest({ disallowInterestCalculationOnPastDue: true, nothingPaid: true })).toBe(asPlanned)
  })
})

describe('what is refused, by the field that stands in the way', () => {
  it.each(REFUSED)('%s', (_, change, field) => {
    expect(namedIssues(loanTerms, { ...BODY, ...change })).toContain(field)
  })

  it('fees that leave nothing to pay out, which only the schedule shows', () => {
    const fees = [{ ...FEE, time: 'DISBURSEMENT', calculation: 'PERCENTAGE_AMOUNT', amount: '100' }]
    expect(() => quotedSchedule(loanTerms.parse({ ...BODY, fees }))).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        data: { fields: { fees: 'Let the fees at disbursement be less than what is disbursed.' } },
      }),
    )
  })

  it('nothing at all', () => {
    expect(loanTerms.safeParse({}).error?.issues.length).toBeGreaterThan(5)
    expect(loanTerms.safeParse(null).success).toBe(false)
  })
})
