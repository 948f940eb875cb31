import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setDoNotCall } from '#modules/collections/collections.ts'
import { revisionsOf } from '#modules/collections/interaction-views.ts'
import { listPromises } from '#modules/collections/views.ts'
import { transact } from '#platform/context.ts'
import { openRepay, type Repay } from '#test/repay.ts'
import { bothWays } from '#test/soko.ts'

let repay: Repay
let loan: number
let customer: number

/** Who works on the loan through which channel. */
const WHO = { field: 'jane', calling: 'john' } as const
const EXAMPLES = {
  field: {
    comment: 'Visited customer; discussed repayment plan.',
    disposition: 'visited',
    next_call_date: '2025-03-15',
  },
  calling: {
    comment: 'Called customer to remind about due payment.',
    disposition: 'called',
    next_call_date: '2025-03-20',
  },
} as const
const KINDS = ['field', 'calling'] as const
const record = async (kind: 'field' | 'calling', more: object = {}): Promise<number> =>
  (await repay.ask(WHO[kind], `POST /api/interactions/${kind}/create/`, { loan, ...EXAMPLES[kind], ...more })).body.id

beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('max', 'collection_manager')
  await repay.hire('john', 'calling_agent')
  await repay.hire('jane', 'collection_officer', 'max')
  await repay.hire('joe', 'collection_officer')
  await repay.hire('root', 'admin')
  customer = (await repay.ask('jane', 'POST /api/customers/', { name: 'John Doe' })).body.id
  const body = {
    loan_account_number: 'LN12345',
    principal_amount: 50000,
    interest_rate: 10.5,
    tenure_months: 12,
    loan_date: '2025-03-09',
    customer,
  }
  loan = (await repay.ask('jane', 'POST /api/loans/', body)).body.id
})
afterAll(() => repay.close())

describe.each(KINDS)('7 %s interactions', (kind) => {
  it.each(bothWays(`POST /api/interactions/${kind}/create/`))('%s as documented', async (what) => {
    const given = { loan, ...EXAMPLES[kind] }
    const { status, body } = await repay.ask(WHO[kind], what, {
      ...given,
      created_by: 999,
      timestamp: '2001-01-01T00:00:00Z',
    })
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...given,
        id: expect.any(Number),
        timestamp: expect.stringMatching(/^2026-02-15T09:\d\d:\d\dZ$/),
        created_by: repay.idOf(WHO[kind]),
        interaction_type: kind,
      },
    })
    expect((await repay.ask(WHO[kind], `GET /api/interactions/${kind}/${body.id}/`)).body).toEqual(body)
  })

  it.each(['PUT', 'PATCH'].flatMap((method) => bothWays(`${method} /api/interactions/${kind}/ID/`)))(
    '%s changes what it says and keeps what it said',
    async (what) => {
      const id = await record(kind)
      const change = {
        comment: 'Better words',
        next_call_date: null,
        interaction_type: kind === 'field' ? 'calling' : 'field',
      }
      const { status, body } = await repay.ask(WHO[kind], what.replace('ID', String(id)), change)
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { id, comment: 'Better words', next_call_date: null, interaction_type: kind },
      })
      const revisions = await transact(repay.world.door('repaysync'), (ctx) => revisionsOf(ctx, id))
      expect(revisions).toMatchObject([{ revision: 1, change: 'changed', ...said(kind) }])
    },
  )

  it.each(bothWays(`DELETE /api/interactions/${kind}/ID/`))('%s hides it and keeps it', async (what) => {
    const id = await record(kind)
    expect(await repay.ask(WHO[kind], what.replace('ID', String(id)))).toMatchObject({
      status: 200,
      body: { message: 'Interaction deleted.' },
    })
    expect((await repay.ask(WHO[kind], `GET /api/interactions/${kind}/${id}/`)).status).toBe(404)
    const revisions = await transact(repay.world.door('repaysync'), (ctx) => revisionsOf(ctx, id))
    expect(revisions).toMatchObject([{ revision: 1, change: 'removed', ...said(kind) }])
  })

  it.each(bothWays(`GET /api/interactions/${kind}/loan/ID/`))('%s: latest first, its own kind alone', async (what) => {
    const ids = [await record(kind), await record(kind)]
    await record(kind === 'field' ? 'calling' : 'field')
    const { status, body } = await repay.ask(WHO[kind], what.replace('ID', String(loan)))
    expect(status).toBe(200)
    expect(body.slice(0, 2).map((one: { id: number }) => one.id)).toEqual(ids.reverse())
    expect(new Set(body.map((one: { interaction_type: string }) => one.interaction_type))).toEqual(new Set([kind]))
  })

  it.each([
    [{ comment: undefined }, { comment: ['This field is required.'] }],
    [{ comment: '  ' }, { comment: ['This field may not be blank.'] }],
    [{ disposition: undefined }, { disposition: ['This field is required.'] }],
    [{ disposition: 'sang' }, { disposition: ['"sang" is not a valid choice.'] }],
    [{ loan: 999 }, { loan: ['Invalid pk "999" - object does not exist.'] }],
    [
      { next_call_date: 'tomorrow' },
      { next_call_date: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'] },
    ],
    [{ interaction_type: 'letter' }, { interaction_type: ['"letter" is not a valid choice.'] }],
  ])('%j is refused with %j', async (more, errors) => {
    const answer = await repay.ask(WHO[kind], `POST /api/interactions/${kind}/create/`, {
      loan,
      ...EXAMPLES[kind],
      ...more,
    })
    expect(answer).toMatchObject({ status: 400, body: { errors } })
  })

  it('may be about no loan, and answers 404 where there is none', async () => {
    const id = await record(kind, { loan: null })
    expect(await repay.ask(WHO[kind], `GET /api/interactions/${kind}/${id}/`)).toMatchObject({
      status: 200,
      body: { loan: null },
    })
    for (const path of [`${kind}/999999`, `${kind}/loan/999999`, `${kind}/abc`]) {
      expect((await repay.ask(WHO[kind], `GET /api/interactions/${path}/`)).status, path).toBe(404)
    }
  })
})

const said = (kind: 'field' | 'calling') => ({
  comment: EXAMPLES[kind].comment,
  nextActionOn: EXAMPLES[kind].next_call_date,
})

describe('who may', () => {
  it.each([
    ['john', 'GET', 'field/999/', 403],
    ['john', 'POST', 'field/create/', 403],
    ['john', 'GET', 'field/loan/LOAN/', 403],
    ['jane', 'POST', 'calling/create/', 403],
    ['jane', 'GET', 'calling/loan/LOAN/', 403],
    ['max', 'POST', 'calling/create/', 403],
    ['max', 'GET', 'calling/loan/LOAN/', 200],
    ['max', 'GET', 'field/loan/LOAN/', 200],
    ['joe', 'GET', 'field/loan/LOAN/', 403],
    ['joe', 'POST', 'field/create/', 403],
    ['root', 'GET', 'field/loan/LOAN/', 200],
    ['root', 'POST', 'calling/create/', 403],
    [null, 'GET', 'field/1/', 401],
  ] as const)('%s %s /api/interactions/%s → %i', async (who, method, path, status) => {
    const body = method === 'POST' ? { loan, ...EXAMPLES.field } : undefined
    expect(
      (await repay.ask(who, `${method} /api/interactions/${path.replace('LOAN', String(loan))}`, body)).status,
    ).toBe(status)
  })

  it('lets another agent read a call, and only its author change it', async () => {
    await repay.hire('ann', 'calling_agent')
    const id = await record('calling')
    expect((await repay.ask('ann', `GET /api/interactions/calling/${id}/`)).status).toBe(200)
    expect((await repay.ask('ann', `PATCH /api/interactions/calling/${id}/`, { comment: 'mine' })).status).toBe(403)
    expect((await repay.ask('ann', `DELETE /api/interactions/calling/${id}/`)).status).toBe(403)
  })

  it('refuses a call to somebody who is not to be called (do_not_call), not a visit', async () => {
    const id = (await repay.ask('jane', 'POST /api/customers/', { name: 'Quiet' })).body.id
    const quiet = (await repay.ask('jane', 'POST /api/loans/', { loan_account_number: 'QUIET', customer: id })).body.id
    await transact(repay.world.door('repaysync'), (ctx) => setDoNotCall(ctx, id, { doNotCall: true, reason: 'asked' }))
    const call = await repay.ask('john', 'POST /api/interactions/calling/create/', { ...EXAMPLES.calling, loan: quiet })
    expect(call).toMatchObject({ status: 400, body: { errors: { loan: ['This customer is not to be called.'] } } })
    const visit = await repay.ask('jane', 'POST /api/interactions/field/create/', { ...EXAMPLES.field, loan: quiet })
    expect(visit.status).toBe(201)
  })
})

describe('a promise to pay with an interaction', () => {
  const promised = { disposition: 'promise_to_pay', next_call_date: null, promise_amount: '500.00' }
  const make = (more: object) =>
    repay.ask('john', 'POST /api/interactions/calling/create/', { loan, ...EXAMPLES.calling, ...promised, ...more })

  it.each([
    ['no day to it', {}, { promise_date: ['This field is required.'] }],
    ['a day that has gone', { promise_date: '2020-01-01' }, { promise_date: ['Give today or a later day.'] }],
    ['no loan', { loan: null, promise_date: '2099-01-01' }, { loan: ['This field is required.'] }],
  ])('is never passed over in silence: %s is said of its field', async (_, more, errors) => {
    expect(await make(more)).toMatchObject({ status: 400, body: { errors } })
  })

  it('takes the place of the one before, however many are made at once', async () => {
    const days = Array.from({ length: 10 }, (_, n) => `2099-01-${10 + n}`)
    const made = await Promise.all(days.map((promise_date) => make({ promise_date })))
    expect(made.map(({ status }) => status)).toEqual(days.map(() => 201))
    const promises = await transact(repay.world.door('repaysync'), (ctx) =>
      listPromises(ctx, { loanId: loan, before: 1_000_000, limit: 100 }),
    )
    expect(promises.map(({ status }) => status).toSorted()).toEqual(['open', ...days.slice(1).map(() => 'replaced')])
  })
})
