import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, day } from '#domain/day.ts'
import { percent } from '#domain/rate.ts'
import {
  type AllocationRule,
  type RankedRule,
  DEFAULT_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
} from '#domain/loans/allocation-rule.ts'
import { USUAL } from '#domain/loans/everyday-terms.ts'
import { COMPONENTS, outstandingOf, totalOf } from '#domain/loans/instalment.ts'
import { completedOn } from '#domain/loans/loan-rows.ts'
import { payoffOf } from '#domain/loans/payoff.ts'
import { reckoner } from '#domain/loans/reckoner.ts'
import type { Happening } from '#domain/loans/happening.ts'
import { type LoanState, replay } from '#domain/loans/replay.ts'
import { reallocations } from '#domain/loans/reallocation.ts'
import { schedule } from '#domain/loans/schedule.ts'
import { planOf } from '#domain/loans/simulation-book.ts'

const START = day('2026-01-01')

/** 1200.00 at 24 % a year in four months, 30/360: four instalments of 315.15. */
const TERMS = {
  ...USUAL,
  principal: 120_000n,
  disbursements: [{ day: START, amount: 120_000n }],
  startDay: START,
  instalments: 4,
  rate: percent('24'),
}

const PLAN: Happening = { kind: 'plan', day: START, rows: planOf(schedule(TERMS)) }
const RECKONED: Happening = {
  ...PLAN,
  reckon: reckoner(TERMS, { rest: 'daily', overdueBearsInterest: true }),
} as Happening

/** The same with 300.00 more on 20 February. */
const MORE = {
  ...TERMS,
  principal: 150_000n,
  disbursements: [...TERMS.disbursements, { day: day('2026-02-20'), amount: 30_000n }],
}
const FURTHER: Happening = { kind: 'plan', day: day('2026-02-20'), rows: planOf(schedule(MORE)) }
const FURTHER_RECKONED: Happening = {
  ...FURTHER,
  reckon: reckoner(MORE, { rest: 'daily', overdueBearsInterest: true }),
} as Happening

const paid = (id: number, on: string, amount: bigint): Happening => ({
  kind: 'payment',
  id,
  day: day(on),
  amount,
  rule: DEFAULT_RULE,
})

const fee = (effective: string, dueDay: string, amount: bigint): Happening => ({
  kind: 'levy',
  day: day(effective),
  levy: { component: 'fee', dueDay: day(dueDay), amountOn: () => amount },
})

/** "1 315.15/315.15 2026-02-01" would be row 1: paid, due, day of completion. */
const rowsOf = (state: LoanState): string[] =>
  state.rows.map((row) => {
    const { due, paid: received } = row.instalment
    return `${row.nr} ${totalOf(received)}/${totalOf(due)} ${completedOn(row) ?? '-'}`
  })

describe('replay', () => {
  test('a payment entered late counts by its own day, and the later one is allocated anew', () => {
    const before = replay([PLAN, paid(1, '2026-03-01', 31_515n)])
    const after = replay([PLAN, paid(1, '2026-03-01', 31_515n), paid(2, '2026-02-01', 31_515n)])
    expect(rowsOf(before).slice(0, 2)).toEqual(['1 31515/31515 2026-03-01', '2 0/31515 -'])
    expect(rowsOf(after).slice(0, 2)).toEqual(['1 31515/31515 2026-02-01', '2 31515/31515 2026-03-01'])
    expect(before.rows[0]!.late).toBe(31_515n)
    expect(after.rows[0]!.late).toBe(0n)
    expect(reallocations(before, after).map(({ id, was, is }) => [id, was.parts.interest, is.parts.interest])).toEqual([
      // 24 % / 12 of 1200.00, then of 908.85
      [1, 2400n, 1818n],
    ])
  })

  test('a charge takes effect on its day: an earlier payment has not paid it, an overpayment has', () => {
    const whole = 126_060n
    const closed = replay([PLAN, paid(1, '2026-02-01', whole)])
    expect(closed.overpaid).toBe(0n)
    const charged = replay([PLAN, paid(1, '2026-02-01', whole), fee('2026-05-10', '2026-05-10', 500n)])
    expect(rowsOf(charged).at(-1)).toBe('5 0/500 -')
    const covered = replay([PLAN, paid(1, '2026-02-01', whole + 300n), fee('2026-05-10', '2026-05-10', 500n)])
    expect(rowsOf(covered).at(-1)).toBe('5 300/500 -')
    expect(covered.rows.at(-1)!.inAdvance).toBe(300n)
    expect(covered.overpaid).toBe(0n)
  })

  test('with the dues first, early money reaches a charge that was entered later', () => {
    const history = [PLAN, paid(1, '2026-01-15', 40_000n), fee('2026-01-20', '2026-01-25', 500n)]
    const [first, second] = replay(history).rows
    expect([first!, second!].map((row) => totalOf(row.instalment.paid))).toEqual([31_515n, 8_485n])
    const [charged, less] = replay(history, { asOf: null, duesFirst: true }).rows
    expect([charged!, less!].map((row) => totalOf(row.instalment.paid))).toEqual([32_015n, 7_985n])
  })

  test('a plan with other due days has all money allocated anew on it', () => {
    const terms = { ...TERMS, firstDueDay: day('2026-02-15') }
    const postponed: Happening = { kind: 'plan', day: day('2026-01-20'), rows: planOf(schedule(terms)) }
    const state = replay([PLAN, paid(1, '2026-01-15', 40_000n), postponed])
    const received = state.rows.reduce((total, row) => total + totalOf(row.instalment.paid), 0n)
    expect(received + state.overpaid).toBe(40_000n)
    expect(state.rows[0]).toMatchObject({ dueDay: '2026-02-15', paidOn: '2026-01-15' })
    expect(completedOn(state.rows[0]!)).toBe('2026-01-15')
  })

  test('a further disbursement keeps what was paid, also where interest is recalculated', () => {
    const early = [RECKONED, paid(1, '2026-01-15', 31_515n), FURTHER_RECKONED]
    const state = replay(early, { asOf: { day: day('2026-02-20'), settling: null }, duesFirst: false })
    // 14 days of January's 31 on 1200.00 at 2 %: 10.84
    expect(state.applied.get(1)!.parts).toMatchObject({ interest: 1_084n, principal: 30_431n })
    expect(rowsOf(state)[0]).toBe('1 31515/31515 2026-01-15')
    expect(state.rows.reduce((total, row) => total + row.instalment.due.principal, 0n)).toBe(150_000n)
  })

  test('two charges behind the last due day share one row, which ends with the later of them', () => {
    const late = [fee('2026-05-10', '2026-05-10', 500n), fee('2026-05-20', '2026-05-20', 200n)]
    const state = replay([PLAN, ...late])
    expect(state.rows.at(-1)).toMatchObject({ kind: 'additional', nr: 5, dueDay: '2026-05-20' })
    expect(rowsOf(state).at(-1)).toBe('5 0/700 -')
  })

  test('a refund takes the overpayment; beyond it, money is lent again', () => {
    const closed = [PLAN, paid(1, '2026-02-01', 126_060n + 1_000n)]
    const refunded = replay([...closed, { kind: 'refund', id: 2, day: day('2026-02-05'), amount: 400n }])
    expect(refunded.overpaid).toBe(600n)
    expect(refunded.applied.get(2)!.parts.principal).toBe(0n)
    const lent = replay([...closed, { kind: 'refund', id: 2, day: day('2026-02-05'), amount: 1_300n }])
    expect(lent.overpaid).toBe(0n)
    expect(rowsOf(lent)[1]).toBe('2 31515/31815 -')
  })

  test('money handed back is taken from what was paid in advance, the youngest instalments first', () => {
    const ahead = [PLAN, paid(1, '2026-01-15', 50_000n)]
    const state = replay([...ahead, { kind: 'return', id: 2, day: day('2026-01-20'), amount: 20_000n }])
    expect(rowsOf(state).slice(0, 2)).toEqual(['1 30000/31515 -', '2 0/31515 -'])
  })

  test('a waived charge is not outstanding, and no more is waived than is', () => {
    const happened = [PLAN, fee('2026-01-10', '2026-01-10', 500n), paid(1, '2026-01-20', 200n)]
    const state = replay([
      ...happened,
      { kind: 'waiver', day: day('2026-01-25'), dueDay: day('2026-01-10'), component: 'fee', amount: null },
    ])
    expect(state.rows[0]!.instalment.waived.fee).toBe(300n)
    expect(outstandingOf(state.rows[0]!.instalment).fee).toBe(0n)
  })

  test('with recalculation, principal that is given up bears no more interest and stays given up', () => {
    const waived: Happening = {
      ...{ kind: 'waiver', day: day('2026-01-16'), dueDay: day('2026-02-01') },
      ...{ component: 'principal', amount: 30_000n },
    }
    const settle = { asOf: { day: day('2026-02-01'), settling: null }, duesFirst: false } as const
    const { rows } = replay([RECKONED, waived], settle)
    // 15 days of 31 on 1200.00, 16 on 900.00, at 2 %: 11.61 and 9.29
    expect(rows[0]!.instalment.due.interest).toBe(2_090n)
    expect(rows.map((row) => row.instalment.waived.principal)).toEqual([29_115n, 885n, 0n, 0n])
    // Paid before, but entered afterwards: the first instalment needs nothing waived any more, the next ones do.
    const late = replay([RECKONED, waived, paid(1, '2026-01-10', 31_515n)], settle)
    expect(late.rows.map((row) => row.instalment.waived.principal)).toEqual([0n, 30_000n, 0n, 0n])
  })

  test('with recalculation, a pay-off counts interest to its day', () => {
    // 14 days of February's 28 on 908.85 at 2 %: 9.09
    const history = [RECKONED, paid(1, '2026-02-01', 31_515n)]
    const owedOn = payoffOf(history, day('2026-02-15'))
    expect(owedOn).toEqual({ penalty: 0n, fee: 0n, interest: 909n, principal: 90_885n })
    const asOf = { day: day('2026-02-15'), settling: null }
    const closed = replay([...history, paid(2, '2026-02-15', totalOf(owedOn))], { asOf, duesFirst: false })
    expect(closed.overpaid).toBe(0n)
    expect(closed.rows.every((row) => totalOf(outstandingOf(row.instalment)) === 0n)).toBe(true)
  })
})

const ranked = (inAdvanceTo: RankedRule['inAdvanceTo'], processing: RankedRule['processing']): RankedRule => ({
  order: 'ranked',
  processing,
  inAdvanceTo,
  ranks: (['pastDue', 'due', 'inAdvance'] as const).flatMap((due) =>
    COMPONENTS.toReversed().map((component) => ({ due, component })),
  ),
})

const rule: fc.Arbitrary<AllocationRule> = fc.constantFrom(
  DEFAULT_RULE,
  PRINCIPAL_IN_ADVANCE_RULE,
  ...(['next', 'last', 'spread', 'currentThenLast'] as const).flatMap((to) => [
    ranked(to, 'horizontal'),
    ranked(to, 'vertical'),
  ]),
)

/** Payments and charges of distinct days, so that the order of entry decides nothing. */
const event = fc.record({
  at: fc.integer({ min: 1, max: 200 }),
  amount: fc.bigInt(1n, 60_000n),
  isFee: fc.boolean(),
  rule,
})
const history = fc.uniqueArray(event, { selector: ({ at }) => at, maxLength: 12 }).map((events) =>
  events.map(({ at, amount, isFee, rule: by }, id): Happening => {
    const on = addDays(START, at)
    return isFee ? fee(on, on, amount) : { kind: 'payment', id, day: on, amount, rule: by }
  }),
)

const withOrder = history.chain((events) =>
  fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
)

const END = { asOf: { day: addDays(START, 210), settling: null }, duesFirst: false } as const
const shown = (state: LoanState) => ({
  rows: state.rows,
  overpaid: state.overpaid,
  applied: [...state.applied.values()].sort((a, b) => a.id - b.id),
})

describe.each([
  ['interest as scheduled', [PLAN], 120_000n],
  ['interest recalculated', [RECKONED], 120_000n],
  ['a further disbursement', [PLAN, FURTHER], 150_000n],
  ['a further disbursement, interest recalculated', [RECKONED, FURTHER_RECKONED], 150_000n],
])('any history, %s', (_name, plans, principal) => {
  test('the order of entry does not matter, only the value days', () => {
    fc.assert(
      fc.property(withOrder, ([events, entered]) => {
        expect(shown(replay([...plans, ...entered], END))).toEqual(shown(replay([...plans, ...events], END)))
      }),
    )
  })

  test('what is received is what is applied and what is overpaid', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { rows, overpaid } = replay([...plans, ...events], END)
        const received = events.reduce((total, e) => total + (e.kind === 'payment' ? e.amount : 0n), 0n)
        expect(rows.reduce((total, row) => total + totalOf(row.instalment.paid), 0n) + overpaid).toBe(received)
        for (const row of rows) {
          const outstanding = outstandingOf(row.instalment)
          expect(outstanding.interest).toBeGreaterThanOrEqual(0n)
          expect(outstanding.principal).toBeGreaterThanOrEqual(0n)
        }
        const due = rows.reduce((total, row) => total + row.instalment.due.principal, 0n)
        expect(due).toBe(principal)
      }),
    )
  })

  test('principal that was given up is never owed again, whatever is paid afterwards', () => {
    fc.assert(
      fc.property(history, (events) => {
        const given = events.map((event, n): Happening => (n % 3 === 1 ? givenUp(event) : event))
        const ordered = given.toSorted((a, b) => (a.day < b.day ? -1 : 1))
        let before = 0n
        for (const [n, event] of ordered.entries()) {
          const standing = (count: number) =>
            principalOf(
              replay([...plans, ...ordered.slice(0, count)], { ...END, asOf: { ...END.asOf, day: event.day } }),
            )
          const after = standing(n + 1)
          const isGiven = event.kind === 'waiver'
          const portion = isGiven ? [event.amount!, standing(n).owed].reduce((a, b) => (a < b ? a : b)) : 0n
          if (event.day > FURTHER.day) expect(after.waived).toBe(before + portion)
          before = after.waived
        }
        expect(principalOf(replay([...plans, ...ordered], END)).waived).toBe(before)
      }),
    )
  })
})

const givenUp = (event: Happening): Happening => ({
  ...{ kind: 'waiver', day: event.day, dueDay: day('2026-02-01') },
  ...{ component: 'principal', amount: event.kind === 'payment' ? event.amount : 10_000n },
})

const principalOf = ({ rows }: LoanState) =>
  rows.reduce(
    ({ owed, waived }, { instalment }) => ({
      owed: owed + outstandingOf(instalment).principal,
      waived: waived + instalment.waived.principal,
    }),
    { owed: 0n, waived: 0n },
  )
