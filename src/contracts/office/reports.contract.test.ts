/** Three phones over three days, with the figures of each report reckoned by hand. All instalments are 1,166.67, twelve a phone. */
import { parseCsvObjects } from 'hucre/csv'
import { readXlsx } from 'hucre/xlsx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MARIA, type Movi, openMovi } from '#test/movi.ts'

const ROSA = '0318199500456'
const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from('000000010000000108060000001f15c489', 'hex'),
]).toString('base64')

let movi: Movi
beforeAll(async () => {
  // Nine in the morning in Honduras.
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
})
afterAll(() => movi?.close())

const report = async (path: string) => {
  const answer = await movi.office('supervisor', `GET /reports/${path}`)
  expect(answer, path).toMatchObject({ status: 200 })
  return answer.body
}
const namesOf = (body: { devices: { customer: { name: string } }[] }) =>
  body.devices.map(({ customer }) => customer.name.split(' ')[0])
const bands = (...counts: readonly number[]) =>
  ['1-7', '8-15', '16-30', '30+'].map((days, i) => ({
    ...{ days, count: counts[i], amount: ((counts[i]! * 116_667) / 100).toFixed(2) },
  }))

describe('15 February: María has missed two (1 January, 1 February) and is locked, Rosa one (10 February)', () => {
  it('lists the phones with what is overdue on them, the longest first', async () => {
    expect(await report('overdue-devices')).toEqual({
      currency: 'HNL',
      totals: { devices: 2, amount: '3500.01' },
      devices: [
        {
          ...{ device_id: 2, imei: '356938035643809', brand: 'Samsung', model: 'Galaxy A54', loan_id: 2 },
          ...{ lock_status: 'locked', locked_at: expect.stringMatching(/^2026-02-15T15:00/) },
          ...{ contract_number: 'MC-2026-0002', branch: '002' },
          customer: { id: 2, name: 'María Fernanda López', phone: '+50498765432' },
          ...{ overdue_count: 2, total_overdue: '2333.34', first_overdue_date: '2026-01-01', days_overdue: 45 },
        },
        {
          ...{ device_id: 3, imei: '490154203237518', brand: 'Samsung', model: 'Galaxy A54', loan_id: 3 },
          ...{ lock_status: 'unlocked', locked_at: null, contract_number: 'MC-2026-0003', branch: '001' },
          customer: { id: 3, name: 'Rosa Elena Mejía', phone: '+50433221100' },
          ...{ overdue_count: 1, total_overdue: '1166.67', first_overdue_date: '2026-02-10', days_overdue: 5 },
        },
      ],
      next: null,
    })
  })

  it.each([
    ['min_days=6', ['María']],
    ['min_days=45', ['María']],
    ['min_days=46', []],
    ['max_days=5', ['Rosa']],
    ['min_days=5&max_days=45', ['María', 'Rosa']],
    ['min_amount=1166.67', ['María', 'Rosa']],
    ['min_amount=1166.68', ['María']],
    ['branch=001', ['Rosa']],
    ['branch=01', []],
    ['imei=3569', ['María']],
    ['imei=237518', ['Rosa']],
    ['customer=maría', ['María']],
    ['customer=%25', []],
    ['customer=3322-1100', ['Rosa']],
    ['customer=0501-1988-00123', ['María']],
    ['customer=05011988', []],
    ['lock_status=locked', ['María']],
    ['lock_status=unlocked', ['Rosa']],
    ['lock_status=pending', []],
    ['sort=amount', ['María', 'Rosa']],
  ])('filters by %s', async (query, names) => {
    const body = await report(`overdue-devices?${query}`)
    expect(namesOf(body)).toEqual(names)
    expect(body.totals.devices).toBe(names.length)
  })

  it.each(['days', 'amount'])('pages by a cursor in the order of %s', async (sort) => {
    const first = await report(`overdue-devices?sort=${sort}&limit=1`)
    const second = await report(`overdue-devices?sort=${sort}&limit=1&after=${first.next}`)
    const third = await report(`overdue-devices?sort=${sort}&limit=1&after=${second.next}`)
    expect([first, second, third].map(namesOf)).toEqual([['María'], ['Rosa'], []])
    expect(third.next).toBeNull()
  })

  it.each([
    'after=x',
    'sort=days&after=100:1',
    'sort=amount&after=2026-01-01:1',
    'min_amount=1.001',
    'min_days=-1',
    'imei=1x',
    'sort=name',
  ])('refuses %s, naming the field', async (query) => {
    const { status, body } = await movi.office('supervisor', `GET /reports/overdue-devices?${query}`)
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_input' })
    const field = query.split('&').at(-1)!.split('=')[0]!
    expect(JSON.stringify(body.errors)).toContain(field)
  })

  it('gives the same as CSV that Excel opens: a byte order mark, eleven columns in Spanish', async () => {
    const { body, headers } = await movi.office('supervisor', 'GET /reports/overdue-devices.csv?sort=amount')
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="overdue-devices.csv"',
    })
    expect(body.subarray(0, 3).toString('hex')).toBe('efbbbf')
    const { data, headers: columns } = parseCsvObjects(body.toString('utf8'), { header: true })
    expect(columns).toHaveLength(11)
    expect(data).toEqual([
      {
        ...{ Contrato: 'MC-2026-0002', Cliente: 'María Fernanda López', Teléfono: '+50498765432', Sucursal: '002' },
        ...{ Equipo: 'Samsung Galaxy A54', IMEI: '356938035643809', 'Cuotas en mora': '2', 'Monto en mora': '2333.34' },
        ...{ 'En mora desde': '01/01/2026', 'Días en mora': '45', Bloqueo: 'Bloqueado' },
      },
      {
        ...{ Contrato: 'MC-2026-0003', Cliente: 'Rosa Elena Mejía', Teléfono: '+50433221100', Sucursal: '001' },
        ...{ Equipo: 'Samsung Galaxy A54', IMEI: '490154203237518', 'Cuotas en mora': '1', 'Monto en mora': '1166.67' },
        ...{ 'En mora desde': '10/02/2026', 'Días en mora': '5', Bloqueo: 'Desbloqueado' },
      },
    ])
  })

  it('gives the same as a workbook', async () => {
    const { body } = await movi.office('supervisor', 'GET /reports/overdue-devices.xlsx?lock_status=locked')
    const { sheets } = await readXlsx(body)
    expect(sheets[0]!.rows.map((row) => row[5])).toEqual(['IMEI', '356938035643809'])
  })

  it('reports collection: what is overdue by age and branch, what was locked and paid', async () => {
    expect(await report('collections')).toEqual({
      ...{ from: '2026-01-17', to: '2026-02-15', currency: 'HNL' },
      summary: { total_overdue_count: 3, total_overdue_amount: '3500.01', devices_blocked: 1, devices_at_risk: 1 },
      // Rosa 5 days; María 14 and 45 days
      by_days: bands(1, 1, 0, 1),
      by_branch: [
        { branch: '001', loan_count: 1, total_amount: '1166.67' },
        { branch: '002', loan_count: 1, total_amount: '2333.34' },
      ],
      recent_blocks: [
        expect.objectContaining({ device_id: 2, reason: 'Pago vencido', contract_number: 'MC-2026-0002' }),
      ],
      // María's first was overdue on 17 January; Juan's payment of 1 February paid what fell due that day
      recovery: { overdue_at_start: '1166.67', recovered: '0.00', rate: '0.00' },
      payments: {
        ...{ verified: { count: 1, amount: '1166.67' }, rejected: { count: 0, amount: '0.00' } },
        pending: { count: 1, amount: '1166.67' },
      },
    })
  })
})

describe('16 February: María pays one and Rosa sends the same receipt twice', () => {
  let mariaPaid: number
  let again: number

  beforeAll(async () => {
    await movi.world.moveClock('2026-02-16T15:00:00Z')
    const pay = async (identity: string) => {
      const token = await movi.login(identity)
      const { installments } = (await movi.ask('GET /installments', { token })).body
      const next = installments.find((one: { status: string }) => one.status === 'overdue')
      const payment = { installment_id: next.id, amount: 1166.67, payment_date: '2026-02-16', receipt_image: PNG }
      return (await movi.ask('POST /payments', { token, body: { payment } })).body.id
    }
    again = await pay(ROSA)
    mariaPaid = await pay(MARIA)
  })

  it('puts whoever is locked out of her phone first, then who waits longest', async () => {
    const { body } = await movi.office('supervisor', 'GET /payments?status=pending&order=locked_first')
    expect(body.payments.map((one: { id: number }) => one.id)).toEqual([mariaPaid, 3, again])
    expect(body.payments[0].claim).toEqual({
      customer: { id: 2, name: 'María Fernanda López', phone: '+50498765432' },
      ...{ loan_id: 2, contract_number: 'MC-2026-0002', branch: '002' },
      instalment: { id: expect.any(Number), nr: 1 },
      ...{ receipt: true, repeats: true, same_receipt_as: [again], lock_status: 'locked' },
      waiting_since: expect.stringMatching(/^2026-02-16T15/),
    })
    expect(body.payments[1].claim).toMatchObject({ receipt: false, repeats: false, same_receipt_as: [] })
    expect(body.payments[2].claim).toMatchObject({ repeats: true, same_receipt_as: [mariaPaid] })
    expect(body.next).toBeNull()
  })

  it('pages through the queue, and asks for pending ones only', async () => {
    const ids: number[] = []
    for (let next: string | null = ''; next !== null; ) {
      const path = `GET /payments?status=pending&order=locked_first&limit=1${next && `&after=${next}`}`
      const { body } = await movi.office('supervisor', path)
      ids.push(...body.payments.map((one: { id: number }) => one.id))
      next = body.next
    }
    expect(ids).toEqual([mariaPaid, 3, again])
    expect((await movi.office('supervisor', 'GET /payments?order=locked_first')).status).toBe(400)
  })

  it('counts nothing as recovered that only waits', async () => {
    const { recovery, payments } = await report('collections?from=2026-02-10&to=2026-02-16')
    // María's first and second had fallen due before 10 February
    expect(recovery).toEqual({ overdue_at_start: '2333.34', recovered: '0.00', rate: '0.00' })
    expect(payments.pending).toEqual({ count: 3, amount: '3500.01' })
  })

  it('counts what was verified, on the supervisor’s first page as well', async () => {
    expect((await movi.office('supervisor', `POST /payments/${mariaPaid}/verify`)).status).toBe(200)
    expect((await movi.office('supervisor', `POST /payments/${again}/reject`, { reason: 'Borroso' })).status).toBe(200)
    await movi.world.settle()
    const { recovery, payments, by_days } = await report('collections?from=2026-02-10&to=2026-02-16')
    expect(recovery).toEqual({ overdue_at_start: '2333.34', recovered: '1166.67', rate: '50.00' })
    expect(payments).toEqual({
      ...{ verified: { count: 1, amount: '1166.67' }, rejected: { count: 1, amount: '1166.67' } },
      pending: { count: 1, amount: '1166.67' },
    })
    // Rosa 6 days, María 15
    expect(by_days).toEqual(bands(1, 1, 0, 0))
    expect(await report('dashboard')).toMatchObject({
      pending_verifications: { count: 1, amount: '1166.67', oldest: '2026-02-14T18:00:00.000Z' },
      pending_down_payments: { count: 0, amount: '0.00', oldest: null },
      overdue: { count: 2, amount: '2333.34', by_days: bands(1, 1, 0, 0) },
      devices: { locked: 1, lock_pending: 0, at_risk: 1, locked_last_7_days: 1 },
      // this month: Juan on the first, María today
      verified: { today: { count: 1, amount: '1166.67' }, this_month: { count: 2, amount: '2333.34' } },
      last_locks: [{ device_id: 2 }],
    })
  })

  it('recovered money is that of the days on which it was paid', async () => {
    const before = await report('collections?from=2026-02-10&to=2026-02-15')
    expect(before.recovery).toEqual({ overdue_at_start: '2333.34', recovered: '0.00', rate: '0.00' })
  })
})

describe('17 February: María pays the rest and is unlocked', () => {
  beforeAll(async () => {
    await movi.world.moveClock('2026-02-17T15:00:00Z')
    const token = await movi.login(MARIA)
    const { installments } = (await movi.ask('GET /installments', { token })).body
    const payment = { installment_id: installments[1].id, amount: 1166.67, payment_date: '2026-02-17' }
    const { id } = (await movi.ask('POST /payments', { token, body: { payment } })).body
    await movi.office('admin', `POST /payments/${id}/verify`)
    await movi.world.settle()
  })

  it('sums up the branches: what they sold, what is at risk, which locks were cured', async () => {
    expect(await report('branches?from=2026-02-10&to=2026-02-17')).toEqual({
      ...{ from: '2026-02-10', to: '2026-02-17', currency: 'HNL' },
      branches: [
        {
          // Juan owes ten instalments, Rosa twelve: 22 × 1166.67. Of 12 × 1000.00 principal Juan has paid two.
          ...{ branch: '001', loans: 2, active: 2, outstanding: '25666.74', principal: '22000.00', overdue: '1166.67' },
          // Rosa's 12,000.00 of 22,000.00, seven days late: not more than seven
          par: { 1: '54.55', 7: '0.00', 15: '0.00', 30: '0.00' },
          sold: { count: 1, amount: '15000.00', down_payments: '3000.00' },
          verified_payments: { count: 0, amount: '0.00' },
          locks: { locked: 0, cured: 0, days_to_cure: null, cure_rate: '0.00' },
        },
        {
          ...{ branch: '002', loans: 1, active: 1, outstanding: '11666.70', principal: '10000.00', overdue: '0.00' },
          par: { 1: '0.00', 7: '0.00', 15: '0.00', 30: '0.00' },
          sold: { count: 0, amount: '0.00', down_payments: '0.00' },
          verified_payments: { count: 2, amount: '2333.34' },
          // locked on the 15th, unlocked on the 17th
          locks: { locked: 1, cured: 1, days_to_cure: 2, cure_rate: '100.00' },
        },
      ],
    })
  })

  it('has nobody locked and Rosa at risk', async () => {
    const { summary, recovery } = await report('collections?from=2026-02-10&to=2026-02-17')
    expect(summary).toMatchObject({ total_overdue_count: 1, devices_blocked: 0, devices_at_risk: 1 })
    expect(recovery).toEqual({ overdue_at_start: '2333.34', recovered: '2333.34', rate: '100.00' })
    expect(namesOf(await report('overdue-devices'))).toEqual(['Rosa'])
  })

  it('writes the report of collection as one table', async () => {
    const { body } = await movi.office('supervisor', 'GET /reports/collections.csv?from=2026-02-10&to=2026-02-17')
    const { data } = parseCsvObjects(body.toString('utf8'), { header: true })
    expect(data).toContainEqual({ Sección: 'summary', Concepto: 'total_overdue', Cantidad: '1', Monto: '1166.67' })
    expect(data).toContainEqual({ Sección: 'recovery', Concepto: 'rate_percent', Cantidad: '', Monto: '100.00' })
    expect(data).toContainEqual({ Sección: 'payments', Concepto: 'rejected', Cantidad: '1', Monto: '1166.67' })
  })

  it('writes all loans and all payments', async () => {
    const loans = parseCsvObjects((await movi.office('admin', 'GET /reports/loans.csv')).body.toString('utf8'), {
      header: true,
    })
    expect(loans.data.map((row) => [row.Contrato, row.Saldo, row['Días de Atraso'], row.Estado])).toEqual([
      ['MC-2026-0001', '11666.70', '0', 'active'],
      ['MC-2026-0002', '11666.70', '0', 'active'],
      ['MC-2026-0003', '14000.04', '7', 'active'],
    ])
    const payments = parseCsvObjects((await movi.office('admin', 'GET /reports/payments.csv')).body.toString('utf8'), {
      header: true,
    })
    expect(payments.data.map((row) => [row.Cliente, row.Estado, row['Decidido Por']])).toEqual([
      ['Juan Carlos Pérez', 'applied', ''],
      ['Juan Carlos Pérez', 'applied', ''],
      ['Rosa Elena Mejía', 'pending', ''],
      ['Rosa Elena Mejía', 'rejected', 'Susana Supervisora'],
      ['María Fernanda López', 'applied', 'Susana Supervisora'],
      ['María Fernanda López', 'applied', 'Movi Admin'],
    ])
  })
})

describe('who may see reports', () => {
  const PATHS = [
    ...['overdue-devices', 'overdue-devices.csv', 'overdue-devices.xlsx', 'collections', 'collections.csv'],
    ...['branches', 'dashboard', 'loans.csv', 'payments.csv'],
  ]
  it.each(PATHS)('%s: those who run the organisation, no seller', async (path) => {
    const statuses = await Promise.all(
      (['admin', 'supervisor', 'vendedor'] as const).map(
        async (who) => (await movi.office(who, `GET /reports/${path}`)).status,
      ),
    )
    expect(statuses).toEqual([200, 200, 403])
  })

  it.each(['from=2026-02-10&to=2026-02-09', 'from=2020-01-01&to=2026-02-01', 'from=2026-02-30'])(
    'refuses a period that is none: %s',
    async (query) => {
      for (const path of ['collections', 'branches', 'collections.csv'])
        expect((await movi.office('admin', `GET /reports/${path}?${query}`)).status).toBe(400)
    },
  )
})
