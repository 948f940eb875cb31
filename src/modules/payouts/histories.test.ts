/** Whatever the provider says, in whatever order, however late, and whatever a person does meanwhile: money leaves once, or the customer's debt says so. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CUSTOMER_DEBT, MOBILE_MONEY, PAYOUTS_IN_TRANSIT } from '#domain/ledger/chart.ts'
import type { ProviderAnswer, Verdict } from '#domain/payouts/order.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import {
  askAboutPayout,
  confirmPayout,
  type Handover,
  payoutPlace,
  recordAnswer,
  recordHandover,
  recordQuestion,
  recordVerdict,
  repayPayoutDebt,
  reservePayout,
  returnPayout,
  takeToAsk,
  takeToSend,
} from '#modules/payouts/payouts.ts'
import { textOf } from '#modules/notifications/texts.ts'
import { payoutById } from '#modules/payouts/views.ts'
import { lockedAccount, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { expectBooksAgree, subLedgersAgree } from '#test/books.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { openWorld, type World } from '#test/world.ts'

/** MKOPO_HISTORIES asks for more, e.g. before a release. */
const RUNS = Number(process.env.MKOPO_HISTORIES ?? 25)
const AMOUNT = 10_000n

let world: World
let savings: Savings
let accountId: number
let customerId: number
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z', lockOrder: true })
  savings = await openSavings(world)
  accountId = await savings.account({ withdrawal: { fee: { flat: '500' } } }, 100_000_000n)
  customerId = (await savings.run((ctx) => savingsAccountById(ctx, accountId)))!.customerId
})
afterAll(() => world.close())

const later = (minutes: number) => world.clock.moveTo(new Date(world.clock.now().getTime() + minutes * 60_000))

/** What really happens at the provider, and which of their words are on the way. */
interface Provider {
  /** A try that is on its way to them, or whose answer is on its way back. */
  flight: { arrived: boolean } | null
  order: 'none' | 'pending' | 'paid' | 'failed'
  readonly answers: { readonly nr: number; readonly said: ProviderAnswer }[]
}

interface Life {
  readonly id: number
  readonly originatorId: string
  readonly receipt: string
  readonly at: Provider
}

const ACTS = {
  /** A worker takes the order and sends it off; nothing has arrived yet. */
  async send({ at }: Life) {
    if (at.flight || !(await savings.run(takeToSend))) return
    at.flight = { arrived: false }
  },
  async arrive({ at }: Life) {
    if (!at.flight || at.flight.arrived) return
    at.flight.arrived = true
    if (at.order === 'none') at.order = 'pending'
  },
  /** The worker notes what it heard: the truth. */
  async hear({ id, at }: Life) {
    if (!at.flight) return
    const { arrived } = at.flight
    at.flight = null
    const heard: Handover = arrived
      ? { outcome: 'accepted', conversationId: 'AG_1' }
      : { outcome: 'not_reached', reason: 'down' }
    await savings.run((ctx) => recordHandover(ctx, id, heard))
  },
  async hearNothing({ id, at }: Life) {
    if (!at.flight) return
    at.flight = null
    await savings.run((ctx) => recordHandover(ctx, id, { outcome: 'unheard', reason: 'cut off' }))
  },
  async workerDies({ at }: Life) {
    at.flight = null
  },
  async pay({ at }: Life) {
    if (at.order === 'pending') at.order = 'paid'
  },
  async fail({ at }: Life) {
    if (at.order === 'pending') at.order = 'failed'
  },
  /** The result as it is, as often as it comes. */
  async tell({ originatorId, receipt, at }: Life) {
    const said: Verdict | null =
      at.order === 'paid'
        ? { verdict: 'paid', receipt, amount: AMOUNT }
        : at.order === 'failed'
          ? { verdict: 'failed', reason: '2040' }
          : null
    if (said) await savings.run((ctx) => recordVerdict(ctx, originatorId, said))
  },
  /** By whoever has the address of the result, or by a provider who is wrong. */
  async forgeFailure({ originatorId }: Life) {
    await savings.run((ctx) => recordVerdict(ctx, originatorId, { verdict: 'failed', reason: 'forged' }))
  },
  async forgeTimeout({ originatorId }: Life) {
    await savings.run((ctx) => recordVerdict(ctx, originatorId, { verdict: 'unclear', reason: 'forged' }))
  },
  /** With the key of a question that was answered before, or was never put. */
  async forgeAnswer({ id, originatorId }: Life) {
    const { answered } = await read(id)
    const forged = { nr: answered, said: { verdict: 'failed', reason: 'forged' } } as const
    await savings.run((ctx) => recordAnswer(ctx, originatorId, forged))
  },
  ask: (life: Life) => askThe(life, truth(life)),
  /** What is still on its way through their systems is not known yet. */
  askTooEarly: (life: Life) => askThe(life, { verdict: 'not_found', reason: '2032' }),
  async answer({ originatorId, at }: Life) {
    const answer = at.answers.shift()
    if (answer) await savings.run((ctx) => recordAnswer(ctx, originatorId, answer))
  },
  async answerLast({ originatorId, at }: Life) {
    const answer = at.answers.pop()
    if (answer) await savings.run((ctx) => recordAnswer(ctx, originatorId, answer))
  },
  async answerTwice({ originatorId, at }: Life) {
    const [answer] = at.answers
    if (answer) await savings.run((ctx) => recordAnswer(ctx, originatorId, answer))
  },
  async personReturns({ id }: Life) {
    const refused = await refusalOf(savings.run((ctx) => returnPayout(ctx, id, 'looked')))
    expect([null, 'payout_in_flight', 'payout_settled']).toContain(refused)
  },
  async personAsks({ id }: Life) {
    expect([null, 'payout_not_sent']).toContain(await refusalOf(savings.run((ctx) => askAboutPayout(ctx, id))))
  },
  /** By the receipt, which there is once it was paid. */
  async personConfirms({ id, receipt, at }: Life) {
    if (at.order !== 'paid') return
    const refused = await refusalOf(savings.run((ctx) => confirmPayout(ctx, id, receipt)))
    expect([null, 'payout_in_flight', 'payout_settled']).toContain(refused)
  },
  async aMoment() {
    later(1)
  },
  async aWhile() {
    later(31)
  },
} as const satisfies Record<string, (life: Life) => Promise<void>>
type Act = keyof typeof ACTS

function truth({ receipt, at }: Life): ProviderAnswer {
  if (at.order === 'paid') return { verdict: 'paid', receipt, amount: AMOUNT }
  const word = ({ none: 'not_found', pending: 'pending', failed: 'failed' } as const)[at.order]
  return { verdict: word, reason: word }
}

async function askThe({ at, id }: Life, said: ProviderAnswer): Promise<void> {
  const asked = await savings.run(takeToAsk)
  if (!asked) return
  at.answers.push({ nr: asked.questions, said })
  await savings.run((ctx) => recordQuestion(ctx, id))
}

const read = (id: number) => savings.run(async (ctx) => (await payoutById(ctx, id))!)

async function begin(): Promise<Life> {
  const id = await savings.run(async (ctx) => {
    await lockedAccount(ctx, accountId)
    const { id: payoutId, place } = await payoutPlace(ctx)
    const { entryId } = await withdraw(ctx, { accountId, amount: AMOUNT, to: place, reference: `payout ${payoutId}` })
    const money = { amount: AMOUNT, entryId, customerId, savingsAccountId: accountId, phone: '+254712000001' }
    await reservePayout(ctx, { id: payoutId, channel: 'mpesa', purpose: 'withdrawal', ...money })
    return payoutId
  })
  const { originatorId } = await read(id)
  return { id, originatorId, receipt: `RECEIPT${id}`, at: { flight: null, order: 'none', answers: [] } }
}

/** All that is on the way arrives, and the provider decides and answers truly, until nothing is left to do. */
async function comeToAnEnd(life: Life, ends: 'pay' | 'fail'): Promise<void> {
  for (let n = 0; n < 100; n++) {
    for (const act of ['send', 'arrive', 'hear', ends, 'tell', 'answer'] as const) await ACTS[act](life)
    later(31)
    await ACTS.ask(life)
    while (life.at.answers.length > 0) await ACTS.answer(life)
    if (life.at.order === 'none') await ACTS.personReturns(life)
    const { status, nextTry } = await read(life.id)
    if ((status === 'confirmed' || status === 'returned') && nextTry === null) return
  }
  expect.unreachable(`payout ${life.id} never ended: ${(await read(life.id)).status}`)
}

interface Position {
  readonly saved: bigint
  readonly settlement: bigint
  readonly inTransit: bigint
  readonly owed: bigint
}

const position = (): Promise<Position> =>
  savings.run(async (ctx) => {
    const { rows } = await sql<{ sum: bigint }>`
      select coalesce(sum(credits - debits), 0)::bigint as sum from ledger_balances
       where org_id = ${ctx.org.id} and account = ${PAYOUTS_IN_TRANSIT}`.execute(ctx.tx)
    return {
      saved: (await savingsAccountById(ctx, accountId))!.balance,
      settlement: await balanceOf(ctx, MOBILE_MONEY, 0),
      inTransit: rows[0]!.sum,
      owed: await balanceOf(ctx, CUSTOMER_DEBT, customerId),
    }
  })

const histories = fc.record({
  acts: fc.array(fc.constantFrom(...(Object.keys(ACTS) as Act[])), { minLength: 5, maxLength: 25 }),
  ends: fc.constantFrom('pay' as const, 'fail' as const),
})

test('money leaves at most once for a payout, or the customer owes it; and the books agree', {
  timeout: 600_000,
}, async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(histories, async ({ acts, ends }) => {
      const before = await position()
      const life = await begin()
      for (const act of acts) await ACTS[act](life)
      await comeToAnEnd(life, ends)
      const isPaid = life.at.order === 'paid'
      const { status, debt } = await read(life.id)
      const after = await position()
      seen.add(`${status}, ${isPaid ? 'paid' : 'not paid'}, ${debt > 0n ? 'owed' : 'not owed'}`)
      // The customer has the money once: in their hand, on the account, or in both with a debt for it.
      expect({ status, debt, paid: isPaid }).toEqual(
        status === 'confirmed'
          ? { status, debt: 0n, paid: true }
          : { status: 'returned', debt: isPaid ? AMOUNT : 0n, paid: isPaid },
      )
      const back = status === 'returned'
      expect(after).toEqual({
        saved: before.saved - (back ? 0n : AMOUNT + 500n),
        settlement: before.settlement - (isPaid ? AMOUNT : 0n),
        inTransit: 0n,
        owed: before.owed + debt,
      })
      await savings.run(subLedgersAgree)
    }),
    { numRuns: RUNS },
  )
  expect([...seen].sort()).toEqual(
    expect.arrayContaining(['confirmed, paid, not owed', 'returned, not paid, not owed']),
  )
  await expectBooksAgree(world, 'visionfund')
})

test('returned while the provider did not know it, and paid after all: the customer owes it, and the administrators hear of it', async () => {
  const before = await position()
  const life = await begin()
  for (const act of ['send', 'arrive', 'hear', 'aWhile', 'askTooEarly'] as const) await ACTS[act](life)
  expect(await refusalOf(savings.run((ctx) => returnPayout(ctx, life.id, 'too early')))).toBe('payout_in_flight')
  for (const act of ['answer', 'personReturns'] as const) await ACTS[act](life)
  expect(await read(life.id)).toMatchObject({ status: 'returned', answer: 'not_found', debt: 0n })
  for (const act of ['pay', 'tell'] as const) await ACTS[act](life)
  expect(await read(life.id)).toMatchObject({ status: 'returned', contradicted: true, debt: 0n })
  for (const act of ['ask', 'answer', 'tell'] as const) await ACTS[act](life)
  expect(await read(life.id)).toMatchObject({ status: 'returned', receipt: life.receipt, debt: AMOUNT })
  expect(await position()).toMatchObject({ owed: before.owed + AMOUNT, settlement: before.settlement - AMOUNT })
  expect(await eventsOf(world, 'visionfund', 'payout.paid_after_return')).toContainEqual(
    expect.objectContaining({
      subject: `payout:${life.id}`,
      data: expect.objectContaining({ amount: String(AMOUNT) }),
    }),
  )
  expect(textOf('payout.paid_after_return', 'admins', 'en-KE')).not.toBeNull()
  const giveBack = (amount?: bigint) =>
    savings.run((ctx) => repayPayoutDebt(ctx, { payoutId: life.id, amount, account: MOBILE_MONEY }))
  expect(await refusalOf(giveBack(AMOUNT + 1n))).toBe('amount_invalid')
  await giveBack(4_000n)
  await giveBack()
  expect(await refusalOf(giveBack())).toBe('nothing_due')
  expect(await position()).toMatchObject({ owed: before.owed, settlement: before.settlement })
  await expectBooksAgree(world, 'visionfund')
})

test('nobody tells, and nobody asks any more: what a person returned is asked about once more by itself', async () => {
  const life = await begin()
  for (const act of ['send', 'arrive', 'hear', 'aWhile', 'askTooEarly', 'answer', 'personReturns', 'pay'] as const)
    await ACTS[act](life)
  for (const act of ['aWhile', 'ask', 'answer'] as const) await ACTS[act](life)
  expect(await read(life.id)).toMatchObject({ status: 'returned', debt: AMOUNT, nextTry: null })
})
