import { describe, expect, test } from 'vitest'
import { day } from '#domain/day.ts'
import { allocate, applyAllocation } from '#domain/loans/allocation.ts'
import {
  type AdvanceTarget,
  type AllocationRule,
  type DueType,
  type RankedRule,
  DEFAULT_RULE,
  FEE_LAST_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
} from '#domain/loans/allocation-rule.ts'
import { type Component, type Instalment, NOTHING } from '#domain/loans/instalment.ts'

const DUE = { penalty: 5n, fee: 10n, interest: 20n, principal: 100n }
const instalment = (nr: number, startDay: string, dueDay: string): Instalment => ({
  nr,
  startDay: day(startDay),
  dueDay: day(dueDay),
  due: DUE,
  paid: NOTHING,
  waived: NOTHING,
})

/** Three instalments of 135: penalty 5, fee 10, interest 20, principal 100. */
const LOAN = [
  instalment(1, '2026-01-01', '2026-02-01'),
  instalment(2, '2026-02-01', '2026-03-01'),
  instalment(3, '2026-03-01', '2026-04-01'),
]

const DUE_TYPES: readonly DueType[] = ['pastDue', 'due', 'inAdvance']
const ORDER: readonly Component[] = ['penalty', 'fee', 'principal', 'interest']
const ranked = (inAdvanceTo: AdvanceTarget, processing: RankedRule['processing'] = 'horizontal'): RankedRule => ({
  order: 'ranked',
  processing,
  inAdvanceTo,
  ranks: DUE_TYPES.flatMap((due) => ORDER.map((component) => ({ due, component }))),
})

/** "1: 5 10 20 100" is what instalment 1 receives of penalty, fee, interest and principal. */
function lines(paid: { amount: bigint; on: string }, rule: AllocationRule, loan = LOAN): string[] {
  const found = allocate(loan, { amount: paid.amount, day: day(paid.on) }, rule)
  const texts = found.lines.map(({ nr, parts: p }) => `${nr}: ${p.penalty} ${p.fee} ${p.interest} ${p.principal}`)
  return found.overpayment > 0n ? [...texts, `overpayment ${found.overpayment}`] : texts
}

const TABLE: [string, bigint, string, AllocationRule, string[]][] = [
  ['less than a penalty', 3n, '2026-02-01', DEFAULT_RULE, ['1: 3 0 0 0']],
  ['penalty, fee, interest, principal', 40n, '2026-02-01', DEFAULT_RULE, ['1: 5 10 20 5']],
  ['oldest first, whatever its day', 145n, '2026-01-05', DEFAULT_RULE, ['1: 5 10 20 100', '2: 5 5 0 0']],
  [
    'the rest is overpayment',
    410n,
    '2026-02-01',
    DEFAULT_RULE,
    ['1: 5 10 20 100', '2: 5 10 20 100', '3: 5 10 20 100', 'overpayment 5'],
  ],
  ['due: interest before principal', 40n, '2026-02-01', PRINCIPAL_IN_ADVANCE_RULE, ['1: 5 10 20 5']],
  ['in advance: principal first', 104n, '2026-01-31', PRINCIPAL_IN_ADVANCE_RULE, ['1: 4 0 0 100']],
  ['fee last, also when due', 126n, '2026-02-01', FEE_LAST_RULE, ['1: 5 1 20 100']],
  [
    'horizontal: an overdue instalment whole before the next',
    140n,
    '2026-03-02',
    ranked('next'),
    ['1: 5 10 20 100', '2: 5 0 0 0'],
  ],
  [
    'vertical: the overdue penalties, then the overdue fees',
    35n,
    '2026-03-02',
    ranked('next', 'vertical'),
    ['1: 5 10 0 5', '2: 5 10 0 0'],
  ],
  ['in advance to the next', 20n, '2026-02-02', ranked('next'), ['1: 5 10 0 5']],
  ['overdue first, then in advance to the last', 145n, '2026-02-02', ranked('last'), ['1: 5 10 20 100', '3: 5 5 0 0']],
  [
    'overdue first, then evenly: 40 → penalty 5 each, then 30 → fee 10 each, then 10 → principal 5 each',
    175n,
    '2026-02-02',
    ranked('spread'),
    ['1: 5 10 20 100', '2: 5 10 0 5', '3: 5 10 0 5'],
  ],
  [
    'evenly, the last takes the remainder: 7 / 3 = 2, 2, 3',
    7n,
    '2026-01-02',
    ranked('spread'),
    ['1: 2 0 0 0', '2: 2 0 0 0', '3: 3 0 0 0'],
  ],
  ['a share that rounds to nothing goes to the last whole', 1n, '2026-01-02', ranked('spread'), ['3: 1 0 0 0']],
  ['the instalment of the current period', 20n, '2026-02-10', ranked('currentThenLast'), ['1: 5 10 0 5']],
  [
    'current period, then the last',
    300n,
    '2026-02-10',
    ranked('currentThenLast'),
    ['1: 5 10 20 100', '2: 5 10 20 100', '3: 5 10 0 15'],
  ],
  [
    'on a due day no later period has begun: what is left goes to the last',
    150n,
    '2026-02-01',
    ranked('currentThenLast'),
    ['1: 5 10 20 100', '3: 5 10 0 0'],
  ],
  [
    'on the day of disbursement the first period has begun',
    5n,
    '2026-01-01',
    ranked('currentThenLast'),
    ['1: 5 0 0 0'],
  ],
]

describe('allocate', () => {
  test.each(TABLE)('%s', (_rule, amount, on, rule, expected) => {
    expect(lines({ amount, on }, rule)).toEqual(expected)
  })

  test('in advance, a fee whose own day has come is paid before the principal', () => {
    const [first] = LOAN
    const charges = [
      { component: 'fee' as const, dueDay: day('2026-01-10'), amount: 4n },
      { component: 'fee' as const, dueDay: day('2026-01-20'), amount: 6n },
    ]
    const loan = [{ ...first!, charges }]
    expect(lines({ amount: 50n, on: '2026-01-15' }, PRINCIPAL_IN_ADVANCE_RULE, loan)).toEqual(['1: 0 4 0 46'])
    expect(lines({ amount: 50n, on: '2026-01-09' }, PRINCIPAL_IN_ADVANCE_RULE, loan)).toEqual(['1: 0 0 0 50'])
  })

  test('what is waived is not paid', () => {
    const loan = [{ ...LOAN[0]!, waived: { ...NOTHING, penalty: 5n } }]
    expect(lines({ amount: 12n, on: '2026-02-01' }, DEFAULT_RULE, loan)).toEqual(['1: 0 10 2 0'])
  })
})

test('applying an allocation adds what each line pays, and the rest of the instalments stay as they are', () => {
  const after = applyAllocation(LOAN, allocate(LOAN, { amount: 140n, day: day('2026-02-01') }, DEFAULT_RULE))
  expect(after.map((i) => i.paid)).toEqual([DUE, { ...NOTHING, penalty: 5n }, NOTHING])
  expect(after[2]).toBe(LOAN[2])
})
