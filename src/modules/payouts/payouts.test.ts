import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MOBILE_MONEY, PAYOUTS_IN_TRANSIT } from '#domain/ledger/chart.ts'
import { payoutErrand } from '#src/worker/payout-errand.ts'
import { balanceOf } from '#modules/ledger/views.ts'
import {
  askAboutPayout,
  confirmPayout,
  payoutPlace,
  recipientOf,
  reservePayout,
  returnPayout,
  takeToSend,
} from '#modules/payouts/payouts.ts'
import { listPayouts, type PayoutChannel } from '#modules/payouts/views.ts'
import { changeAccountStatus, lockedAccount, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openPayingOut, type PayingOut } from '#test/paying-out.ts'
import { openSavings, type Savings } from '#test/saving.ts'
import { openOf } from '#test/measured.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let savings: Savings
let out: PayingOut
beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z', lockOrder: true })
  savings = await openSavings(world)
  out = await openPayingOut(world)
})
afterEach(async () => {
  out.mpesa.clearRules()
  await savings.expectAgreement()
})
afterAll(async () => {
  await out.close()
  await world.close()
})

let phones = 712_000_000
/** A saver with 100.00 and a phone, and what he draws to it. */
async function saver() {
  const accountId = await savings.account({ withdrawal: { fee: { flat: '500' } } }, 10_500n)
  const { customerId } = (await savings.run((ctx) => savingsAccountById(ctx, accountId)))!
  const phone = `+254${++phones}`
  const draw = (amount = 10_000n, channel?: PayoutChannel) =>
    savings.run(async (ctx) => {
      await lockedAccount(ctx, accountId)
      const { id, place } = await payoutPlace(ctx)
      const recipient = recipientOf(ctx, phone, { amount, ...(channel && { channel }) })
      const { entryId } = await withdraw(ctx, { accountId, amount, to: place, reference: `payout ${id}` })
      const money = { amount, entryId, customerId, savingsAccountId: accountId }
      await reservePayout(ctx, { id, ...recipient, ...money, purpose: 'withdrawal' })
      return id
    })
  return { accountId, phone: phone.slice(1), draw }
}
const inTransit = () =>
  savings.run(async (ctx) => {
    const { rows } = await sql<{
      sum: bigint
    }>`select coalesce(sum(credits - debits), 0)::bigint as sum from ledger_balances
    where org_id = ${ctx.org.id} and account = ${PAYOUTS_IN_TRANSIT}`.execute(ctx.tx)
    return rows[0]!.sum
  })
const settlement = () => savings.run((ctx) => balanceOf(ctx, MOBILE_MONEY, 0))
const later = (minutes: number) => world.clock.moveTo(new Date(world.clock.now().getTime() + minutes * 60_000))

describe('a withdrawal of 100.00 to M-Pesa, its fee 5.00', () => {
  test('reserved it stands in transit; paid, it has left the settlement account', async () => {
    const { accountId, phone, draw } = await saver()
    const before = await settlement()
    const id = await draw()
    expect(await out.order(id)).toMatchObject({ status: 'reserved', channel: 'mpesa', attempts: 0 })
    const open = () => openOf(out.address, 'visionfund', 'payouts')
    expect(await open()).toEqual({ reserved: 1, sent: 0, unknown: 0 })
    expect([await savings.balance(accountId), await inTransit(), await settlement()]).toEqual([0n, 10_000n, before])
    const { receipt } = await out.until(id, 'confirmed')
    expect(receipt).toBe(out.mpesa.transactions().at(-1)!.transactionId)
    expect([await inTransit(), await settlement()]).toEqual([0n, before - 10_000n])
    expect(out.mpesa.paidTo(phone)).toBe(100)
    expect(await open()).toEqual({ reserved: 0, sent: 0, unknown: 0 })
    const told = (await eventsOf(world, 'visionfund', 'payout.confirmed')).at(-1)!
    expect(told).toMatchObject({ subject: `payout:${id}`, actor: 'provider:mpesa', data: { receipt, amount: '10000' } })
  })

  test('the result comes late: sent meanwhile, then confirmed', async () => {
    out.mpesa.rule({ outcome: 'success', delayMs: 1_500 })
    const { draw } = await saver()
    const id = await draw()
    await out.work()
    expect(await out.order(id)).toMatchObject({ status: 'sent', conversationId: expect.stringContaining('AG_') })
    await out.until(id, 'confirmed')
  })

  test('the result comes twice: paid once, booked once', async () => {
    out.mpesa.rule({ outcome: 'twice' })
    const { phone, draw } = await saver()
    const before = await settlement()
    const id = await draw()
    await out.until(id, 'confirmed')
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(await out.order(id)).toMatchObject({ status: 'confirmed', contradicted: false })
    expect([out.mpesa.paidTo(phone), before - (await settlement())]).toEqual([100, 10_000n])
  })

  test('the result says that it failed: all of it is back on the account, the fee too', async () => {
    out.mpesa.rule({ outcome: 'fail', resultCode: '2040' })
    const { accountId, phone, draw } = await saver()
    const id = await draw()
    const { reason } = await out.until(id, 'returned')
    expect(reason).toContain('2040')
    expect([await savings.balance(accountId), out.mpesa.paidTo(phone)]).toEqual([10_500n, 0])
  })

  test.each([
    ['paid', 'silent', 'confirmed', 0n],
    ['not paid', 'silent_fail', 'returned', 10_500n],
  ] as const)(
    'the result never comes, and it was %s: unknown, asked about, and then %3$s',
    async (_, outcome, status, left) => {
      out.mpesa.rule({ outcome })
      const { accountId, draw } = await saver()
      const id = await draw()
      await out.until(id, 'sent')
      expect(await out.work()).toBe(0)
      later(3)
      await out.work()
      expect((await out.order(id)).questions).toBe(1)
      await out.until(id, status)
      expect(await savings.balance(accountId)).toBe(left)
    },
  )

  test('the queue times out: that decides nothing; the status does', async () => {
    out.mpesa.rule({ outcome: 'timeout' })
    const { phone, draw } = await saver()
    const id = await draw()
    await out.until(id, 'unknown')
    later(5)
    await out.until(id, 'confirmed')
    expect(out.mpesa.paidTo(phone)).toBe(100)
  })

  test('a code that says nothing of the money is asked about before anything comes back', async () => {
    out.mpesa.rule({ outcome: 'fail', resultCode: '17' })
    const { accountId, draw } = await saver()
    const id = await draw()
    await out.until(id, 'unknown')
    expect(await savings.balance(accountId)).toBe(0n)
    later(5)
    await out.until(id, 'returned')
  })

  test('paid, and then said to have failed: it stays paid and a person is told', async () => {
    out.mpesa.rule({ outcome: 'contradict' })
    const { accountId, draw } = await saver()
    const id = await draw()
    await out.until(id, 'confirmed')
    await expect.poll(async () => (await out.order(id)).contradicted).toBe(true)
    expect(await savings.balance(accountId)).toBe(0n)
    expect((await eventsOf(world, 'visionfund', 'payout.contradicted')).map(({ subject }) => subject)).toEqual([
      `payout:${id}`,
    ])
  })

  test('refused at the door: the money is back at once', async () => {
    out.mpesa.rule({ outcome: 'invalid' })
    const { accountId, draw } = await saver()
    await out.until(await draw(), 'returned')
    expect(await savings.balance(accountId)).toBe(10_500n)
  })
})

describe('sending again never pays twice', () => {
  test.each(['lost_before', 'lost_after', 'busy'] as const)('%s, and then it works', async (outcome) => {
    out.mpesa.rule({ outcome, times: 1 })
    const { phone, draw } = await saver()
    const id = await draw()
    await out.work()
    later(1)
    await out.until(id, 'confirmed')
    expect(out.mpesa.paidTo(phone)).toBe(100)
  })

  test('the worker is killed after sending and before noting it: the next one sends the same order, which is known already', async () => {
    out.mpesa.rule({ outcome: 'silent' })
    const { phone, draw } = await saver()
    const id = await draw()
    const order = (await savings.run(takeToSend))!
    expect(order.id).toBe(id)
    await sendAs(order.originatorId, phone)
    expect(await out.work()).toBe(0)
    later(2)
    await out.work()
    expect(await out.order(id)).toMatchObject({ status: 'sent', attempts: 2, inDoubt: true })
    later(5)
    await out.until(id, 'confirmed')
    expect(out.mpesa.transactions().filter((one) => one.phone === phone)).toHaveLength(1)
  })

  test('killed before sending: the next one sends it', async () => {
    const { phone, draw } = await saver()
    const id = await draw()
    await savings.run(takeToSend)
    later(2)
    await out.until(id, 'confirmed')
    expect(out.mpesa.paidTo(phone)).toBe(100)
  })

  test('three workers and five orders: each is handed over once', async () => {
    const { draw, phone } = await saver()
    const { accountId } = await saver()
    expect(await savings.balance(accountId)).toBe(10_500n)
    const ids: number[] = [await draw(1_000n)]
    for (let n = 0; n < 4; n++) ids.push(await (await saver()).draw(1_000n))
    const org = world.org('visionfund')
    await Promise.all([1, 2, 3].map(() => payoutErrand.run(world.services, { org })))
    for (const id of ids) expect(await out.until(id, 'confirmed')).toMatchObject({ attempts: 1 })
    expect(out.mpesa.paidTo(phone)).toBe(10)
  })
})

/** What the dead worker did. */
async function sendAs(originatorId: string, phone: string): Promise<void> {
  const { openDaraja } = await import('#platform/providers/mpesa/mpesa.ts')
  const sent = await openDaraja(out.mpesa.account(out.address)).payOut({
    ...{ originatorId, phone: `+${phone}`, shillings: '100', remarks: 'as the dead worker' },
    ...{ resultUrl: `${out.address}/callbacks/nobody`, timeoutUrl: `${out.address}/callbacks/nobody` },
  })
  expect(sent).toMatchObject({ outcome: 'accepted' })
}

describe('a person decides', () => {
  test('at the counter: reserved until the till has paid, or given back', async () => {
    const { accountId, draw } = await saver()
    const paid = await draw(1_000n, 'counter')
    const kept = await draw(2_000n, 'counter')
    expect(await out.work()).toBe(0)
    expect(await refusalOf(savings.run((ctx) => askAboutPayout(ctx, paid)))).toBe('payout_not_sent')
    await savings.run((ctx) => confirmPayout(ctx, paid, 'till 7'))
    await savings.run((ctx) => returnPayout(ctx, kept, 'never fetched'))
    expect(await out.order(paid)).toMatchObject({ status: 'confirmed', receipt: 'till 7' })
    expect(await savings.balance(accountId)).toBe(10_500n - 1_500n)
    expect(await refusalOf(savings.run((ctx) => confirmPayout(ctx, kept, 'till 8')))).toBe('payout_settled')
    expect(await refusalOf(savings.run((ctx) => returnPayout(ctx, 9_999, 'x')))).toBe('payout_not_found')
  })

  test('on an order that is unknown, and the late result then moves nothing', async () => {
    out.mpesa.rule({ outcome: 'silent', times: 1 })
    const { draw } = await saver()
    const id = await draw()
    await out.until(id, 'sent')
    await savings.run((ctx) => confirmPayout(ctx, id, out.mpesa.transactions().at(-1)!.transactionId))
    later(5)
    expect(await out.work()).toBe(0)
    expect(await out.order(id)).toMatchObject({ status: 'confirmed', contradicted: false })
    const listed = await savings.run((ctx) => listPayouts(ctx, { status: 'confirmed', limit: 1 }))
    expect(listed.map((order) => order.id)).toEqual([id])
  })

  test('money that comes back finds its account also when it was closed meanwhile', async () => {
    out.mpesa.rule({ outcome: 'fail', delayMs: 100 })
    const { accountId, draw } = await saver()
    const id = await draw()
    await out.work()
    await savings.run((ctx) => changeAccountStatus(ctx, accountId, 'closed'))
    await out.until(id, 'returned')
    const account = (await savings.run((ctx) => savingsAccountById(ctx, accountId)))!
    expect(account).toMatchObject({ status: 'open', balance: 10_500n })
  })
})

describe('results from strangers', () => {
  const post = (path: string, body: object) => world.inject({ method: 'POST', url: path, payload: body })
  const result = (ResultCode: number, OriginatorConversationID: string) => ({
    Result: { ResultType: 0, ResultCode, ResultDesc: 'x', OriginatorConversationID, TransactionID: 'AAA0000000' },
  })

  test('without the key of the address, of another order, or no result at all: nothing happens', async () => {
    out.mpesa.rule({ outcome: 'silent' })
    const { draw } = await saver()
    const id = await draw()
    await out.until(id, 'sent')
    const { originatorId } = await out.order(id)
    const base = `/callbacks/visionfund/payouts/${originatorId}`
    expect((await post(`${base}/${'0'.repeat(32)}/result`, result(0, originatorId))).statusCode).toBe(404)
    expect((await post(`/callbacks/nobody/payouts/x/y/result`, result(0, originatorId))).statusCode).toBe(404)
    const { callbackKey } = await import('#src/worker/payout-errand.ts')
    const key = callbackKey(world.services, 'visionfund', originatorId)
    expect((await post(`${base}/${key}/result`, result(2040, 'another'))).statusCode).toBe(400)
    expect((await post(`${base}/${key}/result`, { Body: {} })).statusCode).toBe(400)
    expect((await out.order(id)).status).toBe('sent')
    expect((await post(`${base}/${key}/timeout/`, {})).json()).toEqual({ ResultCode: 0, ResultDesc: 'Accepted' })
    expect((await out.order(id)).status).toBe('unknown')
  })

  test('a forged failure with the right key gives no money back: the provider is asked, and has paid', async () => {
    out.mpesa.rule({ outcome: 'silent' })
    const { accountId, phone, draw } = await saver()
    const id = await draw()
    const { originatorId } = await out.until(id, 'sent')
    const { callbackKey } = await import('#src/worker/payout-errand.ts')
    const key = callbackKey(world.services, 'visionfund', originatorId)
    const forged = await post(`/callbacks/visionfund/payouts/${originatorId}/${key}/result`, result(2040, originatorId))
    expect(forged.statusCode).toBe(200)
    expect(await out.order(id)).toMatchObject({ status: 'unknown', settlingEntryId: null })
    expect(await savings.balance(accountId)).toBe(0n)
    expect(await refusalOf(savings.run((ctx) => returnPayout(ctx, id, 'it says failed')))).toBe('payout_in_flight')
    expect(await out.until(id, 'confirmed')).toMatchObject({ answer: 'paid', questions: 1 })
    expect([await savings.balance(accountId), out.mpesa.paidTo(phone)]).toEqual([0n, 100])
  })

  test('a forged answer needs the key of a question that waits: another order’s, an earlier or a later one’s do not do', async () => {
    out.mpesa.rule({ outcome: 'silent' })
    const { draw } = await saver()
    const [id, other] = [await draw(4_000n), await draw(4_000n)]
    const { originatorId } = await out.until(id, 'sent')
    const { originatorId: of } = await out.until(other, 'sent')
    const { callbackKey, questionKey } = await import('#src/worker/payout-errand.ts')
    const keyOf = (originator: string, nr: number) =>
      questionKey(world.services, 'visionfund', { originatorId: originator, nr })
    const answer = { Key: 'TransactionStatus', Value: 'Failed' }
    const body = { Result: { ResultCode: 0, ResultDesc: 'x', ResultParameters: { ResultParameter: [answer] } } }
    const forge = (key: string) => post(`/callbacks/visionfund/payouts/${originatorId}/${key}/status`, body)
    const wrong = [
      keyOf(of, 1),
      `2${keyOf(originatorId, 1).slice(1)}`,
      callbackKey(world.services, 'visionfund', originatorId),
    ]
    for (const key of wrong) expect((await forge(key)).statusCode).toBe(404)
    later(3)
    expect(await out.until(id, 'confirmed')).toMatchObject({ questions: 1, answered: 1 })
    for (const nr of [1, 2]) {
      expect((await forge(keyOf(originatorId, nr))).statusCode).toBe(200)
      expect(await out.order(id)).toMatchObject({ status: 'confirmed', answered: 1, answer: 'paid' })
    }
    await out.until(other, 'confirmed')
  })
})

describe('five withdrawals are returned while the provider pays them', () => {
  test('none goes back, all are paid, nobody has the money twice', async () => {
    out.mpesa.rule({ outcome: 'success', delayMs: 300 })
    const savers = await Promise.all([1, 2, 3, 4, 5].map(saver))
    const ids = await Promise.all(savers.map(({ draw }) => draw()))
    const working = out.work()
    const refusals: (string | null)[] = []
    await expect
      .poll(async () => {
        const orders = await Promise.all(ids.map((id) => out.order(id)))
        const taken = orders.filter(({ attempts }) => attempts > 0).map(({ id }) => id)
        refusals.push(
          ...(await Promise.all(taken.map((id) => refusalOf(savings.run((ctx) => returnPayout(ctx, id, 'x')))))),
        )
        return orders.every(({ status }) => status === 'confirmed')
      })
      .toBe(true)
    await working
    expect(new Set(refusals)).toEqual(new Set(['payout_in_flight', 'payout_settled']))
    for (const [n, { accountId, phone }] of savers.entries()) {
      expect(await out.order(ids[n]!)).toMatchObject({ status: 'confirmed', contradicted: false })
      expect([await savings.balance(accountId), out.mpesa.paidTo(phone)]).toEqual([0n, 100])
    }
  })

  test('one that was never handed over goes back, and is never sent', async () => {
    const { accountId, phone, draw } = await saver()
    const id = await draw()
    await savings.run((ctx) => returnPayout(ctx, id, 'changed their mind'))
    later(5)
    await out.work()
    expect(await out.order(id)).toMatchObject({ status: 'returned', attempts: 0 })
    expect([await savings.balance(accountId), out.mpesa.paidTo(phone)]).toEqual([10_500n, 0])
  })
})

describe('noted as paid by mistake', () => {
  test('the provider, asked after its word against it, says that it was not: a person gives it back', async () => {
    out.mpesa.rule({ outcome: 'silent_fail' })
    const { accountId, draw } = await saver()
    const before = await settlement()
    const id = await draw()
    await out.until(id, 'sent')
    await savings.run((ctx) => confirmPayout(ctx, id, 'A TYPO'))
    const back = () => refusalOf(savings.run((ctx) => returnPayout(ctx, id, 'not paid after all')))
    expect(await back()).toBe('payout_settled')
    await savings.run((ctx) => askAboutPayout(ctx, id))
    await expect.poll(async () => (await out.work(), (await out.order(id)).answer)).toBe('failed')
    expect(await out.order(id)).toMatchObject({ status: 'confirmed', contradicted: true })
    expect(await back()).toBeNull()
    expect(await out.order(id)).toMatchObject({ status: 'returned' })
    expect([await savings.balance(accountId), await settlement()]).toEqual([10_500n, before])
  })
})
