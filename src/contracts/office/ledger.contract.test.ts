/** The books and what they are made of, compared on request and at every close of business. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JOBS } from '#src/jobs.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { announceJobs } from '#platform/work/jobs.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { eventsOf } from '#test/asking.ts'
import { type Office, openOffice } from '#test/office.ts'

const ADMIN = 'admin@office.test'
let office: Office
let loanId: number
beforeAll(async () => {
  office = await openOffice('2026-02-15T09:00:00Z')
  const { lender, world } = office
  announceJobs(world.services, JOBS)
  const admin = { email: ADMIN, password: 'password', roles: ['admin'] as const }
  await transact(world.door('sokocredit'), (ctx) => registerUser(ctx, admin))
  loanId = await lender.lend(await lender.borrower('Amina'), 120_000n)
})
afterAll(() => office.close())

/** What the owner of the database does behind the application's back. */
const behindOurBack = (statement: string) =>
  withClient(office.world.owner, async (client) => {
    await client.query("set session_replication_role = 'replica'")
    await client.query(`${statement} and org_id = ${office.world.org('sokocredit').id}`)
  })
const verify = async () => (await office.ask('GET /ledger/verify', 'manager')).body
const close = async () => (await office.ask('POST /jobs/close-of-business/run', 'platform')).body
const figures = async () => (await office.world.inject({ method: 'GET', url: '/metrics' })).body

it('agree: verified, and closed without a difference', async () => {
  expect(await verify()).toMatchObject({ ok: true, problems: [], findings: [], sub_ledgers: { loans: 0, savings: 0 } })
  expect(await close()).toMatchObject({ status: 'done', error: null, result: { loans: 1, differences: 0 } })
  expect(await figures()).toMatch(
    /mkopo_job_result\{organisation="sokocredit",job="close-of-business",figure="differences"\} 0/,
  )
  expect(await eventsOf(office.world, 'sokocredit', 'books.disagreed')).toEqual([])
})

it('a loan that parts from them is named, by how much, and stops no close', async () => {
  await behindOurBack(`update instalments set principal_due = principal_due + 100 where loan_id = ${loanId} and nr = 1`)
  const text = `loan ${loanId}: 1201.00 owed by its schedule, 1200.00 in the books (1100 Loans: principal)`
  expect(await verify()).toMatchObject({
    ok: false,
    problems: [text],
    sub_ledgers: { loans: 1, savings: 0 },
    findings: [
      {
        ...{ sub_ledger: 'loans', subject: `loan:${loanId}`, account: '1100' },
        ...{ kept: '1201.00', booked: '1200.00', difference: '1.00', text },
      },
    ],
  })
  expect(await close()).toMatchObject({ status: 'done', error: null, result: { loans: 1, differences: 1 } })
  expect((await eventsOf(office.world, 'sokocredit', 'business_day.closed')).at(-1)!.data).toMatchObject({
    differences: 1,
  })
  expect(await figures()).toMatch(
    /mkopo_job_result\{organisation="sokocredit",job="close-of-business",figure="differences"\} 1/,
  )
})

it('of which those who run the organisation are told, by mail too', async () => {
  const [event] = await eventsOf(office.world, 'sokocredit', 'books.disagreed')
  expect(event!.data).toMatchObject({
    ...{ day: '2026-02-14', differences: 1, sub_ledgers: { loans: 1 } },
    findings: [expect.stringContaining(`loan ${loanId}: `)],
  })
  await office.world.settle()
  const mails = await office.world.inject({ method: 'GET', url: `/demo/outbox?to=${ADMIN}&channel=mail` })
  expect(mails.json()).toMatchObject([
    {
      subject: 'The books do not agree',
      body: expect.stringContaining(`one difference: loan ${loanId}: 1201.00 owed`),
    },
  ])
})

it('and is not told of any more when it is mended', async () => {
  await behindOurBack(`update instalments set principal_due = principal_due - 100 where loan_id = ${loanId} and nr = 1`)
  expect(await verify()).toMatchObject({ ok: true, findings: [] })
  expect(await close()).toMatchObject({ result: { differences: 0 } })
  expect(await eventsOf(office.world, 'sokocredit', 'books.disagreed')).toHaveLength(1)
  expect(await figures()).toMatch(/figure="differences"\} 0/)
})
