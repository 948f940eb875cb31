import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOfUser } from '#modules/teller/views.ts'
import { lookUp } from '#modules/third-parties/third-parties.ts'
import { transact } from '#platform/context.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { type Answered, type Member, openVision, type Vision } from '#test/vision.ts'

let vision: Vision
let john: Member
beforeAll(async () => {
  vision = await openVision({ env: { MKOPO_TRUST_PROXY: '1' } })
  john = await vision.client('John Doe')
})
afterAll(() => vision.close())

const details = (sent: Parameters<Vision['ask']>[1], query = '', id = john.id): Promise<Answered> =>
  vision.ask(`GET /loans/${id}${query}`, sent)

describe('GET /loans/{user_id}', () => {
  test('no loan yet', async () => {
    const { status, body } = await details({ body: { client_token: john.token } })
    const none = { loan_amount: 0, repayment_schedule: null, outstanding_amount: 0, status: 'none', loans: [] }
    expect([status, body]).toEqual([200, { user_id: john.id, ...none }])
  })

  test('the document’s example: token in the body of a GET, five fields, and all loans', async () => {
    await vision.disburse(john, 5000)
    await vision.repay(john, 2500)
    const { status, body } = await details({ body: { client_token: john.token } })
    const five = { loan_amount: 5000, repayment_schedule: 'monthly', outstanding_amount: 2500, status: 'approved' }
    const loans = [{ id: expect.any(Number), ...five, disbursed_at: expect.stringMatching(/^2026-02-15T/) }]
    expect([status, body]).toEqual([200, { user_id: john.id, ...five, loans }])
  })

  test('the token as Bearer or in the query too, with and without slash', async () => {
    for (const answer of [
      await details({ token: john.token }),
      await details({}, `?client_token=${john.token}`),
      await details({ token: john.token }, '/'),
      await details({ body: { client_token: john.token }, token: john.token }),
    ]) {
      expect([answer.status, answer.body.loan_amount]).toEqual([200, 5000])
    }
  })

  test('pending and previous loans apart; the current one is the latest open one', async () => {
    await vision.repay(john, 2500)
    await vision.disburse(john, 100)
    const amounts = async (query: string) => {
      const { body } = await details({ token: john.token }, query)
      return [body.loan_amount, body.loans.map((loan: { loan_amount: number }) => loan.loan_amount)]
    }
    expect(await amounts('?status=all')).toEqual([100, [100, 5000]])
    expect(await amounts('?status=pending')).toEqual([100, [100]])
    expect(await amounts('?status=previous')).toEqual([5000, [5000]])
    expect(await amounts('?status=paid')).toEqual([5000, [5000]])
    expect((await details({ token: john.token }, '?status=odd')).status).toBe(400)
  })

  test('no token 401, another client 403, unknown 404, no number 404, a bad body 400', async () => {
    const other = await vision.client('Other One')
    expect((await details({})).status).toBe(401)
    expect((await details({ body: { client_token: 'q1w2e3r4t5t65' } })).status).toBe(401)
    expect((await details({ body: { client_token: 7 } })).status).toBe(401)
    expect(await details({ token: other.token })).toMatchObject({ status: 403, body: { error: 'Permission denied' } })
    expect(await details({ token: vision.staff.token }, '', 99_999)).toMatchObject({
      status: 404,
      body: { error: 'Client not found' },
    })
    expect((await vision.ask('GET /loans/abc', { token: john.token })).status).toBe(404)
    const url = `/loans/${john.id}`
    const headers = { 'content-type': 'application/json' }
    const bad = await vision.world.inject({ method: 'GET', url, headers, payload: '{"client_token": ' })
    expect([bad.statusCode, bad.json().error]).toEqual([400, 'The request body is not valid JSON at position 17.'])
    const large = await vision.world.inject({
      method: 'GET',
      url,
      headers,
      payload: JSON.stringify({ a: 'x'.repeat(20_000) }),
    })
    expect(large.statusCode).toBe(413)
  })

  test('the neighbours on the same origin answer as ever', async () => {
    expect((await vision.ask('GET /loans/')).body).toEqual({ message: 'SokoCredit Loan running' })
    expect((await vision.ask('GET /loans')).body).toHaveProperty('msg')
    expect((await vision.ask('POST /loans', { body: {} })).body).toHaveProperty('msg')
    expect((await vision.ask('GET /users')).status).toBe(405)
    expect((await vision.ask('POST /users/1/nothing', { body: {} })).body).toEqual({ error: 'Not found' })
  })
})

describe('third parties', () => {
  let key: string
  let id: number
  const withKey = (apiKey = key) => details({ headers: { 'x-api-key': apiKey } })

  test('staff let an institution in; its key is shown once', async () => {
    const body = { name: 'Equity Bank', user_token: vision.staff.token }
    const made = await vision.ask('POST /third-parties', { body })
    expect([made.status, made.body]).toMatchObject([
      201,
      { name: 'Equity Bank', api_key: expect.stringMatching(/^mk_.{43}$/) },
    ])
    ;({ api_key: key, id } = made.body)
    expect((await vision.ask('POST /third-parties', { body: { name: 'X', user_token: john.token } })).status).toBe(403)
    expect(
      (await vision.ask('POST /third-parties', { body: { name: '', user_token: vision.staff.token } })).status,
    ).toBe(400)
  })

  test('it sees a client’s loans once he has agreed, and not after he took it back', async () => {
    expect(await withKey()).toMatchObject({ status: 403, body: { error: 'The client has not agreed to this.' } })
    const agree = { third_party_id: id, client_token: john.token }
    expect(await vision.ask(`POST /users/${john.id}/consents`, { body: agree })).toMatchObject({
      status: 201,
      body: { consent: true, valid_until: expect.stringMatching(/^2027-02-15T/) },
    })
    const { status, body } = await withKey()
    expect([status, body.loans.length]).toEqual([200, 2])
    expect(JSON.stringify(body)).not.toContain(john.email)
    expect((await details({ token: key })).status).toBe(200)
    const list = await vision.ask(`POST /api/transactions/${john.id}`, { body: {}, headers: { 'x-api-key': key } })
    expect(list.status).toBe(200)
    const gone = `DELETE /users/${john.id}/consents/${id}`
    expect((await vision.ask(gone, { token: john.token })).status).toBe(204)
    expect((await vision.ask(gone, { token: john.token })).status).toBe(403)
    expect((await withKey()).status).toBe(403)
  })

  test('it only looks: no money, no staff’s doings; a stranger’s consent is not his to give', async () => {
    const money = { amount: 1, source: 'mpesa' }
    for (const path of ['deposit', 'disburse', 'loans/repayment', 'withdrawal']) {
      const answer = await vision.ask(`POST /api/transactions/${path}/${john.id}`, {
        body: money,
        headers: { 'x-api-key': key },
      })
      expect(answer.status).toBe(403)
    }
    const other = await vision.client('Not Him')
    const body = { third_party_id: id, client_token: other.token }
    expect((await vision.ask(`POST /users/${john.id}/consents`, { body })).status).toBe(403)
    const unknown = { third_party_id: 999, client_token: other.token }
    expect((await vision.ask(`POST /users/${other.id}/consents`, { body: unknown })).body.error).toBe(
      'Institution not found',
    )
  })

  test('consent ends on its day by itself, and is given anew', async () => {
    const agree = (validDays: number) =>
      vision.ask(`POST /users/${john.id}/consents`, {
        body: { third_party_id: id, valid_days: validDays, client_token: john.token },
      })
    expect((await agree(0)).status).toBe(400)
    expect((await agree(731)).status).toBe(400)
    const end = Date.parse((await agree(1)).body.valid_until)
    expect(end - vision.world.clock.now().getTime()).toBeGreaterThan(86_000_000)
    const standsAt = (now: number) =>
      transact({ ...vision.world.door('visionfund'), now: new Date(now) }, async (ctx) => {
        const { customerId } = (await clientOfUser(ctx, john.id))!
        const institution = { kind: 'third_party', id, name: 'Equity Bank', roles: ['third_party'] } as const
        return refusalOf(lookUp({ ...ctx, actor: institution }, customerId, 'loans'))
      })
    expect(await standsAt(end - 1)).toBeNull()
    expect(await standsAt(end)).toBe('consent_missing')
    const gone = `DELETE /users/${john.id}/consents/${id}`
    expect((await vision.ask(gone, { token: john.token })).status).toBe(204)
  })

  test('every look by another is noted: who, at whom, at what', async () => {
    await details({ token: vision.staff.token })
    const looks = await eventsOf(vision.world, 'visionfund', 'customer.looked_up')
    expect(looks.map(({ actor, data }) => [actor, data.what, data.by])).toEqual([
      [`third_party:${id}`, 'loans', 'Equity Bank'],
      [`third_party:${id}`, 'loans', 'Equity Bank'],
      [`third_party:${id}`, 'transactions', 'Equity Bank'],
      ['system:test', 'loans', 'Equity Bank'],
      ['user:1', 'loans', null],
    ])
  })

  test('a look that was refused is noted all the same, by whichever way it was tried', async () => {
    const client = await vision.client('Nobody Else')
    const stranger = await vision.client('A Stranger')
    const before = (await eventsOf(vision.world, 'visionfund', 'customer.look_refused')).length
    const list = `POST /api/transactions/${client.id}`
    const headers = { 'x-api-key': key }
    expect((await vision.ask(`GET /loans/${client.id}`, { headers })).status).toBe(403)
    expect((await vision.ask(list, { body: {}, headers })).status).toBe(403)
    const once = { ...headers, 'idempotency-key': 'a look' }
    expect((await vision.ask(list, { body: {}, headers: once })).status).toBe(403)
    expect((await vision.ask(list, { body: { token: stranger.token } })).status).toBe(403)
    const looks = (await eventsOf(vision.world, 'visionfund', 'customer.look_refused')).slice(before)
    expect(looks.map(({ actor, data }) => [actor, data.what, data.by, data.reason])).toEqual([
      [`third_party:${id}`, 'loans', 'Equity Bank', 'consent_missing'],
      [`third_party:${id}`, 'transactions', 'Equity Bank', 'consent_missing'],
      [`third_party:${id}`, 'transactions', 'Equity Bank', 'consent_missing'],
      [`user:${stranger.id}`, 'transactions', null, 'not_yours'],
    ])
  })

  test('the key itself is kept nowhere', async () => {
    const { rows } = await withClient(vision.world.owner, (client) =>
      client.query('select t::text as row, octet_length(key_hash) as bytes from third_parties t'),
    )
    expect(rows.map(({ bytes }) => bytes)).toContain(32)
    const kept = ['events', 'http_answers', 'messages'].map((table) => `select t::text as row from ${table} t`)
    const { rows: others } = await withClient(vision.world.owner, (client) => client.query(kept.join(' union all ')))
    expect([...rows, ...others].filter(({ row }) => row.includes(key))).toEqual([])
  })

  test('who tries keys is stopped for a quarter of an hour, the right key too, but only from his address', async () => {
    const from = (remoteAddress: string, apiKey: string) =>
      vision.ask(`GET /loans/${john.id}`, { headers: { 'x-api-key': apiKey, 'x-forwarded-for': remoteAddress } })
    const short = await vision.ask('POST /third-parties', {
      body: { name: 'Guessed At', valid_days: 1, user_token: vision.staff.token },
    })
    const statuses = []
    for (let n = 0; n < 21; n++) statuses.push((await from('10.9.9.9', `mk_guess${n}`)).status)
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429])
    expect((await from('10.9.9.9', short.body.api_key)).status).toBe(429)
    expect((await from('10.8.8.8', short.body.api_key)).status).toBe(403)
    const later = new Date(vision.world.clock.now().getTime() + 15 * 60_000)
    vision.world.clock.moveTo(later)
    expect((await from('10.9.9.9', short.body.api_key)).status).toBe(403)
  })

  test('a wrong key, a key that was ended, a key past its day: 401', async () => {
    expect((await withKey('mk_guess')).status).toBe(401)
    const short = await vision.ask('POST /third-parties', {
      body: { name: 'Brief', valid_days: 1, user_token: vision.staff.token },
    })
    const end = `DELETE /third-parties/${id}`
    expect((await vision.ask(end, { token: vision.staff.token })).status).toBe(204)
    expect((await vision.ask(end, { token: vision.staff.token })).status).toBe(404)
    expect((await withKey()).status).toBe(401)
    vision.world.clock.moveTo(new Date(vision.world.clock.now().getTime() + 25 * 3_600_000))
    expect(await withKey(short.body.api_key)).toMatchObject({ status: 401, body: { error: 'Token has expired.' } })
  })
})
