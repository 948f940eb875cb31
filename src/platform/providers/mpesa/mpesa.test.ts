import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openDaraja, type PayoutRequest } from '#platform/providers/mpesa/mpesa.ts'
import { payoutVerdict, readResult, statusAnswer } from '#platform/providers/mpesa/mpesa-results.ts'
import { type MpesaSimulator, startMpesaSimulator } from '#platform/providers/mpesa/simulator/simulator.ts'

let simulator: MpesaSimulator
let listener: Server
let callbackUrl: string
const heard: { path: string; body: unknown }[] = []

beforeAll(async () => {
  simulator = await startMpesaSimulator({ delayMs: 5 })
  listener = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    heard.push({ path: request.url!, body: JSON.parse(Buffer.concat(chunks).toString()) })
    response.end('{}')
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  callbackUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
})
beforeEach(() => {
  heard.length = 0
  simulator.clearRules()
})
afterAll(async () => {
  await simulator.close()
  listener.close()
})

const open = (send?: typeof fetch) => openDaraja(simulator.account(callbackUrl), send)
let orders = 0
const request = (change: Partial<PayoutRequest> = {}): PayoutRequest => ({
  originatorId: `mk${String(++orders).padStart(16, '0')}`,
  phone: '+254712345678',
  shillings: '100',
  remarks: 'Withdrawal 1',
  resultUrl: `${callbackUrl}/result/${orders}`,
  timeoutUrl: `${callbackUrl}/timeout/${orders}`,
  ...change,
})
/** What was posted to the address of an order's result. */
const hears = async ({ resultUrl }: PayoutRequest): Promise<unknown> => {
  const find = () => heard.find(({ path }) => resultUrl.endsWith(path))
  await expect.poll(find).toBeDefined()
  return find()!.body
}

describe('paying out', () => {
  test('the order is accepted, and its result says paid with receipt and amount', async () => {
    const order = request()
    const accepted = await open().payOut(order)
    expect(accepted).toEqual({ outcome: 'accepted', conversationId: expect.stringMatching(/^AG_\d{8}_[0-9a-f]{20}$/) })
    const result = readResult(await hears(order))!
    expect(result).toMatchObject({ code: '0', originatorId: order.originatorId })
    const [paid] = simulator.transactions().slice(-1)
    expect(payoutVerdict(result)).toEqual({ verdict: 'paid', receipt: paid!.transactionId, amount: 10_000n })
  })

  test('the same order again is known already, and nothing is paid twice', async () => {
    const order = request({ phone: '+254712000001' })
    const daraja = open()
    await daraja.payOut(order)
    expect(await daraja.payOut(order)).toEqual({ outcome: 'known_already' })
    await hears(order)
    expect(simulator.paidTo('254712000001')).toBe(100)
  })

  test.each([
    ['busy', 'not_reached'],
    ['invalid', 'refused'],
    ['lost_before', 'unheard'],
    ['lost_after', 'unheard'],
  ] as const)('%s is %s', async (outcome, expected) => {
    simulator.rule({ outcome, times: 1 })
    expect(await open().payOut(request())).toMatchObject({ outcome: expected, reason: expect.any(String) })
  })

  test('an amount that M-Pesa does not pay is refused, nobody at the address is not reached, a wrong key neither', async () => {
    expect(await open().payOut(request({ shillings: '9' }))).toMatchObject({ outcome: 'refused' })
    const account = simulator.account(callbackUrl)
    const away = openDaraja({ ...account, url: 'http://127.0.0.1:1' })
    expect(await away.payOut(request())).toMatchObject({ outcome: 'not_reached' })
    const stranger = openDaraja({ ...account, consumerSecret: 'guess' })
    expect(await stranger.payOut(request())).toMatchObject({ outcome: 'not_reached', reason: /no token/ })
  })

  test('one token serves all, and is fetched anew when Daraja does not take it any more', async () => {
    let tokens = 0
    const daraja = open((url, init) => {
      if (String(url).includes('/oauth/')) tokens += 1
      return fetch(url, init)
    })
    await Promise.all([daraja.payOut(request()), daraja.payOut(request())])
    expect(tokens).toBe(1)
    simulator.endTokens()
    expect(await daraja.payOut(request())).toMatchObject({ outcome: 'accepted' })
    expect(tokens).toBe(2)
  })
})

describe('asking what became of it', () => {
  test.each([
    ['silent', { verdict: 'paid', receipt: expect.stringMatching(/^[A-Z][A-Z0-9]{9}$/), amount: 10_000n }],
    ['silent_fail', { verdict: 'failed', reason: 'the transaction is failed' }],
  ] as const)('of one that was %s', async (outcome, expected) => {
    simulator.rule({ outcome, times: 1 })
    const daraja = open()
    const order = request()
    await daraja.payOut(order)
    await expect.poll(() => simulator.transactions().at(-1)!.result).not.toBeNull()
    expect(await daraja.ask({ ...order })).toMatchObject({ outcome: 'accepted' })
    expect(statusAnswer(readResult(await hears(order))!)).toEqual(expected)
  })

  test('of one that it never heard of: it says so', async () => {
    const order = request()
    await open().ask(order)
    expect(statusAnswer(readResult(await hears(order))!)).toMatchObject({ verdict: 'not_found' })
  })
})

test.each([
  ['a documented failure', '2040', 'failed'],
  ['no float left', 1, 'failed'],
  ['an operator that does not exist', 'SFC_IC0003', 'failed'],
  ['an internal error, which says nothing of the money', 17, 'unclear'],
  ['paid without a receipt', 0, 'unclear'],
] as const)('a result with %s is %s: %s', (_, ResultCode, verdict) => {
  expect(payoutVerdict(readResult({ Result: { ResultCode, ResultDesc: 'said' } })!)).toMatchObject({ verdict })
})

test('what is no result is read as none', () => {
  expect(readResult({})).toBeNull()
  expect(readResult({ Result: { ResultDesc: 'no code' } })).toBeNull()
  expect(readResult('text')).toBeNull()
})
