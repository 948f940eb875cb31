/** A sale by a preset from the quote to the customer's schedule, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimIdNumber, createCustomer } from '#modules/customers/customers.ts'
import { transact } from '#platform/context.ts'
import { type Movi, openMovi } from '#test/movi.ts'

const TERMS = { preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12 }
const IDENTITY = '0801199300777'

describe('a sale every fifteen days', () => {
  let movi: Movi
  let sale: Record<string, unknown>
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    const customer_id = await transact(movi.world.door('movicuotas'), async (ctx) => {
      const known = { fullName: 'Óscar Pineda', phone: '+50499887766', profile: { dateOfBirth: '1993-04-01' } }
      const id = await createCustomer(ctx, known)
      await claimIdNumber(ctx, id, { kind: 'national', number: IDENTITY })
      return id
    })
    sale = { ...TERMS, customer_id, phone_model_id: 1, imei: '990000862471854', branch_number: 'S01' }
  })
  afterAll(() => movi?.close())

  it('is quoted with the rule that stands against it', async () => {
    const quote = (more: object) => movi.office('vendedor', 'POST /sale-quotes', { ...TERMS, ...more })
    expect(await quote({ date_of_birth: '1993-04-01' })).toMatchObject({
      status: 200,
      body: { down_payment: '1050.00', financed: '2450.00', instalment: '405.00', total: '4860.00', rate: '12.5' },
    })
    expect((await quote({ date_of_birth: '1970-04-01' })).status).toBe(400)
    expect((await quote({ date_of_birth: '1993-04-01', preset: 'other' })).status).toBe(400)
  })

  it('is agreed on, approved by somebody else, and shown to its customer', async () => {
    const agreed = await movi.office('vendedor', 'POST /sales', sale)
    expect(agreed).toMatchObject({
      status: 201,
      body: {
        contract_number: 'MC-2026-0004',
        branch_contract_code: 'S01-2026-02-15-000001',
        device: { imei_doubtful: true },
      },
    })
    expect((await movi.office('vendedor', 'POST /sales', { ...sale, imei: '356938035643808' })).status).toBe(409)
    const { loan_id: loan } = agreed.body
    expect((await movi.office('vendedor', `POST /loans/${loan}/approve`)).status).toBe(403)
    expect((await movi.office('supervisor', `POST /loans/${loan}/approve`)).status).toBe(200)
    expect((await movi.office('admin', `POST /loans/${loan}/disburse`)).status).toBe(200)
    const token = await movi.login(IDENTITY)
    const { body } = await movi.ask('GET /installments', { token })
    expect(body.installments.map((one: { amount: number }) => one.amount)).toEqual(new Array(12).fill(405))
    expect(body.installments.slice(0, 2)).toMatchObject([{ due_date: '2026-03-02' }, { due_date: '2026-03-17' }])
  })
})
