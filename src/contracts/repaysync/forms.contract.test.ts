import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRepay, type Repay } from '#test/repay.ts'

let repay: Repay
beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('root', 'admin')
})
afterAll(() => repay.close())

describe('bodies that are forms', () => {
  const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
  const multipart = { 'content-type': 'multipart/form-data; boundary=b' }
  const parts = (fields: Record<string, string>): string =>
    `${Object.entries(fields)
      .map(([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .join('')}--b--\r\n`
  const forms: [string, Record<string, string>, (fields: Record<string, string>) => string][] = [
    ['urlencoded', urlencoded, (fields) => new URLSearchParams(fields).toString()],
    ['multipart', multipart, parts],
  ]
  const asRoot = () => ({ authorization: `Bearer ${repay.tokenOf('root')}` })

  it.each(forms)('%s: tokens, a refresh, a registration, a customer, a loan, a visit', async (_, type, write) => {
    const send = (what: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      repay.ask(null, what, write(fields), { headers: { ...type, ...headers } })
    const { status, body } = await send('POST /api/auth/token/', { username: 'root', password: 'password' })
    expect([status, Object.keys(body).sort()]).toEqual([200, ['access', 'refresh']])
    expect((await send('POST /api/auth/token/refresh', { refresh: body.refresh })).status).toBe(200)
    const username = `form.${type['content-type']!.length}`
    const newcomer = { username, email: '', role: 'manager', manager: '', password: 'SomePassword123' }
    expect(await send('POST /api/users/register/', newcomer)).toMatchObject({
      status: 201,
      body: { username, role: 'manager', manager: null },
    })
    const customer = await send(
      'POST /api/customers/',
      { name: 'Añu & Söhne', date_of_birth: '', state: 'WB' },
      asRoot(),
    )
    expect(customer).toMatchObject({ status: 201, body: { name: 'Añu & Söhne', date_of_birth: null, state: 'WB' } })
    const terms = { principal_amount: '1200.00', interest_rate: '', tenure_months: '12', loan_date: '' }
    const loan = await send(
      'POST /api/loans/',
      { ...terms, loan_account_number: username, customer: String(customer.body.id) },
      asRoot(),
    )
    expect(loan).toMatchObject({ status: 201, body: { principal_amount: '1200.00', interest_rate: null } })
    const visit = { loan: String(loan.body.id), comment: 'Seen', disposition: 'visited', next_call_date: '2026-03-01' }
    expect((await send('POST /api/interactions/field/create/', visit, asRoot())).status).toBe(201)
    const changed = await send(`PATCH /api/customers/${customer.body.id}/`, { city: 'Kolkata', city2: 'x' }, asRoot())
    expect(changed).toMatchObject({ status: 200, body: { city: 'Kolkata', name: 'Añu & Söhne' } })
  })

  it.each(forms)('%s: what is wrong is said as of JSON, and no log holds the password', async (_, type, write) => {
    const send = (what: string, fields: Record<string, string>) =>
      repay.ask(null, what, write(fields), { headers: type })
    expect(await send('POST /api/auth/token/', { username: 'root' })).toMatchObject({
      status: 400,
      body: { errors: { password: ['This field is required.'] } },
    })
    expect((await send('POST /api/auth/token/', { username: 'root', password: 'Wr0ng!' })).status).toBe(401)
    expect((await send('POST /api/auth/token/', { username: 'a\u0000', password: 'x' })).status).toBe(400)
    const { body: logs } = await repay.ask(null, 'GET /api/logs/?limit=3', undefined, { headers: asRoot() })
    expect(logs.some(({ request_payload: text }: { request_payload: string }) => text.includes('root'))).toBe(true)
    expect(JSON.stringify(logs)).not.toContain('Wr0ng!')
  })

  it('takes no form without end, and no file where a field belongs', async () => {
    const many = Array.from({ length: 200 }, (_, n) => `f${n}=1`).join('&')
    expect((await repay.ask(null, 'POST /api/auth/token/', many, { headers: urlencoded })).status).toBe(413)
    const file = '--b\r\ncontent-disposition: form-data; name="username"; filename="u"\r\n\r\nroot\r\n--b--\r\n'
    expect((await repay.ask(null, 'POST /api/auth/token/', file, { headers: multipart })).status).toBe(400)
  })
})
