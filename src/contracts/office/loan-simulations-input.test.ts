import { describe, expect, test } from 'vitest'
import { simulatedSteps } from '#contracts/office/loan-simulations-present.ts'
import { loanSimulationBody } from '#contracts/office/loan-simulations-terms.ts'
import { loanTerms, presentSchedule, quotedSchedule } from '#contracts/office/loan-terms.ts'
import { Refusal } from '#domain/refusal.ts'
import { namedIssues } from '#test/issues.ts'
import reference from '#test/vectors/allocations.json' with { type: 'json' }

const [ADVANCED] = reference.cases
const BODY = structuredClone({ ...ADVANCED!, id: undefined, source: undefined })
const repayment = { op: 'repayment', date: '2024-02-01', amount: '17.01', businessDate: '2024-02-01' }

function bodyWith(path: string, value: unknown): unknown {
  const body: unknown = structuredClone(BODY)
  const keys = path.split('.')
  const holder = keys.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], body)
  ;(holder as Record<string, unknown>)[keys.at(-1)!] = value
  return body
}

/** The fields that stand in the way of a body which is right but for the value at a path. */
const wrongWith = (path: string, value: unknown): string[] => namedIssues(loanSimulationBody, bodyWith(path, value))

const FEE = { name: 'Service', time: 'INSTALLMENT_FEE', calculation: 'FLAT', amount: '1.50' }
/** The part of a row that both the quote and the simulation show. */
const shared = (row: object): object => Object.fromEntries(Object.entries(row).filter(([key]) => SHARED.includes(key)))
const SHARED = [
  'kind',
  'dueDate',
  'disbursed',
  'principalDue',
  'interestDue',
  'feesDue',
  'penaltiesDue',
  'totalDue',
  'balanceAfter',
]

const DUE = { op: 'charge', dueDate: '2024-02-01' }

const TABLE: [string, string, unknown, string[]][] = [
  ['a note that nobody reads', 'note', 'hello', []],
  ['no steps', 'steps', [], ['steps']],
  ['more steps than a simulation may have', 'steps', Array(101).fill(repayment), ['steps']],
  ['as many instalments as a simulation shows', 'loan.numberOfRepayments', 360, []],
  ['a strategy that is not known', 'strategy', 'mine', ['strategy']],
  ['no rules for the strategy that needs them', 'allocation', undefined, ['allocation']],
  ['no default rule', 'allocation.rules', {}, ['allocation.rules']],
  ['a rank that is not known', 'allocation.rules.DEFAULT.order.2', 'SOON_FEE', ['allocation.rules.DEFAULT.order.2']],
  ['no day of submission', 'loan.submittedOn', undefined, ['loan.submittedOn']],
  ['a day that is none', 'loan.submittedOn', '2024-02-30', ['loan.submittedOn']],
  ['more instalments than a simulation shows', 'loan.numberOfRepayments', 361, ['loan.numberOfRepayments']],
  ['an operation that is not known', 'steps.1.op', 'dance', ['steps.1.op']],
  ['a value day that is none', 'steps.1.date', '2024-13-01', ['steps.1.date']],
  ['an amount of nothing', 'steps.1.amount', '0', ['steps.1.amount']],
  ['a negative amount', 'steps.1.amount', '-5.00', ['steps.1.amount']],
  ['more decimals than the currency', 'steps.1.amount', '1.001', ['steps.1.amount']],
  ['an amount beyond all reason', 'steps.1.amount', '99999999999999.99', ['steps.1.amount']],
  ['a charge without a due day', 'steps.1.op', 'charge', ['steps.1.dueDate']],
  ['a charge reckoned in no known way', 'steps.1', { ...DUE, calculation: 'GUESS' }, ['steps.1.calculation']],
  ['an undo of nothing in particular', 'steps.1.op', 'undo', ['steps.1.which']],
  ['a term of the loan that nobody knows', 'loan.colour', 'red', ['loan.colour']],
  ['a term within the loan’s terms that nobody knows', 'loan.grace.colour', 1, ['loan.grace.colour']],
  ['a fee of the loan with a term that nobody knows', 'loan.fees', [{ ...FEE, when: 1 }], ['loan.fees.0.when']],
  [
    'a late fee among the terms',
    'loan.fees',
    [{ ...FEE, time: 'OVERDUE_FEES', asOf: '2024-03-01' }],
    ['loan.fees.0.time'],
  ],
  [
    'disbursements, which are steps',
    'loan.disbursements',
    [{ date: '2024-01-01', amount: '1' }],
    ['loan.disbursements'],
  ],
  ['a field of a step that nobody knows', 'steps.1.colour', 'red', ['steps.1.colour']],
  ['a field of the body that nobody knows', 'colour', 'red', ['colour']],
  ['a rule for what is no transaction', 'allocation.rules.GIFT', {}, ['allocation.rules.GIFT']],
  ['a field of a rule that nobody knows', 'allocation.rules.DEFAULT.colour', 1, ['allocation.rules.DEFAULT.colour']],
  ['a field of the allocation that nobody knows', 'allocation.colour', 'red', ['allocation.colour']],
  ['what a reference vector says about a step', 'steps.1.expect', { schedule: [] }, []],
  ['an undo of no known kind', 'steps.1', { ...DUE, op: 'undo', which: '1. Gift' }, ['steps.1.which']],
]

describe('the body of a loan simulation', () => {
  test.each(TABLE)('%s', (_name, path, value, fields) => {
    expect(wrongWith(path, value)).toEqual(fields)
  })

  test('more rows in all than a simulation may show', () => {
    const steps = Array(40).fill(repayment)
    const read = loanSimulationBody.safeParse({ ...BODY, loan: { ...BODY.loan, numberOfRepayments: 360 }, steps })
    expect(read.error?.issues.map((issue) => issue.message)).toEqual(['Send at most 33 steps for so many instalments.'])
  })

  const REFERRED: [string, object, string][] = [
    ['an undo of what was never made', { op: 'undo', which: '2. Repayment dated 2024-02-01' }, 'steps.2.which'],
    ['a waiver of no charge', { op: 'waiveCharge', charge: 'LATE_FEE' }, 'steps.2.charge'],
    ['a disbursement after the term', { op: 'disburse', date: '2025-01-01', amount: '1.00' }, 'steps.2.date'],
  ]
  test.each(REFERRED)('%s', (_name, referring, field) => {
    const steps = [...BODY.steps, { businessDate: '2024-02-02', ...referring }]
    const body = loanSimulationBody.parse({ ...BODY, steps })
    try {
      simulatedSteps(body)
      expect.unreachable()
    } catch (refused) {
      expect(refused).toBeInstanceOf(Refusal)
      expect((refused as Refusal).code).toBe('invalid_input')
      expect(Object.keys((refused as Refusal).data.fields as object)).toEqual([field])
    }
  })

  test('a balloon above what a step disburses is named as the term that it is', () => {
    const [disbursement] = BODY.steps
    const small = { ...disbursement, amount: '30.00' }
    const body = loanSimulationBody.parse({ ...BODY, loan: { ...BODY.loan, balloon: '40.00' }, steps: [small] })
    expect(() => simulatedSteps(body)).toThrow(
      expect.objectContaining({ data: { fields: { 'loan.balloon': expect.stringContaining('at most 30.00') } } }),
    )
  })

  const FEES = [FEE, { ...FEE, calculation: 'PERCENTAGE_AMOUNT', amount: '2' }]
  const AT_SOURCE = {
    name: 'Processing',
    time: 'DISBURSEMENT',
    calculation: 'PERCENTAGE_DISBURSEMENT_AMOUNT',
    amount: '1',
  }
  const VISIT = { dueDate: DUE.dueDate, name: 'Visit', time: 'SPECIFIED_DUE_DATE', calculation: 'FLAT', amount: '3' }

  test('fees that are part of the terms are owed as a quote says', () => {
    const fees = [...FEES, AT_SOURCE, VISIT]
    const { submittedOn, ...terms } = BODY.loan
    const quoted = loanTerms.parse({ ...terms, disbursementDate: submittedOn, fees })
    const { rows, totals } = presentSchedule(quotedSchedule(quoted), 2)
    const body = loanSimulationBody.parse({ ...BODY, loan: { ...BODY.loan, fees }, steps: [BODY.steps[0]!] })
    const [first] = simulatedSteps(body).steps
    expect(first!.schedule.map(shared)).toEqual(rows.map(shared))
    expect(first!.schedule[0]).toMatchObject({ disbursed: '100.00', feesDue: '1.00' })
    expect(first!.totals).toMatchObject({ feesDue: '14.00', totalDue: totals.totalDue })
  })

  test('a pay-off closes the loan', () => {
    const steps = [BODY.steps[0]!, { op: 'payOff', date: '2024-02-01', businessDate: '2024-02-01' }]
    const found = simulatedSteps(loanSimulationBody.parse({ ...BODY, steps })).steps.at(-1)!
    expect([found.status, found.outstanding]).toEqual(['Closed (obligations met)', '0.00'])
    expect(found.transactions.at(-1)).toMatchObject({ type: 'Repayment', amount: '102.05', balanceAfter: '0.00' })
  })

  const NOT_ON_OVERDUE: [string, object][] = [
    ['overdueBearsInterest', { interestRecalculation: { overdueBearsInterest: false } }],
    ['its opposite', { interestRecalculation: { disallowInterestCalculationOnPastDue: true } }],
    ['its opposite, of the loan', { interestRecalculation: true, disallowInterestCalculationOnPastDue: true }],
  ]
  test.each(NOT_ON_OVERDUE)('overdue principal bears no interest, by the name of %s', (_name, terms) => {
    const steps = [BODY.steps[0]!, { op: 'endOfDay', businessDate: '2024-03-15' }]
    const read = (loan: object) =>
      simulatedSteps(loanSimulationBody.parse({ ...BODY, loan: { ...BODY.loan, ...loan }, steps }))
    expect(read(terms).steps.at(-1)!.totals.interestDue).toBe('2.05')
    expect(read({ interestRecalculation: true }).steps.at(-1)!.totals.interestDue).not.toBe('2.05')
  })

  const NAMED = [
    'the last repayment made',
    '1. Repayment dated 2024-02-01',
    '1. transaction dated 2024-02-01',
    '1. repayment-type transaction of the loan (listed by date)',
  ]
  test.each(NAMED)('undo "%s"', (which) => {
    const steps = [...BODY.steps, { op: 'undo', which, businessDate: '2024-02-02' }]
    const found = simulatedSteps(loanSimulationBody.parse({ ...BODY, steps })).steps.at(-1)!
    expect(found.transactions.map((t) => [t.type, t.reverted])).toEqual([
      ['Disbursement', false],
      ['Repayment', true],
    ])
    expect([found.status, found.outstanding, found.overpaid]).toEqual(['Active', '102.05', '0.00'])
  })

  test('interest recalculation by name: the early payment of February lowers what is owed', () => {
    const early = { ...repayment, date: '2024-02-15', businessDate: '2024-02-15' }
    const loan = { ...BODY.loan, interestRecalculation: true }
    const steps = [...BODY.steps, early]
    const found = simulatedSteps(loanSimulationBody.parse({ ...BODY, loan, steps })).steps.at(-1)!
    expect(found.schedule[2]).toMatchObject({ principalDue: '16.77', interestDue: '0.24', inAdvance: '17.01' })
    expect(found.schedule[3]).toMatchObject({ principalDue: '16.42', interestDue: '0.59' })
  })
})
