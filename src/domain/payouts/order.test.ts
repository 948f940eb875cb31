import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AnswerWord,
  afterAnswer,
  afterHandover,
  afterQuestion,
  afterVerdict,
  type Handover,
  mayBeAsked,
  mayBeConfirmed,
  mayBeReturned,
  type Order,
  type ProviderAnswer,
  QUESTIONS_AT_MOST,
  TRIES_AT_MOST,
  type Verdict,
} from '#domain/payouts/order.ts'

const NOW = new Date('2026-02-15T09:00:00Z')
const minutes = (n: number) => new Date(NOW.getTime() + n * 60_000)
const RESERVED: Order = {
  ...{ channel: 'mpesa', status: 'reserved', amount: 10_000n, receipt: null, attempts: 1, sendingSince: null },
  ...{ inDoubt: false, questions: 0, answered: 0, answeredAt: null, answer: null, nextTry: null },
  ...{ contradicted: false, debt: 0n, reason: null },
}
const order = (change: Partial<Order>): Order => ({ ...RESERVED, ...change })
const accepted: Handover = { outcome: 'accepted', conversationId: 'AG_1' }
const because = <T extends string>(outcome: T) => ({ outcome, reason: 'because' }) as const
const says = <T extends string>(verdict: T) => ({ verdict, reason: 'because' }) as const
const paid: Verdict = { verdict: 'paid', receipt: 'SG632NMUAB', amount: 10_000n }
const failed = says('failed')

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
    ['it was said to have failed meanwhile', order({ status: 'unknown' }), because('refused'), 'unknown', null],
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

  test('a question that is due is not put off by it, and an answer from before it says nothing of it', () => {
    const of = order({ status: 'unknown', nextTry: NOW, questions: 1, answered: 1, answer: 'not_found' })
    expect(afterHandover(of, accepted, NOW)).toMatchObject({ nextTry: NOW, answer: null })
  })
})

describe('a result that comes unasked', () => {
  test.each([
    ['paid', order({ status: 'sent' }), paid, 'confirmed', 'out', false],
    ['paid, before the order was known to be sent', RESERVED, paid, 'confirmed', 'out', false],
    ['paid, long after it was given up', order({ status: 'unknown' }), paid, 'confirmed', 'out', false],
    ['another amount', order({ status: 'sent' }), { ...paid, amount: 9_000n }, 'unknown', null, true],
    ['paid twice', order({ status: 'confirmed', receipt: 'SG632NMUAB' }), paid, 'confirmed', null, false],
    ['paid under two receipts', order({ status: 'confirmed', receipt: 'OTHER' }), paid, 'confirmed', null, true],
    ['failed after paid', order({ status: 'confirmed', receipt: 'SG632NMUAB' }), failed, 'confirmed', null, true],
    ['paid after it went back', order({ status: 'returned' }), paid, 'returned', null, true],
    ['failed twice', order({ status: 'returned' }), failed, 'returned', null, false],
    ['nothing clear', order({ status: 'sent' }), says('unclear'), 'unknown', null, false],
  ] as const)('%s', (_, of, verdict, status, settle, contradicted) => {
    expect(afterVerdict(of, verdict, NOW)).toMatchObject({ status, settle, contradicted })
  })

  test.each(['reserved', 'sent', 'unknown'] as const)(
    'failed, of an order that is %s: asked about at once',
    (status) => {
      const next = afterVerdict(order({ status, nextTry: minutes(30) }), failed, NOW)
      expect(next).toMatchObject({ status: 'unknown', settle: null, nextTry: NOW })
    },
  )

  test.each([
    ['paid, of one that went back', order({ status: 'returned' }), paid],
    ['failed, of one that was paid', order({ status: 'confirmed', receipt: 'SG632NMUAB' }), failed],
  ] as const)('%s: asked about at once', (_, of, verdict) => {
    expect(afterVerdict(of, verdict, NOW)).toMatchObject({ settle: null, nextTry: NOW })
  })

  test('whoever repeats it does not make us ask without end, nor put off what is due', () => {
    const asked = order({ status: 'unknown', questions: 10, nextTry: minutes(7) })
    expect(afterVerdict(asked, failed, NOW).nextTry).toEqual(minutes(7))
    expect(afterVerdict(asked, says('unclear'), NOW).nextTry).toEqual(minutes(7))
    const given = order({ status: 'unknown', questions: QUESTIONS_AT_MOST })
    expect(afterVerdict(given, failed, NOW).nextTry).toBeNull()
  })
})

describe('the answer to a question', () => {
  const ASKED = order({ status: 'unknown', questions: 1 })
  test.each([
    ['paid', ASKED, paid, 'confirmed', 'out', false],
    ['failed', ASKED, failed, 'returned', 'back', false],
    ['not found', ASKED, says('not_found'), 'unknown', null, false],
    ['pending', ASKED, says('pending'), 'unknown', null, false],
    ['unclear', ASKED, says('unclear'), 'unknown', null, false],
    ['another amount', ASKED, { ...paid, amount: 9_000n }, 'unknown', null, true],
    ['paid after it went back', order({ status: 'returned', questions: 1 }), paid, 'returned', 'owed', true],
    [
      ...['paid after it went back, said before', order({ status: 'returned', questions: 1, debt: 1n })],
      ...[paid, 'returned', null, false],
    ],
    ['failed after paid', order({ status: 'confirmed', questions: 1 }), failed, 'confirmed', null, true],
    ['failed after it went back', order({ status: 'returned', questions: 1 }), failed, 'returned', null, false],
  ] as [string, Order, ProviderAnswer, string, string | null, boolean][])(
    '%s',
    (_, of, said, status, settle, contradicted) => {
      const next = afterAnswer(of, { nr: 1, said }, NOW)
      expect(next).toMatchObject({ status, settle, contradicted, answered: 1, answeredAt: NOW, answer: said.verdict })
    },
  )

  test.each([0, 1, 2, 4])(
    'of number %i, where the third is the one that waits, is only a result to be asked about',
    (nr) => {
      const of = order({ status: 'unknown', questions: 3, answered: 2 })
      const next = afterAnswer(of, { nr, said: failed }, NOW)
      expect(next).toMatchObject({ status: 'unknown', settle: null, answered: 2, nextTry: NOW })
      expect(afterAnswer(of, { nr, said: says('not_found') }, NOW)).toMatchObject({ answered: 2, answer: null })
    },
  )

  test('the customer owes what the provider says was paid', () => {
    const owed = (amount: bigint | null) =>
      afterAnswer(order({ status: 'returned', questions: 1 }), { nr: 1, said: { ...paid, amount } }, NOW).owed
    expect([owed(9_000n), owed(null), owed(0n)]).toEqual([9_000n, 10_000n, 10_000n])
  })

  test('is waited for with growing pauses, and in the end left to a person', () => {
    const next = (questions: number) => afterQuestion(order({ status: 'unknown', questions }), NOW).nextTry
    expect(next(1)).toEqual(minutes(4))
    expect(next(30)).toEqual(minutes(30))
    expect(next(QUESTIONS_AT_MOST)).toBeNull()
  })

  test('may come before the question is noted as put', () => {
    const of = order({ status: 'unknown', questions: 2, answered: 2, answer: 'pending', nextTry: minutes(8) })
    expect(afterQuestion(of, NOW)).toMatchObject({ status: 'unknown', nextTry: minutes(8), answer: 'pending' })
  })
})

describe('what a person may do', () => {
  const answeredWith = (answer: AnswerWord | null, change: Partial<Order> = {}) =>
    order({ status: 'unknown', questions: 2, answered: 2, answeredAt: NOW, answer, ...change })
  test.each([
    // what, the order, may be returned, may be confirmed, may be asked about
    ['never handed over', order({ attempts: 0 }), true, true, false],
    ['not reached', RESERVED, true, true, false],
    ['being handed over', order({ sendingSince: NOW }), false, false, false],
    ['perhaps handed over', order({ inDoubt: true }), false, false, false],
    ['sent', order({ status: 'sent' }), false, true, true],
    ['unknown, never asked about', order({ status: 'unknown' }), false, true, true],
    ['unknown, asked, no answer yet', answeredWith('not_found', { answered: 1 }), false, true, true],
    ['not found', answeredWith('not_found'), true, true, true],
    ['not found, while a try was in hand', answeredWith('not_found', { sendingSince: minutes(-1) }), false, true, true],
    [
      'not found, long after a try of a dead worker',
      answeredWith('not_found', { sendingSince: minutes(-10) }),
      true,
      true,
      true,
    ],
    ['pending', answeredWith('pending'), false, true, true],
    ['unclear', answeredWith('unclear'), false, true, true],
    ['paid, another amount', answeredWith('paid'), false, true, true],
    ['confirmed', answeredWith(null, { status: 'confirmed' }), false, false, true],
    ['confirmed, and not found', answeredWith('not_found', { status: 'confirmed' }), false, false, true],
    [
      'confirmed, and said not to be paid when asked',
      answeredWith('failed', { status: 'confirmed' }),
      true,
      false,
      true,
    ],
    ['returned', answeredWith('failed', { status: 'returned' }), false, false, true],
    ['at the counter', order({ channel: 'counter' }), true, true, false],
    ['at the counter, paid', order({ channel: 'counter', status: 'confirmed' }), false, false, false],
  ] as const)('%s', (_, of, returned, confirmed, asked) => {
    expect([mayBeReturned(of), mayBeConfirmed(of), mayBeAsked(of)]).toEqual([returned, confirmed, asked])
  })
})

const handovers: fc.Arbitrary<Handover> = fc.constantFrom(
  accepted,
  { outcome: 'known_already' } as const,
  because('refused'),
  because('not_reached'),
  because('unheard'),
)

test('money never comes back by a handover alone once a try may have arrived', () => {
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
