import { expect, it } from 'vitest'
import { type Day, day } from '#domain/day.ts'
import { NOTHING } from '#domain/loans/instalment.ts'
import { type StatedTransaction, statementOf } from '#domain/loans/statement.ts'

let ids = 0
// tidy: a transaction reads best as a line
const one = (kind: string, on: string, amount: bigint, more: Partial<StatedTransaction> = {}): StatedTransaction => ({
  ...{ id: ++ids, kind, valueDay: day(on) as Day, amount, parts: NOTHING, overpayment: 0n, reference: null },
  ...more,
})
const shown = (transactions: StatedTransaction[], due: Partial<typeof NOTHING>, waived = 0n) =>
  statementOf({ transactions, due: { ...NOTHING, ...due }, waived }).map(({ kind, debit, credit, balance }) => [
    kind,
    Number(debit),
    Number(credit),
    Number(balance),
  ])

it('charges what was agreed on with the disbursement, and a fee that was kept back as charged and paid', () => {
  const lent = one('disbursement', '2026-01-15', 1000n, { parts: { ...NOTHING, principal: 1000n, fee: 30n } })
  expect(shown([lent], { principal: 1000n, interest: 100n, fee: 12n })).toEqual([
    ['disbursement', 1000, 0, 1000],
    ['fee_kept_back', 30, 30, 1000],
    ['interest', 100, 0, 1100],
    ['fee', 12, 0, 1112],
  ])
})

it('charges a fee of its own once, lets a loss stand as owed, and ends below nothing where there is credit', () => {
  const lent = one('disbursement', '2026-01-15', 1000n)
  const later = [
    one('repayment', '2026-02-10', 400n),
    one('fee', '2026-02-01', 50n),
    one('write_off', '2026-03-01', 650n),
    one('waiver', '2026-03-01', 50n),
    one('recovery', '2026-03-05', 700n),
    one('credit_refund', '2026-03-06', 40n),
  ]
  expect(shown([lent, ...later], { principal: 1000n, fee: 50n }, 50n)).toEqual([
    ['disbursement', 1000, 0, 1000],
    ['fee', 50, 0, 1050],
    ['repayment', 0, 400, 650],
    ['write_off', 0, 0, 650],
    ['waiver', 0, 50, 600],
    ['recovery', 0, 700, -100],
    ['credit_refund', 40, 0, -60],
  ])
})

it('counts of waivers what they still give up, where an earlier payment came to pay the rest', () => {
  const given = [one('waiver', '2026-02-01', 50n), one('waiver', '2026-02-02', 30n)]
  expect(shown([one('disbursement', '2026-01-15', 1000n), ...given], { principal: 1000n }, 60n)).toEqual([
    ['disbursement', 1000, 0, 1000],
    ['waiver', 0, 50, 950],
    ['waiver', 0, 10, 940],
  ])
})
