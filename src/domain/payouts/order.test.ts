import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterHandover,
  afterQuestion,
  afterVerdict,
  type Handover,
  type Order,
  type Step,
  TRIES_AT_MOST,
  type Verdict,
} from '#domain/payouts/order.ts'

const NOW = new Date('2026-02-15T09:00:00Z')
const RESERVED: Order = {
  status: 'reserved',
  amount: 10_000n,
  receipt: null,
  attempts: 1,
  questions: 0,
  inDoubt: false,
}
const order = (change: Partial<Order>): Order => ({ ...RESERVED, ...change })
const accepted: Handover = { outcome: 'accepted', conversationId: 'AG_1' }
const because = <T extends string>(outcome: T) => ({ outcome, reason: 'because' }) as const
const paid: Verdict = { verdict: 'paid', receipt: 'SG632NMUAB', amount: 10_000n }
const failed: Verdict = { verdict: 'failed', reason: '2040' }

describe('handing an order over', () => {
  test.each([
    ['accepted', RESERVED, accepted, 'sent', null],
    ['known already', RESERVED, because('known_already') as Handover, 'sent', null],
    ['refused, and no earlier try', RESERVED, because('refused'), 'returned', 'back'],
    ['refused, but an earlier try may have arrived', order({ inDoubt: true }), because('refused'), 'unknown', null],
    ['not reached', RESERVED, because('not_reached'), 'reserved', null],
    ['not reached for the last time', order({ attempts: TRIES_AT_MOST }), because('not_reached'), 'returned', 'back'],
    ['unheard', RESERVED, because('unheard'), 'reserved', null],
    ['unheard for the last time', order({ attempts: TRIES_AT_MOST }), because('unheard'), 'unknown', null],
    ['the result came first', order({ status: 'confirmed' }), accepted, 'confirmed', null],
  ] as const)('%s', (_, of, handover, status, settle) => {
    expect(afterHandover(of, handover, NOW)).toMatchObject({ status, settle })
  })

  test('it is tried again after ten seconds, then twenty, then forty', () => {
    const pauses = [1, 2, 3].map((attempts) => {
      const { nextTry } = afterHandover(order({ attempts }), because('not_reached'), NOW)
      return nextTry!.getTime() - NOW.getTime()
    })
    expect(pauses).toEqual([10_000, 20_000, 40_000])
  })
})

describe('what the provider says', () => {
  test.each([
    ['paid', order({ status: 'sent' }), paid, 'confirmed', 'out', false],
    ['paid, before the order was known to be sent', RESERVED, paid, 'confirmed', 'out', false],
    ['paid, long after it was given up', order({ status: 'unknown' }), paid, 'confirmed', 'out', false],
    ['failed', order({ status: 'sent' }), failed, 'returned', 'back', false],
    ['another amount', order({ status: 'sent' }), { ...paid, amount: 9_000n }, 'unknown', null, true],
    ['paid twice', order({ status: 'confirmed', receipt: 'SG632NMUAB' }), paid, 'confirmed', null, false],
    ['paid under two receipts', order({ status: 'confirmed', receipt: 'OTHER' }), paid, 'confirmed', null, true],
    ['failed after paid', order({ status: 'confirmed', receipt: 'SG632NMUAB' }), failed, 'confirmed', null, true],
    ['paid after failed', order({ status: 'returned' }), paid, 'returned', null, true],
    ['failed twice', order({ status: 'returned' }), failed, 'returned', null, false],
    [
      'nothing clear',
      order({ status: 'sent' }),
      { verdict: 'unclear', reason: '17' } as Verdict,
      'unknown',
      null,
      false,
    ],
  ] as const)('%s', (_, of, verdict, status, settle, contradicted) => {
    expect(afterVerdict(of, verdict, NOW)).toMatchObject({ status, settle, contradicted })
  })

  test('it is asked for at growing pauses, and in the end left to a person', () => {
    const next = (questions: number) => afterQuestion(order({ status: 'unknown', questions }), NOW).nextTry
    expect(next(1)!.getTime()).toBe(NOW.getTime() + 4 * 60_000)
    expect(next(30)!.getTime()).toBe(NOW.getTime() + 30 * 60_000)
    expect(next(60)).toBeNull()
  })
})

const handovers: fc.Arbitrary<Handover> = fc.constantFrom(
  accepted,
  { outcome: 'known_already' } as const,
  because('refused'),
  because('not_reached'),
  because('unheard'),
)
const verdicts: fc.Arbitrary<Verdict> = fc.constantFrom(paid, failed, { verdict: 'unclear', reason: 'x' } as const, {
  ...paid,
  amount: 1n,
})
const happenings = fc.array(fc.oneof(handovers, verdicts, fc.constant('asked' as const)), { maxLength: 40 })

function happen(of: Order, what: Handover | Verdict | 'asked'): Step {
  if (what === 'asked') return afterQuestion(of, NOW)
  return 'outcome' in what ? afterHandover(of, what, NOW) : afterVerdict(of, what, NOW)
}

test('whatever is heard, in whatever order: money settles at most once, and never both ways', () => {
  fc.assert(
    fc.property(happenings, (list) => {
      let of = RESERVED
      const settled: string[] = []
      for (const what of list) {
        const { settle, status, inDoubt, receipt } = happen(of, what)
        if (settle) settled.push(settle)
        of = { ...of, status, inDoubt, receipt, attempts: of.attempts + 1, questions: of.questions + 1 }
        expect(settled.length).toBe(status === 'confirmed' || status === 'returned' ? 1 : 0)
      }
    }),
  )
})

test('money never comes back without the provider’s word once a try may have arrived', () => {
  fc.assert(
    fc.property(fc.array(handovers, { maxLength: 40 }), (list) => {
      let of = RESERVED
      for (const handover of list) {
        const { settle, status, inDoubt } = afterHandover(of, handover, NOW)
        if (of.inDoubt || of.status === 'sent') expect(settle).not.toBe('back')
        of = { ...of, status, inDoubt, attempts: of.attempts + 1 }
        if (status === 'sent') of = { ...of, inDoubt: true }
      }
    }),
  )
})
