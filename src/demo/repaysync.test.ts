/** The demo makes every example of repaysync.md alive, and its books agree. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectBooksAgree } from '#test/books.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
const tokens = new Map<string, string>()

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
  await world.demo()
  await world.demo()
  for (const username of ['johndoe', 'janedoe', 'manager1', 'admin']) {
    const payload = { username, password: 'password' }
    const response = await world.inject({ method: 'POST', url: '/api/auth/token/', payload })
    tokens.set(username, response.json().access)
  }
})
afterAll(() => world.close())

const get = async (who: string, url: string) => {
  const response = await world.inject({ method: 'GET', url, token: tokens.get(who)! })
  return { status: response.statusCode, body: response.json() }
}

it('has the document’s users, customer, loans and interactions', async () => {
  expect((await get('admin', '/api/users/')).body.slice(0, 2)).toEqual([
    { id: 1, username: 'johndoe', email: 'john@example.com', role: 'calling_agent', manager: null },
    { id: 2, username: 'janedoe', email: 'jane@example.com', role: 'collection_officer', manager: 1 },
  ])
  const { body } = await get('janedoe', '/api/customers/')
  expect(body[0]).toEqual({
    ...{ id: 1, customer_code: 'A1B2C3D4', name: 'John Doe', phone: '+91-9876543210', email: 'john@example.com' },
    ...{ assigned_collection_officer: 2, address_line_1: '123 Main St', address_line_2: 'Apt 4B', city: 'Kolkata' },
    ...{ state: 'WB', pincode: '700001', date_of_birth: '1990-01-01' },
  })
  expect((await get('janedoe', '/api/loans/customer/1/')).body).toEqual([
    {
      ...{ id: 1, loan_account_number: 'LN12345', principal_amount: '50000.00', interest_rate: '10.50' },
      ...{ loan_type: 'personal', tenure_months: 12, loan_date: '2025-03-09', customer: 1 },
    },
    {
      ...{ id: 2, loan_account_number: 'LN67890', principal_amount: '75000.00', interest_rate: '11.00' },
      ...{ loan_type: 'home', tenure_months: 36, loan_date: '2025-04-15', customer: 1 },
    },
  ])
  expect((await get('janedoe', '/api/interactions/field/loan/1/')).body).toMatchObject([
    { loan: 1, disposition: 'visited', created_by: 2, interaction_type: 'field' },
  ])
  expect((await get('johndoe', '/api/interactions/calling/loan/1/')).body).toMatchObject([
    { disposition: 'called', created_by: 1 },
  ])
})

it('shows each what is his, and the admin the log', async () => {
  expect((await get('manager1', '/api/customers/')).body).toEqual([])
  expect((await get('johndoe', '/api/customers/')).body).toHaveLength(4)
  expect((await get('manager1', '/api/logs/')).status).toBe(403)
  expect((await get('admin', '/api/logs/')).body.length).toBeGreaterThan(3)
})

it('survives a close of business, its books in agreement', async () => {
  await world.moveClock('2026-02-22T09:00:00Z')
  await world.settle()
  await expectBooksAgree(world)
})
