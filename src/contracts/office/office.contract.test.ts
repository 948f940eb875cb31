import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { office } from '#contracts/office/contract.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { announceJobs } from '#platform/work/jobs.ts'
import { heldToItsSchemas } from '#test/declared-answers.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { openWorld, type World } from '#test/world.ts'

interface Asked {
  readonly token?: string
  readonly org?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

let world: World
let app: FastifyInstance
let lender: Lender
let person: Person
let platform: string
let manager: string
let clerk: string

async function ask(what: string, { token, org, body, headers = {} }: Asked = {}) {
  const [method, url] = what.split(' ') as ['GET' | 'POST', string]
  const response = await app.inject({
    method,
    url,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(org && { 'x-organisation': org }), ...headers },
    ...(body !== undefined && { payload: body as object }),
  })
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    body: response.body ? response.json() : null,
  }
}

const tokens = async (email: string) =>
  (await ask('POST /office/v1/auth/token', { body: { email, password: 'password' } })).body

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
  lender = await openLender(world)
  person = await lender.borrower('amina')
  const register = (slug: string, email: string, role: 'platform_admin' | 'manager' | 'staff') =>
    transact(world.door(slug), (ctx) => registerUser(ctx, { email, password: 'password', roles: [role] }))
  await register('mkopo', 'admin@mkopo.test', 'platform_admin')
  await register('sokocredit', 'manager@soko.test', 'manager')
  await register('sokocredit', 'clerk@soko.test', 'staff')
  app = await buildServer(world.services, [heldToItsSchemas(office)])
  announceJobs(world.services, [{ name: 'close-of-business', cron: '10 0 * * *', run: async () => undefined }])
  platform = (await tokens('admin@mkopo.test')).access
  manager = (await tokens('manager@soko.test')).access
  clerk = (await tokens('clerk@soko.test')).access
})
afterAll(async () => {
  await app.close()
  await world.close()
})

describe('logging in', () => {
  test('whoever signs up elsewhere with the address of staff does not shut them out', async () => {
    const email = 'teller@vision.test'
    const register = (slug: string, password: string, role: 'customer' | 'staff') =>
      transact(world.door(slug), (ctx) => registerUser(ctx, { email, password, roles: [role] }))
    await register('sokocredit', 'of a squatter', 'customer')
    await register('visionfund', 'password', 'staff')
    const { access } = await tokens(email)
    expect((await ask('GET /office/v1/auth/me', { token: access })).body).toMatchObject({ organisation: 'visionfund' })
    expect((await ask('POST /office/v1/auth/token', { body: { email, password: 'neither' } })).status).toBe(401)
  })

  test('with an organisation chosen lets in whoever works there, and who acts in all of them', async () => {
    const logIn = async (email: string, password = 'password') => {
      const { status, body } = await ask('POST /office/v1/auth/token', { org: 'sokocredit', body: { email, password } })
      return { status, token: body.access as string }
    }
    const admin = await logIn('admin@mkopo.test')
    expect(admin.status).toBe(200)
    const here = await ask('GET /office/v1/auth/me', { token: admin.token, org: 'sokocredit' })
    expect(here.body).toMatchObject({ roles: ['platform_admin'], organisation: 'sokocredit' })
    expect((await logIn('manager@soko.test')).status).toBe(200)
    await transact(world.door('sokocredit'), (ctx) =>
      registerUser(ctx, { email: 'admin@mkopo.test', password: 'of a squatter', roles: ['customer'] }),
    )
    await transact(world.door('mkopo'), (ctx) =>
      registerUser(ctx, { email: 'clerk@mkopo.test', password: 'password', roles: ['manager'] }),
    )
    const outcomes = [
      await logIn('admin@mkopo.test'),
      await logIn('admin@mkopo.test', 'wrong'),
      await logIn('clerk@mkopo.test'),
      await logIn('teller@vision.test'),
      await logIn('nobody@mkopo.test'),
    ]
    expect(outcomes.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401])
  })

  test('staff are found in their own organisation; the platform’s choose one by header', async () => {
    expect((await ask('GET /office/v1/auth/me', { token: manager })).body).toMatchObject({
      roles: ['manager'],
      organisation: 'sokocredit',
    })
    expect((await ask('GET /office/v1/auth/me', { token: platform })).body).toMatchObject({ organisation: 'mkopo' })
    expect((await ask('GET /office/v1/auth/me', { token: platform, org: 'sokocredit' })).body).toMatchObject({
      organisation: 'sokocredit',
    })
  })

  test('a manager of one organisation is nobody in another', async () => {
    expect(await ask('GET /office/v1/auth/me', { token: manager, org: 'visionfund' })).toMatchObject({ status: 403 })
    expect(await ask('GET /office/v1/payments', { token: manager, org: 'visionfund' })).toMatchObject({ status: 403 })
    expect((await ask('GET /office/v1/payments', { token: manager, org: 'nowhere' })).status).toBe(404)
  })

  test('a wrong password is a problem document', async () => {
    const answer = await ask('POST /office/v1/auth/token', { body: { email: 'admin@mkopo.test', password: 'wrong' } })
    expect(answer).toMatchObject({
      status: 401,
      type: expect.stringContaining('application/problem+json'),
      body: { status: 401, code: 'credentials_invalid' },
    })
  })

  test('missing fields are named', async () => {
    const { status, body } = await ask('POST /office/v1/auth/token', { body: {} })
    expect(status).toBe(400)
    expect(JSON.stringify(body.errors)).toMatch(/email.*password/)
  })

  test('a refresh token serves once; its second use ends the session', async () => {
    const first = await tokens('manager@soko.test')
    const second = await ask('POST /office/v1/auth/refresh', { body: { refresh: first.refresh } })
    expect(second.status).toBe(200)
    expect((await ask('POST /office/v1/auth/refresh', { body: { refresh: first.refresh } })).status).toBe(401)
    expect((await ask('GET /office/v1/auth/me', { token: second.body.access })).status).toBe(401)
  })

  it.each([undefined, 'sokocredit'])('logging out ends it, also while acting in %s', async (org) => {
    const { access } = await tokens('admin@mkopo.test')
    const at = { token: access, ...(org ? { org } : {}) }
    expect((await ask('POST /office/v1/auth/logout', at)).status).toBe(204)
    expect((await ask('GET /office/v1/auth/me', { token: access })).status).toBe(401)
  })
})

describe('payments', () => {
  let loanId: number
  let lost: number

  beforeAll(async () => {
    loanId = await lender.lend(person, 1_200_000n)
    lost = (await lender.pay('+254733000000', 220_000n, 'LOST')).paymentId
    await lender.pay(person.phone, 100_000n, 'PAID')
  })

  test('are listed by status, latest first, in pages', async () => {
    const suspense = await ask('GET /office/v1/payments?status=suspense', { token: manager })
    expect(suspense.body).toEqual({
      payments: [
        expect.objectContaining({
          id: lost,
          reference: 'LOST',
          amount: '2200.00',
          status: 'suspense',
          reason: 'payer_unknown',
        }),
      ],
      next: null,
    })
    const page = await ask('GET /office/v1/payments?limit=1', { token: manager })
    expect(page.body.payments[0].reference).toBe('PAID')
    const rest = await ask(`GET /office/v1/payments?limit=1&before=${page.body.next}`, { token: manager })
    expect(rest.body.payments[0].reference).toBe('LOST')
    expect((await ask('GET /office/v1/payments?status=odd', { token: manager })).status).toBe(400)
  })

  test('in suspense are matched once, however many try at once', async () => {
    const match = () => ask(`POST /office/v1/payments/${lost}/match`, { token: manager, body: { loan_id: loanId } })
    const answers = await Promise.all([match(), match(), match()])
    expect(answers.map((a) => a.status).sort()).toEqual([200, 409, 409])
    expect((await ask(`GET /office/v1/payments/${lost}`, { token: manager })).body).toMatchObject({
      status: 'applied',
      customer_id: person.customerId,
    })
    await lender.expectAgreement()
  })

  test('applied ones are reversed once, and the debt is back', async () => {
    const { balance } = await lender.loan(loanId)
    const reversed = await ask(`POST /office/v1/payments/${lost}/reverse`, {
      token: manager,
      body: { reason: 'M-Pesa reversal' },
    })
    expect(reversed).toMatchObject({ status: 200, body: { status: 'reversed' } })
    expect((await lender.loan(loanId)).balance).toBe(balance + 220_000n)
    expect(
      (await ask(`POST /office/v1/payments/${lost}/reverse`, { token: manager, body: { reason: 'again' } })).status,
    ).toBe(409)
    await lender.expectAgreement()
  })

  test('sent back from suspense leave the books', async () => {
    const { paymentId } = await lender.pay('+254733000001', 5_000n, 'BACK')
    const back = await ask(`POST /office/v1/payments/${paymentId}/reject`, {
      token: manager,
      body: { reason: 'Sent by mistake' },
    })
    expect(back).toMatchObject({ status: 200, body: { status: 'rejected', reason: 'Sent by mistake' } })
    expect(
      (await ask(`POST /office/v1/payments/${paymentId}/match`, { token: manager, body: { loan_id: loanId } })).status,
    ).toBe(409)
    await lender.expectAgreement()
  })

  it.each([
    // what                                           | body              | status
    ['POST /office/v1/payments/999/match', { loan_id: 1 }, 404],
    ['POST /office/v1/payments/x/match', { loan_id: 1 }, 404],
    ['POST /office/v1/payments/1/match', {}, 400],
    ['POST /office/v1/payments/1/reject', {}, 400],
    ['POST /office/v1/payments/1/reverse', { reason: '' }, 400],
    ['GET /office/v1/payments/999', undefined, 404],
  ])('%s %o is %i', async (what, body, status) => {
    expect((await ask(what, { token: manager, body })).status).toBe(status)
  })

  test('a clerk may not decide on them; nobody without a token sees them', async () => {
    expect((await ask('POST /office/v1/payments/1/match', { token: clerk, body: { loan_id: loanId } })).status).toBe(
      403,
    )
    expect((await ask('GET /office/v1/payments')).status).toBe(401)
  })

  test('an operator acts under the platform’s name', async () => {
    const { paymentId } = await lender.pay('+254733000002', 7_000n, 'OP')
    await ask(`POST /office/v1/payments/${paymentId}/reject`, {
      token: platform,
      org: 'sokocredit',
      body: { reason: 'test' },
    })
    const { body } = await ask('GET /office/v1/events?limit=1000', { token: manager })
    expect(body.events.at(-1)).toMatchObject({
      type: 'payment.rejected',
      actor: expect.stringMatching(/^operator:\d+$/),
      contract: 'office',
    })
  })
})

describe('the books', () => {
  test('the trial balance has equal totals, as of any day', async () => {
    const { body } = await ask('GET /office/v1/ledger/trial-balance?as_of=2026-02-15', { token: manager })
    expect(body).toMatchObject({ as_of: '2026-02-15', currency: 'KES' })
    expect(body.totals.debit).toBe(body.totals.credit)
    expect(body.accounts.find((a: { code: string }) => a.code === '3000')).toEqual({
      code: '3000',
      name: 'Capital',
      debit: '0.00',
      credit: '1000000.00',
    })
    const before = await ask('GET /office/v1/ledger/trial-balance?as_of=2020-01-01', { token: manager })
    expect(before.body).toMatchObject({ accounts: [], totals: { debit: '0.00', credit: '0.00' } })
    expect((await ask('GET /office/v1/ledger/trial-balance?as_of=2026-02-30', { token: manager })).status).toBe(400)
  })

  test('a statement of an account and of one owner in it', async () => {
    const { body } = await ask('GET /office/v1/ledger/accounts/1010/statement?limit=2', { token: manager })
    expect(body.lines).toHaveLength(2)
    expect(body.next).toBeGreaterThan(0)
    expect((await ask('GET /office/v1/ledger/accounts/9999/statement', { token: manager })).status).toBe(422)
    const loan = await ask('GET /office/v1/ledger/accounts/1100/statement?owner=1', { token: manager })
    expect(loan.body.lines[0]).toMatchObject({ kind: 'disbursement', debit: '12000.00', owner: 1 })
  })

  test('are proved', async () => {
    expect((await ask('GET /office/v1/ledger/verify', { token: manager })).body).toMatchObject({
      ok: true,
      problems: [],
    })
    expect((await ask('GET /office/v1/ledger/verify', { token: clerk })).status).toBe(403)
  })
})

describe('jobs', () => {
  test('run by name, for those who may', async () => {
    expect(
      (await ask('POST /office/v1/jobs/close-of-business/run', { token: platform, org: 'sokocredit' })).body,
    ).toMatchObject({ job: 'close-of-business', status: 'done' })
    expect((await ask('POST /office/v1/jobs/close-of-business/run', { token: manager })).status).toBe(403)
    expect((await ask('POST /office/v1/jobs/nothing/run', { token: platform, org: 'sokocredit' })).status).toBe(404)
  })
})

describe('quotes', () => {
  const TERMS = {
    engine: 'progressive',
    principal: '100.00',
    disbursementDate: '2024-01-01',
    numberOfRepayments: 6,
    repaymentEvery: 1,
    repaymentFrequency: 'months',
    annualRatePercent: '7',
    interestMethod: 'declining',
    amortization: 'equalInstallments',
    dayCount: { daysInMonth: 30, daysInYear: 360 },
    interestCalculationPeriod: 'daily',
  }

  test('anybody may ask; no database is involved', async () => {
    const { status, body } = await ask('POST /office/v1/loan-quotes', { body: TERMS })
    expect(status).toBe(200)
    expect(body.rows).toHaveLength(7)
    expect(body.totals).toEqual({
      principalDue: '100.00',
      interestDue: '2.05',
      feesDue: '0.00',
      penaltiesDue: '0.00',
      totalDue: '102.05',
    })
  })

  it.each([
    [{ ...TERMS, principal: 'lots' }, /principal/],
    [{ ...TERMS, principal: '-1' }, /principal/],
    [{ ...TERMS, numberOfRepayments: 0 }, /numberOfRepayments/],
    [{ ...TERMS, numberOfRepayments: 10_000_000 }, /numberOfRepayments/],
    [{ ...TERMS, disbursementDate: '2024-02-30' }, /disbursementDate/],
    [{}, /principal/],
  ])('%o is refused, the field named', async (body, field) => {
    const answer = await ask('POST /office/v1/loan-quotes', { body })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toMatch(field)
  })
})
