/** What stands against a sale, rule by rule, and which step follows which. */
import { describe, expect, it } from 'vitest'
import { day } from '#domain/day.ts'
import {
  REASON_TEXTS,
  reasonsAgainst,
  SALE_REASONS,
  type SaleFacts,
  salePolicyOf,
} from '#domain/devices/sale-decision.ts'
import { SALE_PRESETS } from '#domain/devices/sale-preset.ts'
import { mayTake, SALE_STAGES, type SaleStep, stageOf } from '#domain/devices/sale-stage.ts'

const GOOD: SaleFacts = {
  ...{ today: day('2026-01-11'), born: day('1990-05-15'), identityOnRecord: true, missingDocuments: 0 },
  ...{ preset: SALE_PRESETS[1]!, downPercent: 30, financed: 245_000n, approvedAmount: 350_000n },
  ...{ instalment: 40_500n, instalmentsAYear: [365n, 15n] as const },
  ...{ openLoans: 0, loansInArrears: 0, loansWrittenOff: 0, monthlyIncome: null, incomeShare: 40 },
}

describe('reasons against a sale', () => {
  it.each<[string, Partial<SaleFacts>, readonly string[]]>([
    ['nothing', {}, []],
    ['no identity number', { identityOnRecord: false }, ['identity_missing']],
    ['no date of birth', { born: null }, ['date_of_birth_missing']],
    ['a photo is missing', { missingDocuments: 1 }, ['documents_missing']],
    ['the day before he is 21', { born: day('2005-01-12') }, ['age_not_eligible']],
    ['21 today', { born: day('2005-01-11') }, []],
    ['49, the last day', { born: day('1976-01-12') }, []],
    ['50 today, 30 % down', { born: day('1976-01-11') }, ['down_payment_not_offered']],
    ['50 today, 40 % down, 3000.00', { born: day('1976-01-11'), downPercent: 40, financed: 300_000n }, []],
    [
      '50 today, 40 % down, 3000.01',
      { born: day('1976-01-11'), downPercent: 40, financed: 300_001n },
      ['financed_above_limit'],
    ],
    ['60, the last day', { born: day('1965-01-12'), downPercent: 50 }, []],
    ['61 today', { born: day('1965-01-11'), downPercent: 50 }, ['age_not_eligible']],
    ['3500.00 at 35', { financed: 350_000n }, []],
    ['3500.01 at 35', { financed: 350_001n, approvedAmount: 400_000n }, ['financed_above_limit']],
    ['more than was approved for him', { approvedAmount: 244_999n }, ['financed_above_approved']],
    ['another loan', { openLoans: 1 }, ['open_loan']],
    ['another loan, late', { openLoans: 1, loansInArrears: 1 }, ['open_loan', 'loan_in_arrears']],
    ['a loan written off', { loansWrittenOff: 1 }, ['previous_write_off']],
    // 405.00 × 365/15 / 12 = 821.25 a month: 40 % of 2053.125
    ['income just enough', { monthlyIncome: 205_313n }, []],
    ['income a cent short', { monthlyIncome: 205_312n }, ['income_insufficient']],
    ['half the income may go', { monthlyIncome: 164_250n, incomeShare: 50 }, []],
    [
      'without a preset its rules are silent',
      { preset: null, downPercent: null, financed: 900_000n, approvedAmount: 900_000n },
      [],
    ],
  ])('%s', (_case, more, reasons) => {
    expect(reasonsAgainst({ ...GOOD, ...more })).toEqual(reasons)
  })

  it('has words for every one of them in both languages', () => {
    for (const reason of SALE_REASONS) {
      const { en, es } = REASON_TEXTS[reason]
      expect(en).toMatch(/^[A-Z].+\.$/)
      expect(es).toMatch(/^[A-ZÁÉÍÓÚ].+\.$/)
      expect(es).not.toBe(en)
    }
  })
})

it.each([
  [undefined, { documents: [], incomeShare: 40 }],
  [
    { documents: ['id_front', 7], incomeShare: 25 },
    { documents: ['id_front'], incomeShare: 25 },
  ],
  [
    { documents: 'all', incomeShare: 0 },
    { documents: [], incomeShare: 40 },
  ],
  [{ incomeShare: 101 }, { documents: [], incomeShare: 40 }],
])('a policy of %o is read as %o', (kept, read) => {
  expect(salePolicyOf(kept)).toEqual(read)
})

describe('the stages of a sale', () => {
  it.each([
    ['pending', false, false, 'applied'],
    ['approved', false, false, 'approved'],
    ['approved', false, true, 'approved'],
    ['approved', true, false, 'signed'],
    ['approved', true, true, 'ready'],
    ['active', true, true, 'active'],
    ['completed', true, true, 'completed'],
    ['written_off', true, true, 'written_off'],
    ['rejected', false, false, 'rejected'],
    ['withdrawn', true, true, 'cancelled'],
  ] as const)('loan %s, signed %s, paid down %s: %s', (loanStatus, signed, paidDown, stage) => {
    expect(stageOf({ loanStatus, signed, paidDown })).toBe(stage)
  })

  it.each<[SaleStep, string]>([
    ['decide', 'applied'],
    ['sign', 'approved'],
    ['pay_down', 'signed'],
    ['verify_down_payment', 'signed'],
    ['activate', 'ready'],
    ['undo_activation', 'active'],
    ['cancel', 'applied approved signed ready'],
  ])('%s: from %s only', (step, from) => {
    expect(SALE_STAGES.filter((stage) => mayTake(step, stage)).join(' ')).toBe(from)
  })
})
