/** Nothing personal of a customer is left anywhere after an erasure: every text column that there is is planted, searched or named as kept. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve, requestApproval } from '#modules/approvals/approvals.ts'
import { createCustomer, updateCustomer } from '#modules/customers/customers.ts'
import { customersByPhone } from '#modules/customers/views.ts'
import { ERASE_CUSTOMER } from '#modules/erasure/erasure.ts'
import { erasedSince } from '#modules/erasure/views.ts'
import { removeDiscarded, saveFile } from '#modules/files/files.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { MERGE_CUSTOMERS, undoMerge } from '#modules/merging/merging.ts'
import { mergesOf } from '#modules/merging/views.ts'
import { createSavingsProduct, deposit, openAccount, withdraw } from '#modules/savings/savings.ts'
import { savingsAccountById } from '#modules/savings/views.ts'
import type { Actor, Ctx } from '#platform/context.ts'
import { sqlState } from '#platform/database/db.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { ERASABLE } from '#platform/database/wall-triggers.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { type Lender, openLender, type Person } from '#test/lending.ts'
import { EMAIL, ID_NUMBER, MARKS, NAME, PHONE, plantTraces } from '#test/person-everywhere.ts'
import { columnsOf, ERASED_COLUMNS, IMPERSONAL, KEPT, TYPED } from '#test/personal-columns.ts'
import { openWorld, type World } from '#test/world.ts'

const staff = (id: number, role: 'manager' | 'admin'): Actor => ({
  ...{ kind: 'user', id, roles: [role], sessionId: '', customerId: null },
})
const [ANNA, BEN] = [staff(9_001, 'manager'), staff(9_002, 'admin')]

let world: World
let lender: Lender
beforeAll(async () => {
  world = await openWorld({ now: '2026-01-15T09:00:00Z', lockOrder: true })
  lender = await openLender(world)
})
afterAll(async () => {
  await expectBooksAgree(world, lender.slug)
  await world.close()
})
const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> => lender.as(actor, work)

const asOwner = async (statement: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  withClient(world.owner, async (client) => (await client.query(statement, [...values])).rows)

/** Every column of text or JSON, as the database has them. */
async function textColumns(): Promise<string[]> {
  const rows = await asOwner(`
    select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = current_schema() and data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'name', 'xml')`)
  return rows.map(({ name }) => String(name)).sort()
}

/** The columns in which anything of the person is found. */
async function foundIn(): Promise<string[]> {
  const found: string[] = []
  for (const name of await textColumns()) {
    const [table, column] = name.split('.')
    const [row] = await asOwner(
      `select exists (select from "${table}" where exists (select from unnest($1::text[]) m where "${column}"::text ilike '%' || m || '%')) as found`,
      [MARKS],
    )
    if (row!.found) found.push(name)
  }
  return found
}

const ask = (customerId: number, actor = ANNA): Promise<number> =>
  as(actor, (ctx) => requestApproval(ctx, ERASE_CUSTOMER, { asked: { customerId }, reason: 'asked for in writing' }))

async function erase(customerId: number): Promise<void> {
  const id = await ask(customerId)
  await as(BEN, (ctx) => approve(ctx, { id, steps: [ERASE_CUSTOMER] }))
}

/** The person of the marks, with a loan paid back, a second record merged into theirs, and a trace in every column. */
async function plantedPerson(): Promise<Person & { loanId: number }> {
  const person = await lender.borrower('planted')
  const { customerId, userId } = person
  await as(ANNA, (ctx) => updateCustomer(ctx, customerId, { fullName: NAME }))
  const loanId = await lender.lend(person, 100_000n)
  await lender.pay(person.phone, 110_000n, 'ALL OF IT')
  const goneId = await as(BEN, (ctx) => createCustomer(ctx, { fullName: NAME, phone: '0712345098' }))
  const org = world.org(lender.slug).id
  await asOwner("insert into customer_id_numbers values ($1, 'national', $2, $3, now())", [org, ID_NUMBER, goneId])
  const merge = await as(ANNA, (ctx) =>
    requestApproval(ctx, MERGE_CUSTOMERS, { asked: { keptId: customerId, goneId }, reason: 'one person' }),
  )
  await as(BEN, (ctx) => approve(ctx, { id: merge, steps: [MERGE_CUSTOMERS] }))
  // Asked for before the records were merged, and never decided.
  await asOwner(
    `insert into approvals (org_id, id, kind, subject, asked, reason, requested_by, requested_at)
     values ($1, 78, 'customer.email', $2, $3, 'changed', 'user:9001', now())`,
    [org, `customer:${goneId}`, JSON.stringify({ customerId: goneId, value: EMAIL })],
  )
  await plantTraces(asOwner, { org, customerId, userId, loanId })
  return { ...person, loanId }
}

/** An identity document, in the store of files. */
async function document(customerId: number): Promise<void> {
  const bytes = Buffer.from('%PDF-1.4 scan')
  const file = { name: `${NAME}.pdf`, bytes }
  await saveFile(lender.door(BEN), file, (ctx, fileId) => noteDocument(ctx, customerId, fileId))
}

async function noteDocument(ctx: Ctx, customerId: number, fileId: number): Promise<void> {
  await sql`insert into customer_documents values (${ctx.org.id}, ${customerId}, 'id_front', ${fileId}, ${`${NAME}.pdf`}, now())`.execute(
    ctx.tx,
  )
  await sql`update customers set has_documents = true where org_id = ${ctx.org.id} and id = ${customerId}`.execute(
    ctx.tx,
  )
}

it('every column of text is erased, kept for a reason, or holds nothing of a person', async () => {
  const named = [...[ERASED_COLUMNS, TYPED, IMPERSONAL].flatMap(columnsOf), ...Object.keys(KEPT)]
  expect([...named].sort()).toEqual(await textColumns())
})

describe('the customer who has a trace everywhere', () => {
  let person: Awaited<ReturnType<typeof plantedPerson>>
  beforeAll(async () => {
    person = await plantedPerson()
    await document(person.customerId)
  })

  it('is found in every personal column before, and only where money is kept afterwards; the books stand', async () => {
    expect(await foundIn()).toEqual([...columnsOf(ERASED_COLUMNS), ...Object.keys(KEPT)].sort())
    const { customerId, userId, loanId } = person
    const loan = await lender.loan(loanId)
    await erase(customerId)
    expect(await removeDiscarded(lender.door())).toBe(1)
    expect(await foundIn()).toEqual(Object.keys(KEPT).sort())
    expect(await lender.loan(loanId)).toEqual({ ...loan, customerName: '[erased]' })
    await expectBooksAgree(world, lender.slug)
    const [event] = await eventsOf(world, lender.slug, 'customer.erased')
    expect(event).toMatchObject({
      subject: `customer:${customerId}`,
      data: { customer_id: customerId, user_id: userId },
    })
    const [login] = await asOwner(
      `select status, name from users where org_id = ${world.org(lender.slug).id} and id = ${userId}`,
    )
    expect(login).toEqual({ status: 'disabled', name: '[erased]' })
    expect(await asOwner(`select id from approvals where status = 'pending'`)).toEqual([])
    const sessions = await asOwner(`select from sessions where user_id = ${userId} and revoked_at is null`)
    expect(sessions).toEqual([])
  })

  it('others’ messages lose the person and nothing else', async () => {
    const rows = await asOwner('select id, recipient, body, status from messages where id >= 901 order by id')
    expect(rows).toEqual([
      { id: 901, recipient: '[erased]', body: '[erased]', status: 'failed' },
      { id: 902, recipient: 'officer@lender.example', body: 'met [erased]', status: 'queued' },
      { id: 903, recipient: '+254700000009', body: 'call [erased] today', status: 'queued' },
      { id: 904, recipient: '[erased]', body: '[erased]', status: 'failed' },
    ])
  })

  it('is final: not changed, lent to, found by phone, merged or parted; erasing once more changes nothing', async () => {
    const { customerId } = person
    const since = await as(ANNA, (ctx) => erasedSince(ctx, customerId))
    expect(since).toBeInstanceOf(Date)
    expect(await refusalOf(as(BEN, (ctx) => updateCustomer(ctx, customerId, { fullName: 'Back' })))).toBe(
      'customer_not_found',
    )
    expect(await refusalOf(lender.lend(person, 100_000n))).toBe('customer_not_found')
    expect((await as(ANNA, (ctx) => customersByPhone(ctx, [PHONE]))).size).toBe(0)
    const [merge] = await as(ANNA, (ctx) => mergesOf(ctx, customerId))
    expect(merge!.erased).toBe(true)
    expect(await refusalOf(as(BEN, (ctx) => undoMerge(ctx, merge!.id, 'x')))).toBe('merge_not_undoable')
    await erase(customerId)
    expect(await as(ANNA, (ctx) => erasedSince(ctx, customerId))).toEqual(since)
    expect(await eventsOf(world, lender.slug, 'customer.erased')).toHaveLength(1)
  })

  it('the database lets columns that are written once be erased and nothing else', async () => {
    const stateOf = (work: Promise<unknown>) => work.then(() => undefined, sqlState)
    for (const [table, { columns, rest }] of Object.entries(ERASABLE)) {
      const [row] = await asOwner(`select count(*)::integer as count from ${table}`)
      if (row!.count === 0) continue
      for (const column of columns.filter((name) => !name.endsWith('_id'))) {
        const other = ['asked', 'before', 'moved'].includes(column) ? '\'{"value": "other"}\'::jsonb' : "'other'"
        expect([table, await stateOf(asOwner(`update ${table} set ${column} = ${other}`))]).toEqual([table, '23001'])
      }
      if (rest) expect(await stateOf(asOwner(`update ${table} set actor = 'user:1000'`))).toBe('23001')
    }
  })
})

describe('is refused', () => {
  const why = async (customerId: number, actor = ANNA): Promise<string> =>
    ask(customerId, actor).then(
      () => 'taken',
      ({ code, data }) => `${code}: ${data?.why ?? ''}`,
    )

  it('while a loan runs, while money waits or is theirs, and when it is all paid no more', async () => {
    const person = await lender.borrower('owing')
    await lender.lend(person, 100_000n)
    expect(await why(person.customerId)).toBe('customer_not_erasable: a loan is not finished')
    await lender.pay(person.phone, 120_000n, 'TOO MUCH')
    expect(await why(person.customerId)).toBe('customer_not_erasable: there is money of theirs, or money that they owe')
    const other = await lender.borrower('unmatched')
    await lender.pay(other.phone, 500n, 'FOR NOTHING')
    expect(await why(other.customerId)).toBe('customer_not_erasable: a payment waits to be verified or matched')
  })

  it('while savings are not empty; an empty account is closed by it', async () => {
    const person = await lender.borrower('saver')
    const account = await as(BEN, async (ctx) => {
      const productId = await createSavingsProduct(ctx, { name: 'Plain' })
      return openAccount(ctx, { customerId: person.customerId, accountNo: 'saver', productId })
    })
    const cash = { account: 1000, owner: 0 } as const
    await as(BEN, (ctx) => deposit(ctx, { accountId: account, amount: 100n, from: cash, reference: null }))
    expect(await why(person.customerId)).toBe('customer_not_erasable: there is money of theirs, or money that they owe')
    await as(BEN, (ctx) => withdraw(ctx, { accountId: account, amount: 100n, to: cash, reference: null }))
    await erase(person.customerId)
    expect((await as(BEN, (ctx) => savingsAccountById(ctx, account)))!.status).toBe('closed')
  })

  it('to those who are not there, to the customer, to people who work here, and to who may not', async () => {
    const person = await lender.borrower('worker')
    expect(await why(9_999)).toBe('customer_not_found: ')
    expect(await why(person.customerId, staff(person.userId, 'manager'))).toBe('own_request: ')
    const officer = { ...ANNA, roles: ['loan_officer'] } as Actor
    expect(await why(person.customerId, officer)).toBe('not_permitted: ')
    const email = 'worker@lender.test'
    const userId = await as({ kind: 'system', name: 'test' }, (ctx) =>
      registerUser(ctx, { email, password: 'a good password', roles: ['staff'] }),
    )
    const id = await as(BEN, (ctx) => createCustomer(ctx, { fullName: 'Works Here', phone: '0712999777', userId }))
    expect(await why(id)).toBe('customer_not_erasable: they work here by their login')
  })
})
