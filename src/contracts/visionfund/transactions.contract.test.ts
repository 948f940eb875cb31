import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let john: Member
let jane: Member
beforeAll(async () => {
  vision = await openVision({ now: '2024-03-02T09:23:45Z' })
  john = await vision.client('John Doe')
  jane = await vision.client('Jane Doe')
})
afterAll(async () => {
  await vision.agrees()
  await vision.close()
})

const post = (path: string, body: object, headers?: Record<string, string>): Promise<Answered> =>
  vision.ask(`POST /api/transactions/${path}`, { body, ...(headers && { headers }) })
const code = expect.stringMatching(/^[a-z0-9]{8}$/)
const time = expect.stringMatching(/^12:\d\d:\d\d$/)
const common = { id: expect.any(Number), code, time, date: '2/3/2024' }

describe('the document’s requests', () => {
  test('2.4 deposit', async () => {
    const { status, body } = await post(`deposit/${jane.id}`, {
      source: 'mpesa',
      amount: 233,
      client_token: jane.token,
    })
    expect([status, body]).toMatchObject([201, { ...common, balance: '233', type: 'deposit', amount: 233 }])
    expect(body).toMatchObject({
      mpesa_receipt: expect.stringMatching(/^[A-Z0-9]{10}$/),
      timestamp: expect.stringMatching(/Z$/),
    })
  })

  test('2.5 withdrawal, on the same path: fetched at the counter, for no phone is known', async () => {
    const { status, body } = await post(`deposit/${jane.id}`, { amount: 33, client_token: jane.token })
    expect([status, body]).toMatchObject([
      201,
      { ...common, balance: '200', type: 'withdrawal', channel: 'counter', payout_status: 'reserved' },
    ])
  })

  test('2.1 loan disbursment', async () => {
    const { status, body } = await post(`disburse/${jane.id}`, { amount: 233, user_token: vision.staff.token })
    const expected = { ...common, by: vision.staff.id, user_id: jane.id, amount: 233, type: 'disbursement' }
    expect([status, body]).toMatchObject([201, expected])
  })

  test('2.3 loan repayment', async () => {
    const { status, body } = await post(`loans/repayment/${jane.id}`, {
      source: ' MPESA ',
      amount: 33,
      client_token: jane.token,
    })
    expect([status, body]).toMatchObject([
      201,
      { ...common, amount: 33, balance: '200', account_balance: '433', loan_balance: '200' },
    ])
  })

  test('2.1 all transactions: an array, newest first; ?latest=true the newest alone', async () => {
    const { status, body } = await post(String(jane.id), { token: jane.token })
    expect([status, body.length]).toEqual([200, 4])
    const first = body.at(-1)
    expect(first).toMatchObject({ ...common, user_id: jane.id, amount: 233, type: 'deposit' })
    expect((await post(`${jane.id}?latest=true`, { token: jane.token })).body).toEqual(body[0])
    expect((await post(`${jane.id}?before=${body[1].id}`, { token: jane.token })).body).toEqual(body.slice(2))
    expect((await post(String(john.id), { token: john.token })).body).toEqual([])
  })

  test('with amount and type it records, by the same rules', async () => {
    const record = (body: object) => post(String(john.id), { token: john.token, ...body })
    expect(await record({ type: 'deposit', amount: 50 })).toMatchObject({ status: 201, body: { balance: '50' } })
    expect(await record({ type: ' Withdrawal ', amount: 20 })).toMatchObject({ status: 201, body: { balance: '30' } })
    expect((await record({ type: 'withdrawal', amount: 31 })).status).toBe(422)
    expect((await record({ type: 'disbursement', amount: 100 })).status).toBe(403)
    expect((await record({ amount: 100 })).body.errors).toEqual({ type: ['This field is required.'] })
    const lent = await post(String(john.id), { token: vision.staff.token, type: 'disbursement', amount: 100 })
    expect([lent.status, lent.body.balance]).toEqual([201, '130'])
    expect(await record({ type: 'loan repayment', amount: 100, source: 'account' })).toMatchObject({
      status: 201,
      body: { balance: '0', account_balance: '30' },
    })
    expect((await record({ type: 'gift', amount: 1 })).status).toBe(400)
  })

  test.each(['withdrawal', 'withdraw', 'withdraw/'])(
    'a path of its own: %s, where a source is refused',
    async (path) => {
      const at = path.endsWith('/') ? `withdraw/${john.id}/` : `${path}/${john.id}`
      expect(await post(at, { amount: 1, client_token: john.token })).toMatchObject({
        status: 201,
        body: { type: 'withdrawal' },
      })
      expect((await post(at, { amount: 1, source: 'mpesa', client_token: john.token })).body.errors).toHaveProperty(
        'source',
      )
    },
  )
})

describe('a source decides: nothing meant as a deposit becomes a withdrawal', () => {
  test.each([[''], [null], ['card'], [7], [{}]])('source %j is refused and nothing moves', async (source) => {
    const before = (await post(`${john.id}?latest=true`, { token: john.token })).body.id
    const answer = await post(`deposit/${john.id}`, { source, amount: 5, client_token: john.token })
    expect([answer.status, answer.body.errors]).toMatchObject([400, { source: [expect.any(String)] }])
    expect((await post(`${john.id}?latest=true`, { token: john.token })).body.id).toBe(before)
  })

  test('an explicit type goes before it', async () => {
    const move = (body: object) => post(`deposit/${john.id}`, { client_token: john.token, amount: 5, ...body })
    expect((await move({ type: 'deposit', source: 'mpesa' })).body.type).toBe('deposit')
    expect((await move({ type: 'withdrawal', source: 'mpesa' })).body.type).toBe('withdrawal')
    expect((await move({ type: 'deposit' })).status).toBe(400)
  })
})

describe('amounts', () => {
  test.each([
    [0],
    [-5],
    ['abc'],
    ['1e3'],
    [0.001],
    ['10.999'],
    [null],
    [undefined],
    [[]],
    [12_345_678_901],
    [Number.MAX_VALUE],
    [''],
  ])('%j is refused with 400, naming the field', async (amount) => {
    for (const answer of [
      await vision.deposit(john, amount),
      await vision.withdraw(john, amount),
      await vision.disburse(john, amount),
      await vision.repay(john, amount),
    ]) {
      expect([answer.status, answer.body.errors]).toMatchObject([400, { amount: [expect.any(String)] }])
    }
  })

  test.each([
    ['289.50', '289.50'],
    [0.1, '0.10'],
    ['7', '7'],
    [19.99, '19.99'],
  ])('%j is taken to the cent', async (amount, balance) => {
    const saver = await vision.client('Penny Saver')
    expect((await vision.deposit(saver, amount)).body).toMatchObject({ balance, amount: Number(amount) })
  })
})

describe('who may', () => {
  const paths = ['deposit', 'withdrawal', 'loans/repayment', 'disburse'] as const

  test.each(paths)('%s without a token: 401; with a forged one: 401', async (path) => {
    const body = { amount: 1, source: 'mpesa' }
    expect(await post(`${path}/${john.id}`, body)).toMatchObject({ status: 401, body: { error: 'A token is needed.' } })
    const field = path === 'disburse' ? 'user_token' : 'client_token'
    const forged = await post(`${path}/${john.id}`, { ...body, [field]: 'q1w2e3r4t5t65' })
    expect(forged).toMatchObject({ status: 401, body: { error: 'The token is not valid.' } })
  })

  test('a client moves nobody else’s money, lends nothing, and does not see another’s list', async () => {
    const foreign = { client_token: john.token, amount: 1 }
    expect(await post(`deposit/${jane.id}`, { ...foreign, source: 'mpesa' })).toMatchObject({
      status: 403,
      body: { error: 'Permission denied' },
    })
    expect((await post(`deposit/${jane.id}`, foreign)).status).toBe(403)
    expect((await post(`loans/repayment/${jane.id}`, { ...foreign, source: 'account' })).status).toBe(403)
    expect((await post(`disburse/${jane.id}`, { user_token: john.token, amount: 1 })).status).toBe(403)
    expect((await post(String(jane.id), { token: john.token })).status).toBe(403)
  })

  test('staff see the list but move no client’s money', async () => {
    expect((await post(String(jane.id), { token: vision.staff.token })).status).toBe(200)
    expect((await post(`deposit/${jane.id}`, { client_token: vision.staff.token, amount: 1 })).status).toBe(403)
    const record = { token: vision.staff.token, type: 'withdrawal', amount: 1 }
    expect((await post(String(jane.id), record)).status).toBe(403)
  })

  test('nobody is lent to who is no client; nobody lends to himself', async () => {
    expect(await vision.disburse({ id: 99_999, token: '', email: '' }, 5)).toMatchObject({
      status: 404,
      body: { error: 'Client not found' },
    })
    expect((await vision.disburse(vision.staff, 5)).status).toBe(404)
    expect((await post('disburse/abc', { amount: 1, user_token: vision.staff.token })).status).toBe(404)
  })

  test('a Bearer token goes too; two that differ are refused; an hour later it is over', async () => {
    const path = `POST /api/transactions/${john.id}`
    expect((await vision.ask(path, { token: john.token, body: {} })).status).toBe(200)
    expect((await vision.ask(path, { token: john.token, body: { token: john.token } })).status).toBe(200)
    expect((await vision.ask(path, { token: john.token, body: { token: jane.token } })).status).toBe(400)
    vision.world.clock.moveTo(new Date(vision.world.clock.now().getTime() + 3_601_000))
    expect(await vision.ask(path, { token: john.token, body: {} })).toMatchObject({
      status: 401,
      body: { error: 'Token has expired.' },
    })
  })
})

describe('lending and repaying', () => {
  let anne: Member
  const repay = (amount: number, source = 'account') => vision.repay(anne, amount, source)
  beforeAll(async () => {
    const staff = await vision.login('staff@visionfund.co.ke')
    vision = { ...vision, staff: { ...vision.staff, token: staff } }
    anne = await vision.client('Anne Njeri')
  })
  const lend = (amount: number, more: object = {}) =>
    post(`disburse/${anne.id}`, { amount, user_token: vision.staff.token, ...more })

  test('nothing is repaid where nothing is owed', async () => {
    await vision.deposit(anne, 1000)
    expect(await repay(10)).toMatchObject({ status: 422, body: { error: 'There is no open loan.' } })
  })

  test('never more than is owed, never more than the account holds, oldest loan first', async () => {
    await lend(300, { repayment_schedule: 'weekly' })
    await lend(200, { repayment_schedule: 'Yearly', destination: 'account' })
    expect((await repay(501)).body.error).toBe('The amount is more than what is owed.')
    expect(await repay(350)).toMatchObject({ status: 201, body: { loan_balance: '150', account_balance: '1150' } })
    const { body } = await vision.ask(`GET /loans/${anne.id}`, { token: anne.token })
    const rows = body.loans.map((loan: Record<string, unknown>) => [
      loan.loan_amount,
      loan.outstanding_amount,
      loan.status,
      loan.repayment_schedule,
    ])
    expect(rows).toEqual([
      [200, 150, 'approved', 'yearly'],
      [300, 0, 'paid', 'weekly'],
    ])
    await vision.withdraw(anne, 1100)
    expect(await repay(51)).toMatchObject({ status: 422, body: { error: 'Insufficient funds' } })
    expect((await repay(150, 'mpesa')).body).toMatchObject({ balance: '0', account_balance: '50' })
  })

  test.each([[undefined], [''], ['cash'], [3]])('source %j: 400', async (source) => {
    if (source !== undefined) expect((await repay(5, source as string)).status).toBe(400)
    expect(
      (await post(`loans/repayment/${anne.id}`, { amount: 5, client_token: anne.token })).body.errors,
    ).toHaveProperty('source')
  })

  test('to M-Pesa without a phone, with a strange destination or rhythm, above any product: refused', async () => {
    expect(await lend(100, { destination: 'mpesa' })).toMatchObject({
      status: 422,
      body: { error: 'There is no phone number on file to pay to.' },
    })
    expect((await lend(100, { destination: 'bank' })).status).toBe(400)
    expect((await lend(100, { repayment_schedule: 'sometimes' })).status).toBe(400)
    expect((await vision.withdraw({ ...anne, id: anne.id }, 5_000_000)).status).toBe(422)
  })
})

describe('the same request again', () => {
  test('under one Idempotency-Key it is done once; under it another one is refused', async () => {
    const saver = await vision.client('Ida Twice')
    const again = (amount: number) =>
      post(`deposit/${saver.id}`, { source: 'mpesa', amount, client_token: saver.token }, { 'idempotency-key': 'k1' })
    const first = await again(100)
    const second = await again(100)
    expect([second.status, second.body, second.headers['idempotent-replay']]).toEqual([201, first.body, 'true'])
    expect((await again(200)).status).toBe(409)
    expect((await vision.list(saver)).body).toHaveLength(1)
    const other = await vision.client('Ida Else')
    expect(
      (
        await post(
          `deposit/${other.id}`,
          { source: 'mpesa', amount: 7, client_token: other.token },
          { 'idempotency-key': 'k1' },
        )
      ).body.balance,
    ).toBe('7')
  })

  test('a new token does not make it another request', async () => {
    const saver = await vision.client('Ida Later')
    const at = (token: string) =>
      post(`deposit/${saver.id}`, { source: 'mpesa', amount: 5, client_token: token }, { 'idempotency-key': 'k2' })
    const first = await at(saver.token)
    vision.world.clock.moveTo(new Date(vision.world.clock.now().getTime() + 5_000))
    const second = await at(await vision.login(saver.email, 'a good password'))
    expect(second.body).toEqual(first.body)
  })
})

test('of two withdrawals of the whole balance at once exactly one succeeds, a hundred times', async () => {
  const saver = await vision.client('Quick Both')
  for (let n = 0; n < 100; n++) {
    await vision.deposit(saver, 10)
    const both = await Promise.all([vision.withdraw(saver, 10), vision.withdraw(saver, 10)])
    expect(both.map(({ status }) => status).sort()).toEqual([201, 422])
    expect(both.find(({ status }) => status === 201)!.body.balance).toBe('0')
  }
})
