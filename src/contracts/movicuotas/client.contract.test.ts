/** Every answer read as the customer's application reads it, in every state that a customer can be in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueToken } from '#contracts/movicuotas/auth.ts'
import { transact } from '#platform/context.ts'
import { type Call, readError, readGood } from '#test/flutter-client.ts'
import { type Asked, JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'
import { agree, expectStatus, picture, register, sell } from '#test/movi-buyers.ts'

const ROSA = '0318199500456'
const PUSH = `push-${'y'.repeat(60)}`

describe('the application on the customer’s phone', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  })
  afterAll(() => movi?.close())

  const good = async <C extends Call>(call: C, asked: Asked & { path?: string } = {}) =>
    readGood(call, await movi.ask(`${call.split(' ')[0]} ${asked.path ?? call.split(' ')[1]}`, asked))
  const error = async (what: string, asked: Asked = {}) => {
    const answered = await movi.ask(what, asked)
    return [answered.status, readError(answered)]
  }
  const signIn = (identification_number: string, more: Record<string, unknown> = {}) =>
    good('POST /auth/login', { body: { auth: { identification_number, ...more } } })
  /** A token of a customer who cannot log in, as his application may still have one. */
  const kept = (customerId: number): Promise<string> =>
    transact({ ...movi.world.door('movicuotas'), contract: 'movicuotas' }, (ctx) => issueToken(ctx, customerId))
  /** What every screen shows, for one customer. */
  const screens = async (token: string) => ({
    dashboard: await good('GET /dashboard', { token }),
    schedule: await good('GET /installments', { token }),
    notices: await good('GET /notifications', { token, path: '/notifications?page=1&per_page=10' }),
  })

  it('reads an active loan: the instalment, the device, the dates', async () => {
    const { token, loan, customerId } = await signIn(JUAN, { contract_number: 'MC-2026-0001' })
    expect(customerId).toBe(1)
    expect(loan).toMatchObject({
      status: 'active',
      installmentAmount: 1166.67,
      endDate: '2026-12-01',
      branchNumber: '001',
    })
    const { dashboard, schedule, notices } = await screens(token)
    expect(dashboard.nextPayment).toMatchObject({ number: 3, status: 'pending', amount: 1166.67, isOverdue: false })
    expect(dashboard.deviceStatus).toEqual({
      ...{ imei: '123456789012345', phoneModel: 'Samsung Galaxy A54', status: 'active', isBlocked: false },
    })
    expect(schedule.installments.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(schedule.summary).toEqual({ total: 12, pending: 10, paid: 2, overdue: 0 })
    expect(notices.notifications.length).toBe(notices.pagination.totalCount)
    expect(dashboard.unreadNotificationsCount).toBe(notices.pagination.totalCount)
  })

  it('reads a late loan whose phone is locked: it stays inside, and sees what it takes', async () => {
    const { token, loan } = await signIn(MARIA)
    expect(loan).toMatchObject({ status: 'active', device: { lockStatus: 'locked', isLocked: true } })
    const { dashboard, schedule } = await screens(token)
    expect(dashboard).toMatchObject({ overdueCount: 2, totalOverdueAmount: 2333.34 })
    expect(dashboard.nextPayment).toMatchObject({ number: 1, status: 'overdue', daysOverdue: 45, isOverdue: true })
    expect(dashboard.deviceStatus).toMatchObject({ status: 'blocked', isBlocked: true })
    expect(dashboard.customer).toMatchObject({ email: null, gender: 'female' })
    expect(schedule.summary).toEqual({ total: 12, pending: 10, paid: 0, overdue: 2 })
    const next = schedule.installments[0]!
    const payment = {
      installment_id: next.id,
      amount: next.amount,
      payment_date: '2026-02-14',
      receipt_image: picture(),
    }
    expect(await good('POST /payments', { token, body: { payment } })).toEqual({
      message: 'Payment submitted successfully. Please wait for verification.',
    })
  })

  it('reads a customer of whom hardly anything is known', async () => {
    const customerId = await register(movi, { identity: '0101200000001', fullName: 'Ana', phone: '+50499000000' })
    const door = movi.world.door('movicuotas')
    expect(door.today).toBe('2026-02-15')
    // Nothing bought yet: no loan to log in to, and a token shows only what is there.
    const auth = { identification_number: '0101200000001' }
    expect(await error('POST /auth/login', { body: { auth } })).toEqual([401, 'Invalid credentials'])
    const token = await kept(customerId)
    expect(await error('GET /dashboard', { token })).toEqual([404, 'No active loan found'])
    expect(await error('GET /installments', { token })).toEqual([404, 'No active loan found'])
    const { notifications, pagination } = await good('GET /notifications', { token })
    expect([notifications, pagination]).toEqual([[], { currentPage: 1, totalPages: 0, totalCount: 0, perPage: 10 }])
  })

  it('reads a loan from the agreement to the last payment, and the next one after it', async () => {
    const identity = '0801199000001'
    const profile = { dateOfBirth: '1990-01-31' }
    const customerId = await register(movi, { identity, fullName: 'Ñusta Pérez', phone: '+50499000001', profile })
    const { loanId } = await agree(movi, { customerId, imei: '352099001761481' })
    const agreed = await signIn(identity)
    expect(agreed.loan).toMatchObject({
      status: 'pending',
      numberOfInstallments: 12,
      installmentAmount: 1100.16,
      device: { isLocked: false },
    })
    expect(agreed.customer).toMatchObject({ email: null, address: null, gender: null })
    expect(await error('GET /dashboard', { token: agreed.token })).toEqual([404, 'No active loan found'])
    await movi.office('supervisor', `POST /sales/${loanId}/decide`, { decision: 'reject', note: 'Otro teléfono' })
    expect(await error('POST /auth/login', { body: { auth: { identification_number: identity } } })).toEqual([
      ...[401, 'Invalid credentials'],
    ])
    const sold = await sell(movi, { customerId, imei: '352099001761499' })
    const { token, loan } = await signIn(identity)
    expect(loan).toMatchObject({ id: sold.loanId, status: 'active' })
    expect((await screens(token)).dashboard.loan.id).toBe(sold.loanId)
    expectStatus(200, await movi.office('supervisor', `POST /loans/${sold.loanId}/pay-off`, { account: 1000 }))
    await movi.world.settle()
    expect((await signIn(identity)).loan).toMatchObject({ id: sold.loanId, status: 'completed' })
    expect(await error('GET /dashboard', { token })).toEqual([404, 'No active loan found'])
    const titles = (await good('GET /notifications', { token })).notifications.map(({ title }) => title)
    expect(titles[0]).toBe('Crédito Pagado')
    const again = await sell(movi, { customerId, imei: '352099001761507' })
    expect((await screens(token)).dashboard.loan.id).toBe(again.loanId)
    expect((await signIn(identity)).loan.id).toBe(again.loanId)
  })

  it('reads a loan that was written off: defaulted, and still to be paid', async () => {
    const { token, loan } = await signIn(ROSA)
    expectStatus(200, await movi.office('admin', `POST /loans/${loan.id}/write-off`, { reason: 'No se encuentra' }))
    expect((await signIn(ROSA)).loan.status).toBe('defaulted')
    const { dashboard, schedule } = await screens(token)
    expect(dashboard.loan.status).toBe('defaulted')
    expect(dashboard.nextPayment).toMatchObject({ number: 1, status: 'overdue' })
    const [first] = schedule.installments
    const payment = { installment_id: first!.id, amount: 100, payment_date: '2026-02-15' }
    await good('POST /payments', { token, body: { payment } })
  })

  it('reads what the calls answer that are not in the document', async () => {
    const { token } = await signIn(JUAN)
    const { body } = await movi.office('supervisor', 'GET /devices?imei=123456789012345')
    const activation_code: string = body.devices[0].activation_code
    const activated = await good('POST /devices/activate', {
      body: { activation_code, fcm_token: PUSH, platform: 'android', device_name: 'A54' },
    })
    expect(activated).toMatchObject({ token: expect.any(String), customerId: 1, loan: { totalAmount: 15000 } })
    const device_token = { token: PUSH, platform: 'unknown', device_name: 'A54', os_version: '14', app_version: '1' }
    await good('POST /device_tokens', { token, body: { device_token } })
    await good('PUT /device_tokens/refresh', { token, path: `/device_tokens/refresh?token=${PUSH}` })
    await good('DELETE /device_tokens', { token, path: `/device_tokens?token=${PUSH}` })
    await good('GET /devices/check_imei', { path: '/devices/check_imei' })
    await good('GET /settings')
    const { notifications } = await good('GET /notifications', { token })
    await good('POST /notifications/:id/mark_read', { token, path: `/notifications/${notifications[0]!.id}/mark_read` })
    await good('POST /notifications/mark_all_read', { token })
    expect((await good('GET /dashboard', { token })).unreadNotificationsCount).toBe(0)
    await good('GET /auth/forgot_contract', { path: '/auth/forgot_contract?phone=89978918' })
  })
})
