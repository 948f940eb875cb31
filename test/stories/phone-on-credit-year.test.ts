/** A phone on credit through a year: sold, paid, rejected once, missed twice, locked, cured, and paid off early; each day's books balance and each notice comes once. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, type Day } from '#domain/day.ts'
import { sum } from '#domain/money.ts'
import { trialBalance } from '#modules/ledger/views.ts'
import { JOBS } from '#src/jobs.ts'
import { transact } from '#platform/context.ts'
import { eventsOf } from '#test/asking.ts'
import { expectBooksAgree } from '#test/books.ts'
import { readGood } from '#test/flutter-client.ts'
import { type Movi, openMovi } from '#test/movi.ts'
import { agree, expectStatus, handOver, picture, register } from '#test/movi-buyers.ts'

const IDENTITY = '0501199200321'
const PUSH = `push-${'k'.repeat(60)}`
const INSTALMENT = 1100.16

let movi: Movi
let customerId: number
let loanId: number
let deviceId: number
let today: Day = '2026-01-05' as Day
beforeAll(async () => {
  movi = await openMovi({ lockOrder: true, now: '2026-01-05T16:00:00Z' })
})
afterAll(() => movi?.close())

const door = () => movi.world.door('movicuotas')
const at = (time: string): void => movi.world.clock.moveTo(new Date(`${today}T${time}Z`))

/** What is there of everything that a job could do twice; the closing itself is noted each time it is done. */
const traces = () =>
  transact(door(), async ({ tx, org }) => {
    const { rows } = await sql`
      select (select count(*) from journal_entries where org_id = ${org.id}) as entries,
             (select count(*) from events where org_id = ${org.id} and type <> 'business_day.closed') as events,
             (select count(*) from notifications where org_id = ${org.id}) as notices,
             (select count(*) from messages where org_id = ${org.id}) as messages`.execute(tx)
    return rows[0]
  })

async function twice(job: string): Promise<void> {
  const { run } = JOBS.find(({ name }) => name === job)!
  const due = { fireAt: door().now, day: today }
  await run(door(), due)
  await movi.world.settle()
  const once = await traces()
  await run(door(), due)
  await movi.world.settle()
  expect([today, job, await traces()]).toEqual([today, job, once])
}

/** Goes on to a day, its jobs done twice on every day on the way, its books balanced. */
async function until(day: string): Promise<void> {
  while (today < day) {
    today = addDays(today, 1)
    at('06:10:00')
    await twice('close-of-business')
    at('14:00:00')
    await twice('payment-notices')
    await transact(door(), async (ctx) => {
      const balances = await trialBalance(ctx, today)
      expect([today, sum(balances.map(({ balance }) => balance))]).toEqual([today, 0n])
    })
  }
  at('16:00:00')
}

/** Everything written agrees, and no close of business found otherwise. */
const verified = async () => {
  await expectBooksAgree(movi.world)
  expect(await eventsOf(movi.world, 'movicuotas', 'books.disagreed')).toEqual([])
}
const token = () => movi.login(IDENTITY)
const dashboard = async () => readGood('GET /dashboard', await movi.ask('GET /dashboard', { token: await token() }))
const phone = async () => (await movi.office('supervisor', `GET /devices/${deviceId}`)).body

/** The customer sends a picture of his receipt for his oldest instalment. */
async function send(amount = INSTALMENT): Promise<number> {
  const { nextPayment } = await dashboard()
  const payment = { installment_id: nextPayment!.id, amount, payment_date: today, receipt_image: picture(900, loanId) }
  return expectStatus(201, await movi.ask('POST /payments', { token: await token(), body: { payment } })).body.id
}

async function pay(amount = INSTALMENT): Promise<void> {
  expectStatus(200, await movi.office('supervisor', `POST /payments/${await send(amount)}/verify`))
  await movi.world.settle()
}

/** Everything the customer was told, oldest first: the day and the hour in UTC, the type, the title. */
async function told(): Promise<string[]> {
  const page = readGood(
    'GET /notifications',
    await movi.ask('GET /notifications?per_page=100', { token: await token() }),
  )
  return page.notifications.map(({ createdAt, type, title }) => `${createdAt.slice(0, 16)} ${type}: ${title}`).reverse()
}

/** All that she hears, in UTC: what the clock brings at eight in the morning, and what people do at ten. */
const YEAR = [
  '2026-01-05T16:00 general: Contrato Firmado',
  '2026-01-05T16:00 payment_confirmed: Pago Recibido',
  '2026-02-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-02-04T14:00 payment_reminder: Recordatorio de Pago',
  '2026-02-04T16:00 payment_confirmed: Pago Recibido',
  '2026-03-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-03-04T14:00 payment_reminder: Recordatorio de Pago',
  '2026-03-04T16:00 general: Pago rechazado',
  '2026-03-05T14:00 payment_reminder: Pago Hoy',
  '2026-03-05T16:00 payment_confirmed: Pago Recibido',
  '2026-04-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-04-04T14:00 payment_reminder: Recordatorio de Pago',
  '2026-04-05T14:00 payment_reminder: Pago Hoy',
  '2026-04-06T14:00 payment_overdue: Cuota Vencida',
  '2026-04-08T14:00 payment_overdue: Aviso Importante',
  '2026-05-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-05-02T14:00 payment_overdue: Advertencia de bloqueo de dispositivo',
  '2026-05-04T14:00 payment_reminder: Recordatorio de Pago',
  '2026-05-05T14:00 payment_reminder: Pago Hoy',
  '2026-05-05T16:00 device_blocked: Dispositivo Bloqueado',
  '2026-05-06T14:00 payment_overdue: Cuota Vencida',
  '2026-05-08T14:00 payment_overdue: Aviso Importante',
  '2026-05-10T16:05 payment_confirmed: Pago Recibido',
  '2026-05-10T16:05 device_unblocked: Dispositivo Desbloqueado',
  '2026-06-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-06-02T16:00 payment_confirmed: Pago Recibido',
  '2026-07-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-07-02T16:00 payment_confirmed: Pago Recibido',
  '2026-08-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-08-02T16:00 payment_confirmed: Pago Recibido',
  '2026-09-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-09-02T16:00 payment_confirmed: Pago Recibido',
  '2026-10-02T14:00 payment_reminder: Recordatorio de Pago',
  '2026-10-03T16:00 payment_confirmed: Pago Recibido',
  '2026-10-03T16:00 general: Crédito Pagado',
]

test('5 January: sold by the office, activated on the phone, the first instalment paid at once', async () => {
  const profile = { dateOfBirth: '1992-07-20', gender: 'female' }
  const known = { identity: IDENTITY, fullName: 'Iris Zelaya', phone: '+50499112233', profile }
  customerId = await register(movi, known)
  const sold = await agree(movi, { customerId, imei: '352099001761481' })
  loanId = sold.loanId
  deviceId = sold.deviceId
  await handOver(movi, loanId)
  const { activation_code } = await phone()
  const activated = await movi.ask('POST /devices/activate', { body: { activation_code, fcm_token: PUSH } })
  expect(readGood('POST /devices/activate', activated).loan).toMatchObject({ id: loanId, status: 'active' })
  expect((await dashboard()).nextPayment).toMatchObject({ number: 1, dueDate: '2026-01-05', amount: INSTALMENT })
  await pay()
  await verified()
})

test('February and March: reminded and paid; a receipt that cannot be read is sent back, the next one counts', async () => {
  await until('2026-02-04')
  await pay()
  await until('2026-03-04')
  const unreadable = await send()
  const reason = 'Comprobante ilegible'
  expectStatus(200, await movi.office('supervisor', `POST /payments/${unreadable}/reject`, { reason }))
  expect((await dashboard()).nextPayment).toMatchObject({ number: 3, status: 'pending' })
  await until('2026-03-05')
  await pay()
  expect((await dashboard()).nextPayment).toMatchObject({ number: 4, dueDate: '2026-04-05' })
  await verified()
})

test('April and May are missed: told, warned after 27 days, locked after 30 when staff has confirmed it', async () => {
  await until('2026-05-02')
  expect(await phone()).toMatchObject({ lock_status: 'unlocked' })
  await until('2026-05-05')
  expect(await phone()).toMatchObject({ lock_status: 'pending', lock_reason: 'Pago vencido' })
  expect((await dashboard()).deviceStatus).toMatchObject({ status: 'active', isBlocked: false })
  expectStatus(200, await movi.office('supervisor', `POST /devices/${deviceId}/confirm-lock`))
  await movi.world.settle()
  expect((await dashboard()).deviceStatus).toMatchObject({ status: 'blocked', isBlocked: true })
  await until('2026-05-10')
  const { overdueCount, totalOverdueAmount, loan } = await dashboard()
  expect({ overdueCount, totalOverdueAmount, status: loan.status }).toEqual({
    ...{ overdueCount: 2, totalOverdueAmount: 2200.32, status: 'active' },
  })
  expectStatus(409, await movi.office('supervisor', `POST /devices/${deviceId}/unlock`))
  await verified()
})

test('10 May: both are paid at once, and the phone is unlocked in the same minute', async () => {
  const receipt = await send(2 * INSTALMENT)
  expect(await phone()).toMatchObject({ lock_status: 'locked' })
  at('16:05:00')
  expectStatus(200, await movi.office('supervisor', `POST /payments/${receipt}/verify`))
  await movi.world.settle()
  const { lock_status, history } = await phone()
  const steps = history.map(({ status, at: when }: Record<string, string>) => `${when!.slice(0, 16)} ${status}`)
  expect([lock_status, steps]).toEqual([
    'unlocked',
    ['2026-05-05T14:00 pending', '2026-05-05T16:00 locked', '2026-05-10T16:05 unlocked'],
  ])
  expect(await dashboard()).toMatchObject({ overdueCount: 0, deviceStatus: { isBlocked: false } })
  await verified()
})

test('June to September are paid when the first reminder comes', async () => {
  for (const day of ['2026-06-02', '2026-07-02', '2026-08-02', '2026-09-02']) {
    await until(day)
    await pay()
  }
  const { body } = await movi.ask('GET /installments', { token: await token() })
  expect(body.summary).toEqual({ total_installments: 12, pending: 3, paid: 9, overdue: 0 })
  await verified()
})

test('3 October: paid off with the quote of the day; the phone is hers for ever', async () => {
  await until('2026-10-03')
  const { body: quote } = await movi.office('supervisor', `GET /loans/${loanId}/pay-off-quote`)
  // 1,055.14 + 1,070.97 + 875.01 of principal, and 28 of 30 days of the 45.02 of interest that October would cost.
  expect(quote).toMatchObject({
    day: '2026-10-03',
    amount: { principal: '3001.12', interest: '42.02', total: '3043.14' },
  })
  expectStatus(200, await movi.office('supervisor', `POST /loans/${loanId}/pay-off`, { account: 1000 }))
  await movi.world.settle()
  expect(await phone()).toMatchObject({ lock_status: 'unlocked', released_on: '2026-10-03' })
  expect(
    readGood(
      'POST /auth/login',
      await movi.ask('POST /auth/login', { body: { auth: { identification_number: IDENTITY } } }),
    ).loan.status,
  ).toBe('completed')
  expectStatus(409, await movi.office('supervisor', `POST /devices/${deviceId}/lock`, { reason: 'Error' }))
  await verified()
})

test('until January nothing more is heard; each notice came once, in order, and was pushed once', async () => {
  await until('2027-01-05')
  const heard = await told()
  expect(heard).toEqual(YEAR)
  const pushed = await transact(door(), async ({ tx, org }) => {
    const { rows } = await sql<{ subject: string }>`
      select subject from messages where org_id = ${org.id} and channel = 'push' and recipient = ${PUSH} order by id`.execute(
      tx,
    )
    return rows.map(({ subject }) => subject)
  })
  expect(pushed).toEqual(heard.map((line) => line.split(': ')[1]))
  const { payments } = (await movi.office('supervisor', 'GET /payments?limit=200')).body
  const states = payments.filter((one: Record<string, unknown>) => one.customer_id === customerId)
  expect(
    states.map((one: Record<string, unknown>) => `${one.value_day} ${one.amount} ${one.status}`).reverse(),
  ).toEqual([
    ...['2026-01-05 1100.16 applied', '2026-02-04 1100.16 applied', '2026-03-04 1100.16 rejected'],
    ...['2026-03-05 1100.16 applied', '2026-05-10 2200.32 applied', '2026-06-02 1100.16 applied'],
    ...['2026-07-02 1100.16 applied', '2026-08-02 1100.16 applied', '2026-09-02 1100.16 applied'],
  ])
  await verified()
})
