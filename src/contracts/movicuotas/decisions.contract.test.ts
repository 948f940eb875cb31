/** Staff decide on what customers say they have paid: once, never on their own, by the day the money was paid, and back again. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerUser } from '#modules/identity/identity.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { transact } from '#platform/context.ts'
import { booksAgree, expectBooksAgree } from '#test/books.ts'
import { readGood } from '#test/flutter-client.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { expectStatus, picture, register, sell } from '#test/movi-buyers.ts'

const IDENTITY = '0801199100001'

describe('payments that staff decide on', () => {
  let movi: Movi
  let token: string
  const staff = new Map<string, string>()
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    const known = { fullName: 'Delmy Reyes', phone: '+50499000011', profile: { dateOfBirth: '1991-01-01' } }
    const customerId = await register(movi, { identity: IDENTITY, ...known })
    await sell(movi, { customerId, imei: '352099001761481' })
    token = await movi.login(IDENTITY)
    for (const who of ['admin', 'supervisor']) staff.set(who, await officeToken(`${who}@movicuotas.com`))
  })
  afterAll(() => movi?.close())

  async function officeToken(email: string): Promise<string> {
    const payload = { email, password: 'password' }
    const headers = { 'x-organisation': 'movicuotas' }
    const asked = { method: 'POST', url: '/office/v1/auth/token', payload, headers } as const
    return (await movi.world.inject(asked)).json().access
  }
  // tidy: who decides what, as a sentence
  const decide = async (
    who: string,
    what: 'verify' | 'reject' | 'reverse',
    paymentId: number,
    by = staff.get(who)!,
  ) => {
    const payload = what === 'verify' ? {} : { reason: `Motivo de ${who}` }
    const url = `/office/v1/payments/${paymentId}/${what}`
    return (await movi.world.inject({ method: 'POST', url, payload, token: by })).statusCode
  }
  const schedule = async (of = token) =>
    readGood('GET /installments', await movi.ask('GET /installments', { token: of }))
  const next = async (of = token) => (await schedule(of)).installments.find(({ status }) => status !== 'paid')!
  const claim = async (more: Record<string, unknown> = {}, of = token): Promise<number> => {
    const { id, amount } = await next(of)
    const payment = { installment_id: id, amount, payment_date: '2026-02-15', ...more }
    return expectStatus(201, await movi.ask('POST /payments', { token: of, body: { payment } })).body.id
  }
  const state = async (paymentId: number): Promise<string> =>
    (await movi.office('supervisor', `GET /payments/${paymentId}`)).body.status
  const lastNotice = async () => {
    await movi.world.settle()
    return readGood('GET /notifications', await movi.ask('GET /notifications', { token })).notifications[0]!
  }
  const books = () =>
    transact(movi.world.door('movicuotas'), async (ctx) => {
      await booksAgree(ctx)
      const { rows } = await sql<{ n: bigint }>`
        select count(*) as n from journal_entries where org_id = ${ctx.org.id}`.execute(ctx.tx)
      const balances = await trialBalance(ctx, ctx.today)
      return { entries: rows[0]!.n, balances: balances.map(({ code, balance }) => [code, balance]) }
    })

  it('change nothing while they wait, whatever is claimed', async () => {
    const before = [await books(), (await movi.ask('GET /dashboard', { token })).body, await schedule()]
    const waiting = [await claim(), await claim({ amount: 5_000, receipt_image: picture() })]
    expect([await books(), (await movi.ask('GET /dashboard', { token })).body, await schedule()]).toEqual(before)
    for (const one of waiting) expect(await decide('supervisor', 'reject', one)).toBe(200)
    expect((await books()).entries).toBe((before[0] as Awaited<ReturnType<typeof books>>).entries)
  })

  it('take effect once, when two verify at the same time, round after round', async () => {
    for (let round = 0; round < 12; round++) {
      const id = await claim({ amount: 50 + round })
      const { entries } = await books()
      const [a, b, c] = await Promise.all([
        decide('supervisor', 'verify', id),
        decide('admin', 'verify', id),
        decide('supervisor', 'verify', id),
      ])
      expect([a, b, c].sort()).toEqual([200, 409, 409])
      expect((await books()).entries).toBe(entries + 1n)
    }
    // 50 + 51 + … + 61
    const { installments } = await schedule()
    expect(installments[0]).toMatchObject({ status: 'pending', amount: 1100.16 })
    const { body } = await movi.ask('GET /installments', { token })
    expect(body.installments[0]).toMatchObject({ paid_amount: 666, remaining_amount: 434.16 })
  })

  it('are verified or rejected, never both', async () => {
    for (let round = 0; round < 8; round++) {
      const id = await claim({ amount: 1 })
      const { entries } = await books()
      const [verified, rejected] = await Promise.all([
        decide(round % 2 === 0 ? 'supervisor' : 'admin', 'verify', id),
        decide(round % 2 === 0 ? 'admin' : 'supervisor', 'reject', id),
      ])
      expect([verified, rejected].sort()).toEqual([200, 409])
      expect(await state(id)).toBe(verified === 200 ? 'applied' : 'rejected')
      expect((await books()).entries).toBe(entries + (verified === 200 ? 1n : 0n))
    }
  })

  it('of one loan are verified side by side, and taken back side by side, as if one after the other', async () => {
    const before = await books()
    const ids: number[] = []
    for (const [n, day] of [
      '2026-02-15',
      '2026-02-11',
      '2026-02-14',
      '2026-02-12',
      '2026-02-13',
      '2026-02-10',
    ].entries())
      ids.push(await claim({ amount: 100 + n, payment_date: day }))
    const who = (n: number) => (n % 2 === 0 ? 'supervisor' : 'admin')
    const verified = await Promise.all(ids.map((id, n) => decide(who(n), 'verify', id)))
    expect(verified).toEqual(ids.map(() => 200))
    // 100 + 101 + … + 105 beside what had been paid
    const bank = ({ balances }: typeof before) => balances.find(([code]) => code === 1020)![1] as bigint
    expect(bank(await books()) - bank(before)).toBe(61_500n)
    const reversed = await Promise.all(
      ids.flatMap((id) => [decide('admin', 'reverse', id), decide('supervisor', 'reverse', id)]),
    )
    expect(reversed.filter((status) => status === 200)).toHaveLength(ids.length)
    expect(reversed.filter((status) => status === 409)).toHaveLength(ids.length)
    expect((await books()).balances).toEqual(before.balances)
  })

  it('are never decided on by their payer, though he works here', async () => {
    const email = 'cajera@movicuotas.com'
    const door = movi.world.door('movicuotas')
    const userId = await transact(door, (ctx) =>
      registerUser(ctx, { email, password: 'password', roles: ['manager', 'customer'] }),
    )
    const identity = '0801198500002'
    const known = { fullName: 'Nora Cajera', phone: '+50499000012', profile: { dateOfBirth: '1985-01-01' } }
    const customerId = await register(movi, { identity, ...known, userId })
    await sell(movi, { customerId, imei: '352099001761499' })
    const hers = await movi.login(identity)
    const own = await officeToken(email)
    const id = await claim({}, hers)
    const { entries } = await books()
    for (const what of ['verify', 'reject'] as const) expect(await decide('', what, id, own)).toBe(403)
    expect([await state(id), (await books()).entries]).toEqual(['pending', entries])
    expect(await decide('supervisor', 'verify', id)).toBe(200)
    // A colleague's payment is hers to verify.
    expect(await decide('', 'verify', await claim({ amount: 1 }), own)).toBe(200)
  })

  it('say why they were rejected', async () => {
    const id = await claim({ amount: 200 })
    expect(await decide('admin', 'reject', id)).toBe(200)
    expect(await lastNotice()).toMatchObject({
      type: 'general',
      title: 'Pago rechazado',
      message: 'Tu pago de L. 200.00 fue rechazado. Motivo: Motivo de admin. Por favor contacta a soporte.',
      data: { kind: 'payment_rejected', payment_id: id, installment_number: 1 },
    })
    expect((await movi.office('supervisor', `GET /payments/${id}`)).body).toMatchObject({
      ...{ status: 'rejected', reason: 'Motivo de admin', entry_id: null },
    })
    const nobody = await movi.office('supervisor', `POST /payments/${await claim({ amount: 2 })}/reject`, {})
    expect(nobody.status).toBe(400)
  })
})

describe('the day a payment counts from', () => {
  let movi: Movi
  let token: string
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-01-05T15:00:00Z' })
    const known = { fullName: 'Delmy Reyes', phone: '+50499000011', profile: { dateOfBirth: '1991-01-01' } }
    await sell(movi, { customerId: await register(movi, { identity: IDENTITY, ...known }), imei: '352099001761481' })
    await movi.world.moveClock('2026-02-20T15:00:00Z')
    token = await movi.login(IDENTITY)
  })
  afterAll(() => movi?.close())

  const paid = async () =>
    (await movi.ask('GET /installments', { token })).body.installments
      .slice(0, 3)
      .map((one: Record<string, unknown>) => [one.status, one.paid_date, one.paid_amount])
  const pay = async (nr: number, amount: number, payment_date: string): Promise<number> => {
    const { body } = await movi.ask('GET /installments', { token })
    const payment = { installment_id: body.installments[nr - 1].id, amount, payment_date }
    const submitted = expectStatus(201, await movi.ask('POST /payments', { token, body: { payment } }))
    expectStatus(200, await movi.office('supervisor', `POST /payments/${submitted.body.id}/verify`))
    return submitted.body.id
  }
  const check = () => expectBooksAgree(movi.world)

  it('is the day it was paid, also when later money is there already: everything after it is allocated anew', async () => {
    const second = await pay(1, 1100.16, '2026-02-18')
    expect(await paid()).toEqual([
      ['paid', '2026-02-18', 1100.16],
      ['overdue', null, 0],
      ['pending', null, 0],
    ])
    const first = await pay(1, 500, '2026-01-10').catch((error: Error) => error.message)
    expect(first).toMatch(/^422 .*Installment is already paid/)
    await pay(2, 500, '2026-01-10')
    // 500.00 of 10 January and 600.16 of 18 February pay the first; what is left of February the second.
    expect(await paid()).toEqual([
      ['paid', '2026-02-18', 1100.16],
      ['overdue', null, 500],
      ['pending', null, 0],
    ])
    await pay(2, 600.16, '2026-01-12')
    expect(await paid()).toEqual([
      ['paid', '2026-01-12', 1100.16],
      ['paid', '2026-02-18', 1100.16],
      ['pending', null, 0],
    ])
    await check()
    expectStatus(
      200,
      await movi.office('supervisor', `POST /payments/${second}/reverse`, { reason: 'Cheque sin fondos' }),
    )
    expect(await paid()).toEqual([
      ['paid', '2026-01-12', 1100.16],
      ['overdue', null, 0],
      ['pending', null, 0],
    ])
    await check()
    await movi.world.settle()
    const { notifications } = readGood('GET /notifications', await movi.ask('GET /notifications', { token }))
    expect(notifications[0]).toMatchObject({
      type: 'general',
      title: 'Pago revertido',
      message: 'Tu pago de L. 1,100.16 fue revertido. Motivo: Cheque sin fondos. Por favor contacta a soporte.',
      data: { kind: 'payment_reversed', payment_id: second },
    })
    expect((await movi.office('supervisor', `POST /payments/${second}/reverse`, { reason: 'Otra vez' })).status).toBe(
      409,
    )
    expect((await movi.office('supervisor', `POST /payments/${second}/verify`)).status).toBe(409)
    expect((await movi.office('vendedor', `POST /payments/${second}/reverse`, { reason: 'No' })).status).toBe(403)
  })

  it('is not before the phone was sold, and not a day to come', async () => {
    await pay(2, 10, '2019-01-01')
    expect((await movi.office('supervisor', 'GET /payments?status=applied&limit=1')).body.payments[0]).toMatchObject({
      ...{ value_day: '2026-01-05', amount: '10.00' },
    })
    await pay(2, 10, '2026-12-31')
    expect((await movi.office('supervisor', 'GET /payments?status=applied&limit=1')).body.payments[0]).toMatchObject({
      ...{ value_day: '2026-02-20', amount: '10.00' },
    })
    await check()
  })

  it('pays the oldest debt first, and what is left over when all is paid is credit', async () => {
    await pay(12, 20_000, '2026-02-20')
    const { body } = await movi.ask('POST /auth/login', { body: { auth: { identification_number: IDENTITY } } })
    expect(body.loan).toMatchObject({ status: 'completed', remaining_balance: 0 })
    const { payments } = (await movi.office('supervisor', 'GET /payments?status=applied&limit=1')).body
    // 12 x 1,100.16 less 1,100.16 and two times 10.00 are owed.
    expect(payments[0]).toMatchObject({ amount: '20000.00', overpayment: '7918.24' })
    await check()
  })

  it('keeps money for a loan that is closed meanwhile: it waits for a person', async () => {
    const identity = '0801199100002'
    const known = { fullName: 'Elmer Paz', phone: '+50499000013', profile: { dateOfBirth: '1991-01-01' } }
    const sold = await sell(movi, { customerId: await register(movi, { identity, ...known }), imei: '352099001761499' })
    const his = await movi.login(identity)
    const { body } = await movi.ask('GET /installments', { token: his })
    const payment = { installment_id: body.installments[11].id, amount: 300, payment_date: '2026-02-20' }
    const { body: waiting } = expectStatus(201, await movi.ask('POST /payments', { token: his, body: { payment } }))
    expectStatus(200, await movi.office('supervisor', `POST /loans/${sold.loanId}/pay-off`, {}))
    const verified = expectStatus(200, await movi.office('supervisor', `POST /payments/${waiting.id}/verify`))
    expect(verified.body).toMatchObject({ status: 'suspense', reason: 'nothing_due', amount: '300.00' })
    await check()
  })
})
