/** The document's examples, with the clock on its day and the demo's business made through the use cases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JUAN, type Movi, openMovi } from '#test/movi.ts'

const CUSTOMER = {
  identification_number: '0801199012345',
  full_name: 'Juan Carlos Pérez',
  email: 'juan@email.com',
  phone: '+50489978918',
  date_of_birth: '1990-05-15',
  gender: 'male',
  address: 'Col. Kennedy, Bloque A',
  city: 'Tegucigalpa',
  status: 'active',
}
const LOAN = {
  contract_number: 'MC-2026-0001',
  status: 'active',
  total_amount: 15000.0,
  approved_amount: 15000.0,
  down_payment_percentage: 20.0,
  down_payment_amount: 3000.0,
  financed_amount: 12000.0,
  interest_rate: 18.0,
  number_of_installments: 12,
  start_date: '2026-01-01',
  end_date: '2026-12-01',
  branch_number: '001',
  installment_amount: 1166.67,
  device: {
    imei: '123456789012345',
    brand: 'Samsung',
    model: 'Galaxy A54',
    phone_model_id: 5,
    lock_status: 'unlocked',
    is_locked: false,
  },
}
const instalment = (nr: number, due: string, paid: string | null) => ({
  ...{ installment_number: nr, due_date: due, amount: 1166.67, status: paid ? 'paid' : 'pending', paid_date: paid },
  ...{ days_overdue: 0, is_overdue: false },
})

describe('on 15 February 2026, as the document prints it', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T09:00:00Z' })
  })
  afterAll(() => movi?.close())

  it('logs in by identity number, and by identity and contract number', async () => {
    const { status, body } = await movi.ask('POST /auth/login', { body: { auth: { identification_number: JUAN } } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ token: expect.any(String), customer: CUSTOMER, loan: LOAN })
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString())
    expect(Object.keys(claims).sort()).toEqual(['customer_id', 'exp', 'iat'])
    expect(claims).toMatchObject({ customer_id: body.customer.id, exp: claims.iat + 2_592_000 })
    for (const contract_number of ['MC-2026-0001', '001-2026-01-01-000001', 'S01-2026-01-01-000001']) {
      const auth = { identification_number: '0801-1990-12345', contract_number }
      expect(await movi.ask('POST /auth/login', { body: { auth } })).toMatchObject({ status: 200 })
    }
    const auth = { identification_number: JUAN, contract_number: 'MC-2026-0002' }
    const refused = await movi.ask('POST /auth/login', { body: { auth } })
    expect(refused).toMatchObject({ status: 401, body: { error: 'Invalid credentials' } })
  })

  it('shows dashboard and schedule', async () => {
    const token = await movi.login()
    const { body } = await movi.ask('GET /dashboard', { token })
    expect(body).toMatchObject({
      ...{ customer: CUSTOMER, loan: LOAN, next_payment: instalment(3, '2026-03-01', null) },
      ...{ overdue_count: 0, total_overdue_amount: 0.0 },
      device_status: {
        imei: '123456789012345',
        phone_model: 'Samsung Galaxy A54',
        status: 'active',
        is_blocked: false,
      },
    })
    const { body: schedule } = await movi.ask('GET /installments', { token })
    expect(schedule.installments.slice(0, 3)).toMatchObject([
      instalment(1, '2026-01-01', '2026-01-01'),
      instalment(2, '2026-02-01', '2026-02-01'),
      instalment(3, '2026-03-01', null),
    ])
    expect(schedule.installments.map((one: { amount: number }) => one.amount)).toEqual(new Array(12).fill(1166.67))
    expect(schedule.summary).toEqual({ total_installments: 12, pending: 10, paid: 2, overdue: 0 })
  })

  it('sends the contract number, however the phone is spelled', async () => {
    for (const phone of ['+50489978918', '%2B50489978918', '504%208997-8918']) {
      const { status, body } = await movi.ask(`GET /auth/forgot_contract?phone=${phone}`)
      expect({ status, body }).toEqual({ status: 200, body: { message: 'Contract number sent to +50489978918' } })
    }
    const fourth = await movi.ask('GET /auth/forgot_contract?phone=89978918')
    expect(fourth).toMatchObject({ status: 429, body: { error: 'Too many attempts. Please try again later.' } })
    expect(Number(fourth.headers['retry-after'])).toBeGreaterThan(3_500)
    const unknown = await movi.ask('GET /auth/forgot_contract?phone=%2B50499999999')
    expect(unknown).toMatchObject({ status: 404, body: { error: 'Customer not found' } })
    expect(await movi.ask('GET /auth/forgot_contract')).toMatchObject({ status: 400, body: { error: /phone/ } })
    const { body } = { body: (await movi.world.inject({ method: 'GET', url: '/demo/outbox?to=%2B50489978918' })).body }
    expect(body).toContain('MC-2026-0001')
    const [typed] =
      /\b[A-Z]\d{2}-\d{4}-\d{2}-\d{2}-\d{6}\b/.exec(body) ?? expect.unreachable('no number that can be typed')
    const auth = { identification_number: JUAN, contract_number: typed }
    expect((await movi.ask('POST /auth/login', { body: { auth } })).status).toBe(200)
  })

  it('reminds of the third instalment the day before, and confirms its payment', async () => {
    await movi.world.moveClock('2026-02-28T15:00:00Z')
    await movi.world.settle()
    const token = await movi.login()
    const { body: before } = await movi.ask('GET /notifications?page=1&per_page=20', { token })
    expect(before.notifications[0]).toMatchObject({
      title: 'Recordatorio de Pago',
      message: 'Tu cuota #3 vence mañana. Monto: L. 1,166.67',
      notification_type: 'payment_reminder',
      is_read: false,
      data: { installment_id: 3, due_date: '2026-03-01' },
    })
    await movi.world.moveClock('2026-03-01T10:30:00Z')
    const payment = { installment_id: 3, amount: 1166.67, payment_date: '2026-03-01', payment_method: 'transfer' }
    const submitted = await movi.ask('POST /payments', { token, body: { payment } })
    expect(submitted).toMatchObject({
      status: 201,
      body: { status: 'pending', message: 'Payment submitted successfully. Please wait for verification.' },
    })
    expect((await movi.office('supervisor', `POST /payments/${submitted.body.id}/verify`)).status).toBe(200)
    await movi.world.settle()
    const { body: after } = await movi.ask('GET /notifications?page=1&per_page=1', { token })
    expect(after.notifications).toEqual([
      {
        id: expect.any(Number),
        title: 'Pago Recibido',
        message: 'Tu pago de L. 1,166.67 ha sido verificado exitosamente.',
        notification_type: 'payment_confirmed',
        is_read: false,
        created_at: '2026-03-01T10:30:00Z',
        data: { payment_id: submitted.body.id, installment_number: 3 },
      },
    ])
    const total = after.pagination.total_count
    expect(after.pagination).toEqual({ current_page: 1, total_pages: total, total_count: total, per_page: 1 })
  })
})
