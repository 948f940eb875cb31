/** A collection agency in India: promises kept, part-kept and broken, by payments that name the loan; work handed out and done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { office } from '#contracts/office/contract.ts'
import { setDoNotCall } from '#modules/collections/collections.ts'
import { createCustomer } from '#modules/customers/customers.ts'
import { loanById } from '#modules/loan-records/views.ts'
import { receive } from '#modules/payments/payments.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { heldToItsSchemas } from '#test/declared-answers.ts'
import { eventsOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { openRepay, type Repay } from '#test/repay.ts'

let repay: Repay
let desk: Awaited<ReturnType<typeof buildServer>>
const tokens = new Map<string, string>()
let payments = 0

beforeAll(async () => {
  repay = await openRepay({ lockOrder: true, now: '2026-03-01T05:00:00Z' })
  await repay.hire('max', 'collection_manager')
  await repay.hire('jane', 'collection_officer', 'max')
  await repay.hire('joe', 'collection_officer', 'max')
  await repay.hire('john', 'calling_agent')
  await repay.hire('lone', 'collection_officer')
  await repay.hire('root', 'admin')
  desk = await buildServer(repay.world.services, [heldToItsSchemas(office)])
})
afterAll(async () => {
  await expectBooksAgree(repay.world)
  await desk.close()
  await repay.close()
})

/** Asks the office as somebody of RepaySync; every asking signs in when the clock was moved. */
async function ask(who: string, what: string, payload?: object) {
  const [method, path] = what.split(' ') as ['GET' | 'POST' | 'PUT', string]
  const headers = { 'x-organisation': 'repaysync' }
  const key = `${who} ${repay.world.clock.now().toISOString().slice(0, 15)}`
  if (!tokens.has(key)) {
    const signIn = { email: `${who}@example.com`, password: 'password' }
    tokens.set(
      key,
      (await desk.inject({ method: 'POST', url: '/office/v1/auth/token', headers, payload: signIn })).json().access,
    )
  }
  const url = `/office/v1/collections${path}`
  const authorization = `Bearer ${tokens.get(key)}`
  const response = await desk.inject({
    method,
    url,
    headers: { ...headers, authorization },
    ...(payload && { payload }),
  })
  return { status: response.statusCode, body: response.json() }
}

/** A loan of jane's customer that fell due for the first time on the given day. */
async function lend(name: string, accountNo: string, loanDate: string): Promise<{ customer: number; loan: number }> {
  const officer = { assigned_collection_officer: repay.idOf('jane') }
  const system = await repay.ask('root', 'POST /api/customers/', {
    name,
    ...officer,
    pincode: '700019',
    city: 'Kolkata',
  })
  const terms = { principal_amount: '12000.00', interest_rate: '0', tenure_months: 12, loan_date: loanDate }
  const loan = await repay.ask('root', 'POST /api/loans/', {
    ...terms,
    loan_account_number: accountNo,
    customer: system.body.id,
    loan_type: 'personal',
  })
  return { customer: system.body.id, loan: loan.body.id }
}

const pay = (accountRef: string, amount: bigint) => {
  const door = repay.world.door('repaysync', { kind: 'provider', name: 'upi' })
  const payment = {
    provider: 'mpesa' as const,
    reference: `UPI${++payments}`,
    payerPhone: null,
    accountRef,
    amount,
    valueDay: door.today,
  }
  return receive(door, payment)
}
const promise = (loan: number, dueOn: string, amount = '1000.00') =>
  ask('jane', 'POST /promises', { loan_id: loan, amount, due_on: dueOn, channel: 'field' })
const statusOf = async (id: number): Promise<string> =>
  (await ask('root', 'GET /promises')).body.promises.find((one: { id: number }) => one.id === id).status

describe('promises to pay', () => {
  it('is part-kept, broken and kept, as the close of business finds', async () => {
    const { loan } = await lend('Asha', 'LN1', '2025-12-10')
    const made = await promise(loan, '2026-03-03')
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'open', amount: '1000.00', due_on: '2026-03-03', currency: 'INR' },
    })
    expect(await pay('LN1', 40_000n)).toMatchObject({ status: 'applied' })
    await repay.world.moveClock('2026-03-03T05:00:00Z')
    expect(await statusOf(made.body.id)).toBe('open')
    await repay.world.moveClock('2026-03-04T05:00:00Z')
    expect(await statusOf(made.body.id)).toBe('part_kept')
    // What comes after its day is no longer the promise's.
    await pay('LN1', 60_000n)
    const second = (await promise(loan, '2026-03-05')).body.id
    await repay.world.moveClock('2026-03-06T05:00:00Z')
    expect(await statusOf(second)).toBe('broken')
    const third = (await promise(loan, '2026-03-08')).body.id
    await pay('LN1', 100_000n)
    await repay.world.moveClock('2026-03-07T05:00:00Z')
    expect(await statusOf(third)).toBe('kept')
    const told = ['promise.part_kept', 'promise.broken', 'promise.kept'] as const
    for (const [n, type] of told.entries()) {
      const events = await eventsOf(repay.world, 'repaysync', type)
      expect(events.map((event) => event.data.promise_id)).toEqual([[made.body.id, second, third][n]])
    }
    expect((await transact(repay.world.door('repaysync'), (ctx) => loanById(ctx, loan)))!.balance).toBe(1_000_000n)
  })

  it('is replaced by a newer one, withdrawn once, and refused for what cannot be (promise_not_open, promise_not_found)', async () => {
    const { loan } = await lend('Rahul', 'LN2', '2025-12-10')
    const [first, second] = [(await promise(loan, '2026-03-20')).body.id, (await promise(loan, '2026-03-21')).body.id]
    expect(await statusOf(first)).toBe('replaced')
    expect((await ask('jane', `POST /promises/${second}/withdraw`)).body.status).toBe('withdrawn')
    expect((await ask('jane', `POST /promises/${second}/withdraw`)).body.code).toBe('promise_not_open')
    expect((await ask('jane', 'POST /promises/9999/withdraw')).body.code).toBe('promise_not_found')
    expect((await promise(loan, '2026-03-01')).body.code).toBe('invalid_input')
    expect((await promise(loan, '2026-03-30', '0')).body.code).toBe('amount_invalid')
    expect(
      (await ask('lone', 'POST /promises', { loan_id: loan, amount: '1', due_on: '2026-03-30', channel: 'x' })).status,
    ).toBe(403)
  })

  it('may be said along with the contact in the contract', async () => {
    const { loan } = await lend('Meera', 'LN3', '2025-12-10')
    const said = {
      loan,
      comment: 'Will pay on Friday',
      disposition: 'promise_to_pay',
      next_call_date: '2026-03-13',
      promise_amount: '500.00',
    }
    const { body } = await repay.ask('jane', 'POST /api/interactions/field/create/', said)
    const { promises } = (await ask('jane', `GET /promises?loan_id=${loan}`)).body
    expect(promises).toMatchObject([
      { interaction_id: body.id, amount: '500.00', due_on: '2026-03-13', channel: 'field', status: 'open' },
    ])
  })
})

describe('work', () => {
  it('lists who was never contacted, least contacted first, and takes off what was done today', async () => {
    const { loan } = await lend('Nita', 'LN4', '2025-10-10')
    const names = async (list: string) =>
      (await ask('jane', `GET /worklist?list=${list}`)).body.items.map(
        (item: { customer: { name: string } }) => item.customer.name,
      )
    expect(await names('never_contacted')).toEqual(['Nita', 'Rahul'])
    expect(await names('broken_promises')).toEqual([])
    const visit = { loan, comment: 'Nobody at home', disposition: 'door_locked', next_call_date: '2026-03-09' }
    await repay.ask('jane', 'POST /api/interactions/field/create/', visit)
    expect(await names('never_contacted')).toEqual(['Rahul'])
    expect((await names('all')).at(-1)).toBe('Meera')
    await repay.world.moveClock('2026-03-09T05:00:00Z')
    expect(await names('due_today')).toEqual(['Nita'])
    await repay.ask('jane', 'POST /api/interactions/field/create/', { ...visit, next_call_date: '2026-03-12' })
    expect(await names('due_today')).toEqual([])
    const [item] = (await ask('jane', 'GET /worklist?list=all&bucket=npa')).body.items
    // 10 November to 9 March: 119 days.
    expect(item).toMatchObject({
      account_no: 'LN4',
      days_past_due: 119,
      bucket: 'npa',
      contacts: 2,
      overdue: '4000.00',
      balance: '12000.00',
    })
  })

  it('shows a broken promise until somebody has been there', async () => {
    const { loan } = await lend('Uma', 'LN5', '2025-12-10')
    await promise(loan, '2026-03-09')
    await repay.world.moveClock('2026-03-10T05:00:00Z')
    const broken = async () =>
      (await ask('jane', 'GET /worklist?list=broken_promises')).body.items.map(
        (item: { loan_id: number }) => item.loan_id,
      )
    expect(await broken()).toEqual([loan])
    await repay.ask('jane', 'POST /api/interactions/field/create/', { loan, comment: 'Again', disposition: 'visited' })
    expect(await broken()).toEqual([])
  })

  it('is handed over by bucket and area within the manager’s reach, with its history', async () => {
    const before = (await repay.ask('joe', 'GET /api/customers/')).body.length
    expect(before).toBe(0)
    const order = { bucket: 'npa', area: '700019', to_user: repay.idOf('joe'), reason: 'Field beat' }
    expect((await ask('max', 'POST /assignments', order)).body).toEqual({ assigned: 1 })
    const [moved] = (await repay.ask('joe', 'GET /api/customers/')).body
    const { assignments } = (await ask('max', `GET /customers/${moved.id}/assignments`)).body
    expect(assignments).toMatchObject([
      {
        from_user: repay.idOf('jane'),
        to_user: repay.idOf('joe'),
        reason: 'Field beat',
        actor: `user:${repay.idOf('max')}`,
      },
      { from_user: null, to_user: repay.idOf('jane') },
    ])
    expect((await ask('max', 'POST /assignments', order)).body).toEqual({ assigned: 0 })
    expect((await ask('max', 'POST /assignments', { ...order, to_user: repay.idOf('lone') })).status).toBe(403)
    expect((await ask('root', 'POST /assignments', { ...order, to_user: 9999 })).body.code).toBe('user_not_found')
    expect((await ask('jane', 'POST /assignments', order)).status).toBe(403)
  })

  it('hands over who came by another way than collections too', async () => {
    const given = { fullName: 'From The Shop', phone: '+919830000077', location: 'Bolpur' }
    const customerId = await transact(repay.world.door('repaysync'), (ctx) => createCustomer(ctx, given))
    const terms = { principal_amount: '1200.00', interest_rate: '0', tenure_months: 12, loan_date: '2025-12-01' }
    await repay.ask('root', 'POST /api/loans/', { ...terms, loan_account_number: 'SHOP1', customer: customerId })
    const order = { area: 'bolpur', to_user: repay.idOf('joe') }
    expect((await ask('root', 'POST /assignments', order)).body).toEqual({ assigned: 1 })
    const customer = (await repay.ask('joe', `GET /api/customers/${customerId}/`)).body
    expect(customer).toMatchObject({ name: 'From The Shop', city: 'Bolpur', phone: '+919830000077' })
    expect(customer.assigned_collection_officer).toBe(repay.idOf('joe'))
    expect((await ask('root', 'POST /assignments', order)).body).toEqual({ assigned: 0 })
  })

  it('keeps contact hours and the wish not to be called', async () => {
    const { customer, loan } = await lend('Quiet', 'LN6', '2025-12-10')
    const advice = async (at: string) => (await ask('jane', `GET /customers/${customer}/contact-advice?at=${at}`)).body
    // 19:00 in Kolkata is 13:30 UTC.
    expect(await advice('2026-03-10T13:29:00Z')).toEqual({
      allowed: true,
      reason: null,
      hours: { from: '08:00', to: '19:00' },
    })
    expect(await advice('2026-03-10T13:30:00Z')).toMatchObject({ allowed: false, reason: 'outside_hours' })
    expect(await advice('2026-03-10T02:29:00Z')).toMatchObject({ allowed: false, reason: 'outside_hours' })
    expect(
      (await ask('jane', `PUT /customers/${customer}/do-not-call`, { do_not_call: true, reason: 'Letter' })).body,
    ).toMatchObject({ do_not_call: true })
    expect(await advice('2026-03-10T10:00:00Z')).toMatchObject({ allowed: false, reason: 'do_not_call' })
    const callable = (await ask('jane', 'GET /worklist?list=all&callable=true')).body.items
    expect(callable.map((item: { loan_id: number }) => item.loan_id)).not.toContain(loan)
    await transact(repay.world.door('repaysync'), (ctx) =>
      setDoNotCall(ctx, customer, { doNotCall: false, reason: null }),
    )
    await repay.world.moveClock('2026-03-10T15:00:00Z')
    await repay.ask('john', 'POST /api/interactions/calling/create/', {
      loan,
      comment: 'Late call',
      disposition: 'called',
    })
    const { interactions, status } = (await ask('root', `GET /loans/${loan}`)).body
    expect({ status, interactions }).toMatchObject({
      status: 'active',
      interactions: [{ outside_hours: true, comment: 'Late call' }],
    })
  })

  it('knows the organisation’s own outcomes', async () => {
    const own = { name: 'Paid at the branch', channel: 'field', reached: true, active: true }
    expect((await ask('root', 'PUT /dispositions/branch', own)).body).toEqual({ code: 'branch', ...own })
    await ask('root', 'PUT /dispositions/shifted', { ...own, name: 'Moved', active: false })
    const { dispositions } = (await ask('jane', 'GET /dispositions')).body
    expect(dispositions).toContainEqual({ code: 'branch', ...own })
    const { loan } = await lend('Own', 'LN7', '2026-01-10')
    const record = async (disposition: string) =>
      (await repay.ask('jane', 'POST /api/interactions/field/create/', { loan, comment: 'x', disposition })).status
    expect([await record('branch'), await record('shifted'), await record('busy')]).toEqual([201, 400, 400])
    expect((await ask('jane', 'PUT /dispositions/mine', own)).status).toBe(403)
  })

  it('shows what an interaction said before, also after it is gone (interaction_not_found)', async () => {
    const { loan } = await lend('Revised', 'LN8', '2026-01-10')
    const { id } = (
      await repay.ask('jane', 'POST /api/interactions/field/create/', {
        loan,
        comment: 'first',
        disposition: 'visited',
      })
    ).body
    await repay.ask('jane', `PATCH /api/interactions/field/${id}/`, { comment: 'second' })
    await repay.ask('jane', `DELETE /api/interactions/field/${id}/`)
    expect((await repay.ask('jane', `PATCH /api/interactions/field/${id}/`, { comment: 'third' })).status).toBe(404)
    const { revisions } = (await ask('max', `GET /interactions/${id}/revisions`)).body
    expect(revisions).toMatchObject([
      { revision: 1, change: 'changed', comment: 'first' },
      { revision: 2, change: 'removed', comment: 'second' },
    ])
  })
})

describe('payments', () => {
  it('keep a loan from being taken out (loan_has_repayments), and an unknown account waits', async () => {
    const { customer, loan } = await lend('Paid', 'LN9', '2026-01-10')
    await pay('LN9', 5_000n)
    for (const what of [`DELETE /api/loans/${loan}/`, `DELETE /api/customers/${customer}/`]) {
      expect(await repay.ask('root', what), what).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining('Money was paid') },
      })
    }
    expect(await pay('NOBODY', 5_000n)).toMatchObject({ status: 'suspense', reason: 'payer_unknown' })
  })

  it('go to the loan that is named, whatever else the customer owes', async () => {
    const { customer, loan } = await lend('Both', 'LN10', '2026-01-10')
    const older = {
      loan_account_number: 'LN11',
      principal_amount: '600.00',
      interest_rate: 0,
      tenure_months: 1,
      loan_date: '2025-06-01',
      customer,
    }
    const other = (await repay.ask('root', 'POST /api/loans/', older)).body.id
    await pay('LN10', 70_000n)
    const balances = await transact(repay.world.door('repaysync'), async (ctx) => [
      (await loanById(ctx, loan))!.balance,
      (await loanById(ctx, other))!.balance,
    ])
    expect(balances).toEqual([1_130_000n, 60_000n])
  })
})

describe('promises at once', () => {
  it('leave one open, the last', async () => {
    const { loan } = await lend('Nisha', 'LN20', '2025-12-10')
    const made = await Promise.all(['100', '200', '300', '400'].map((amount) => promise(loan, '2026-03-22', amount)))
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    const { promises } = (await ask('jane', `GET /promises?loan_id=${loan}`)).body
    expect(promises.map((one: { status: string }) => one.status)).toEqual(['open', 'replaced', 'replaced', 'replaced'])
  })
})
