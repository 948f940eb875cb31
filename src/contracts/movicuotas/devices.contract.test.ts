/** Phones: activated by their code, locked by staff and by the day's policy, unlocked when paid; who may do what. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { addPhoneModel, enforceLocks, registerDevice } from '#modules/devices/devices.ts'
import { noticeInstalments } from '#modules/sales/sales.ts'
import { refusalOf } from '#test/asking.ts'
import { MARIA, type Movi, openMovi } from '#test/movi.ts'

const PUSH = `push-${'x'.repeat(60)}`

describe('phones sold on credit', () => {
  let movi: Movi
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  })
  afterAll(() => movi?.close())

  const byImei = async (imei: string) => (await movi.office('supervisor', `GET /devices?imei=${imei}`)).body.devices[0]
  const titles = async (token: string): Promise<string[]> => {
    const { body } = await movi.ask('GET /notifications?per_page=100', { token })
    return body.notifications.map((one: { title: string }) => one.title)
  }

  it('finds a phone by its IMEI, with its code, and notes that its check digit is wrong', async () => {
    expect(await byImei('123456789012345')).toMatchObject({
      ...{ imei_doubtful: true, lock_status: 'unlocked', is_locked: false, history: [] },
      activation_code: expect.stringMatching(/^[A-HJ-NP-Z2-9]{6}$/),
    })
    expect(await byImei('356938035643809')).toMatchObject({ imei_doubtful: false })
  })

  it('activates the application by the code, again for the same one, never for another', async () => {
    const { id, activation_code } = await byImei('123456789012345')
    const activate = (fcm_token: string, code = activation_code) =>
      movi.ask('POST /devices/activate', { body: { activation_code: code, fcm_token, platform: 'android' } })
    expect(await activate(PUSH, 'XXXXXX')).toMatchObject({
      status: 404,
      body: { error: 'Codigo de activacion invalido' },
    })
    expect(await activate('')).toMatchObject({ status: 400, body: { error: 'Token FCM requerido' } })
    expect(await activate('short')).toMatchObject({ status: 422 })
    const first = await activate(PUSH, activation_code.toLowerCase())
    expect(first.body).toMatchObject({
      message: 'Dispositivo activado correctamente',
      customer: { id: 1 },
      loan: { id: 1 },
    })
    expect((await movi.ask('GET /dashboard', { token: first.body.token })).status).toBe(200)
    expect((await activate(PUSH)).body.message).toBe('Sesión iniciada correctamente')
    const other = await activate(`${PUSH}other`)
    expect(other).toMatchObject({ status: 422, body: { error: 'Este dispositivo ya fue activado' } })
    expect((await movi.office('vendedor', `POST /devices/${id}/reset-activation`)).status).toBe(403)
    expect((await movi.office('admin', `POST /devices/${id}/reset-activation`)).status).toBe(200)
    expect((await activate(`${PUSH}other`)).status).toBe(200)
  })

  it('keeps push tokens, of their owner only', async () => {
    const token = await movi.login()
    const device_token = { token: PUSH, platform: 'android', device_name: 'A54', os_version: '14', app_version: '1.0' }
    expect(await movi.ask('POST /device_tokens', { token, body: { device_token } })).toMatchObject({
      status: 201,
      body: { message: 'Device token registered successfully', device_token: { platform: 'android', active: true } },
    })
    const maria = await movi.login(MARIA)
    const refresh = `PUT /device_tokens/refresh?token=${PUSH}`
    expect(await movi.ask(refresh, { token: maria })).toMatchObject({ status: 404 })
    expect(await movi.ask(refresh, { token })).toMatchObject({ status: 200 })
    expect(await movi.ask(`DELETE /device_tokens?token=${PUSH}`, { token })).toMatchObject({ status: 200 })
    expect(await movi.ask(refresh, { token })).toMatchObject({ status: 404, body: { error: 'Device token not found' } })
  })

  it('locks in two steps, and unlocks by whom it may', async () => {
    const { id } = await byImei('123456789012345')
    expect((await movi.office('vendedor', `POST /devices/${id}/lock`, { reason: 'Pago vencido' })).status).toBe(403)
    expect((await movi.office('supervisor', `POST /devices/${id}/confirm-lock`)).status).toBe(409)
    const asked = await movi.office('supervisor', `POST /devices/${id}/lock`, { reason: 'Reporte de robo' })
    expect(asked.body).toMatchObject({ lock_status: 'pending', is_locked: false, lock_reason: 'Reporte de robo' })
    expect((await movi.office('supervisor', `POST /devices/${id}/lock`, { reason: 'Otra vez' })).status).toBe(409)
    expect((await movi.office('supervisor', `POST /devices/${id}/confirm-lock`)).body).toMatchObject({
      is_locked: true,
    })
    await movi.world.settle()
    const token = await movi.login()
    const { body } = await movi.ask('GET /dashboard', { token })
    expect(body.device_status).toMatchObject({ status: 'blocked', is_blocked: true })
    const { body: after } = await movi.office('supervisor', `POST /devices/${id}/unlock`)
    expect(after.history.map((one: { status: string }) => one.status)).toEqual(['pending', 'locked', 'unlocked'])
    expect((await movi.office('supervisor', `POST /devices/${id}/unlock`)).status).toBe(409)
    await movi.world.settle()
    expect(await titles(token)).toEqual(expect.arrayContaining(['Dispositivo Bloqueado', 'Dispositivo Desbloqueado']))
  })

  it('keeps a late phone locked until the arrears are paid, and then unlocks it by itself', async () => {
    const locked = await byImei('356938035643809')
    expect(locked).toMatchObject({ lock_status: 'locked', lock_reason: 'Pago vencido' })
    expect((await movi.office('supervisor', `POST /devices/${locked.id}/unlock`)).status).toBe(409)
    const token = await movi.login(MARIA)
    const { body } = await movi.ask('GET /dashboard', { token })
    expect(body).toMatchObject({ loan: { status: 'active' }, overdue_count: 2, total_overdue_amount: 2333.34 })
    expect(body.next_payment).toMatchObject({ status: 'overdue', is_overdue: true, days_overdue: 45 })
    const payment = { installment_id: body.next_payment.id, amount: 2333.34, payment_date: '2026-02-15' }
    const { body: submitted } = await movi.ask('POST /payments', { token, body: { payment } })
    await movi.office('supervisor', `POST /payments/${submitted.id}/verify`)
    await movi.world.settle()
    expect(await byImei('356938035643809')).toMatchObject({ lock_status: 'unlocked' })
    expect((await movi.ask('GET /dashboard', { token })).body).toMatchObject({
      overdue_count: 0,
      device_status: { is_blocked: false },
    })
    expect(await titles(token)).toEqual(expect.arrayContaining(['Dispositivo Desbloqueado', 'Pago Recibido']))
  })

  it('tells each thing once, however often the day is closed', async () => {
    const count = async () => (await titles(await movi.login(MARIA))).length
    const door = () => movi.world.door('movicuotas')
    await movi.world.moveClock('2026-02-20T16:00:00Z')
    await movi.world.settle()
    const before = await count()
    for (let n = 0; n < 3; n++) await noticeInstalments(door())
    expect(await enforceLocks(door())).toEqual({ warned: 0, requested: 0, unlocked: 0 })
    await movi.world.settle()
    expect(await count()).toBe(before)
  })

  it('binds a phone to one unpaid loan at a time', async () => {
    const check = async (imei: string) => (await movi.ask(`GET /devices/check_imei?imei=${imei}`)).body
    expect(await check('12')).toEqual({ available: false, message: 'IMEI debe tener 15 dígitos numéricos' })
    expect(await check('123456789012345')).toEqual({ available: false, message: 'IMEI ya registrado en otro préstamo' })
    expect(await check('990000862471854')).toEqual({ available: true, message: 'IMEI disponible' })
    const door = movi.world.door('movicuotas')
    const register = (phoneModelId: number) =>
      transact(door, (ctx) => registerDevice(ctx, { imei: '123456789012345', phoneModelId, loanId: 2 }))
    expect(await refusalOf(register(1))).toBe('imei_taken')
    expect(await refusalOf(register(99))).toBe('phone_model_not_found')
    const again = { brand: 'samsung', model: 'galaxy a54', price: 1n }
    expect(await refusalOf(transact(door, (ctx) => addPhoneModel(ctx, again)))).toBe('invalid_input')
  })
})
