/** Payments that customers say they have made: refusals, receipts, verification by one of two, and what others may not see. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '#platform/context.ts'
import { booksAgree } from '#test/books.ts'
import { JUAN, MARIA, type Movi, openMovi } from '#test/movi.ts'

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  Buffer.from('000000010000000108060000001f15c489', 'hex'),
])
const picture = (bytes: number): string =>
  Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(bytes - 4)]).toString('base64')

describe('payments with verification', () => {
  let movi: Movi
  let token: string
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T09:00:00Z' })
    token = await movi.login()
  })
  afterAll(() => movi?.close())

  const pay = (payment: unknown, by = token) => movi.ask('POST /payments', { token: by, body: { payment } })
  const valid = { installment_id: 3, amount: 1166.67, payment_date: '2026-02-15' }
  const books = () =>
    transact(movi.world.door('movicuotas'), async (ctx) => {
      await booksAgree(ctx)
      const { rows } = await sql<{ n: bigint }>`
        select count(*) as n from journal_entries where org_id = ${ctx.org.id}`.execute(ctx.tx)
      return rows[0]!.n
    })

  it.each([
    [{ ...valid, installment_id: 999 }, 404, 'Installment not found'],
    [{ ...valid, installment_id: 13 }, 404, 'Installment not found'],
    [{ ...valid, installment_id: 'x', amount: 0 }, 404, 'Installment not found'],
    [{ ...valid, amount: 0 }, 422, 'Amount must be greater than 0'],
    [{ ...valid, amount: -5 }, 422, 'Amount must be greater than 0'],
    [{ ...valid, amount: null }, 422, "Amount can't be blank"],
    [{ ...valid, amount: 'abc' }, 422, 'Amount is not a number'],
    [{ ...valid, amount: true }, 422, 'Amount is not a number'],
    [{ ...valid, payment_date: '2026-02-30' }, 422, "Payment date can't be blank"],
    [{ ...valid, payment_method: 'barter' }, 422, 'Payment method is not included in the list'],
    [{ ...valid, installment_id: 1 }, 422, 'Installment is already paid'],
    [{ ...valid, receipt_image: 'dGVzdA==' }, 422, 'Receipt image is not a JPEG or PNG image'],
    [{ ...valid, receipt_image: 'not base64 at all!' }, 422, 'Receipt image is not valid base64'],
    [{ ...valid, receipt_image: '<image>' }, 422, 'Receipt image is not valid base64'],
    [{ ...valid, receipt_image: 17 }, 422, 'Receipt image is not valid base64'],
    [{ ...valid, receipt_image: 'data:image/png;base64,dGVzdA==' }, 422, 'Receipt image is not a JPEG or PNG image'],
    [{ ...valid, receipt_image: 'JVBERi0xLjcK' }, 422, 'Receipt image is not a JPEG or PNG image'],
    [{ ...valid, installment_id: true }, 404, 'Installment not found'],
    [{ ...valid, installment_id: [3] }, 404, 'Installment not found'],
    [{ ...valid, installment_id: 3.5 }, 404, 'Installment not found'],
    [{ ...valid, installment_id: -3 }, 404, 'Installment not found'],
    [{ ...valid, installment_id: null }, 404, 'Installment not found'],
    [{ ...valid, installment_id: 99_999_999_999 }, 404, 'Installment not found'],
    [{ ...valid, amount: 1e-9 }, 422, 'Amount must be greater than 0'],
    [{ ...valid, amount: 0.004 }, 422, 'Amount must be greater than 0'],
    [{ ...valid, amount: 1.005 }, 422, 'Amount must have at most 2 decimals'],
    [{ ...valid, amount: '1166.6667' }, 422, 'Amount must have at most 2 decimals'],
    [{ ...valid, amount: 1e22 }, 422, 'Amount is too large'],
    [{ ...valid, amount: 1e20 }, 422, 'Amount is too large'],
    [{ ...valid, amount: ' ' }, 422, "Amount can't be blank"],
    [{ ...valid, amount: '1,166.67' }, 422, 'Amount is not a number'],
    [{ ...valid, amount: { toString: 1 } }, 422, 'Amount is not a number'],
    [{ ...valid, amount: {} }, 422, 'Amount is not a number'],
    [{ ...valid, payment_date: '' }, 422, "Payment date can't be blank"],
    [{ ...valid, payment_date: 20_260_215 }, 422, "Payment date can't be blank"],
    [{ ...valid, payment_method: 7 }, 422, 'Payment method is not included in the list'],
    [[], 400, 'param is missing or the value is empty or invalid: payment'],
    ['x', 400, 'param is missing or the value is empty or invalid: payment'],
    [{}, 400, 'param is missing or the value is empty or invalid: payment'],
  ])('refuses %j with %i', async (payment, status, error) => {
    expect(await pay(payment)).toMatchObject({ status, body: { error } })
  })

  it('takes the document’s example as it is printed: what stands in the place of a picture is none', async () => {
    const { status, body } = await pay({
      ...valid,
      payment_date: '2026-03-01',
      receipt_image: '<base64_encoded_image>',
    })
    expect(status).toBe(201)
    expect((await movi.office('supervisor', `GET /payments/${body.id}/receipt`)).status).toBe(404)
    await movi.office('supervisor', `POST /payments/${body.id}/reject`, { reason: 'Ejemplo' })
  })

  it('moves nothing until verified, then once, although two verify at the same time', async () => {
    const before = await books()
    const submitted = await pay({ ...valid, receipt_image: PNG.toString('base64') })
    expect(submitted).toMatchObject({ status: 201, body: { id: expect.any(Number), status: 'pending' } })
    const { body: waiting } = await movi.office('supervisor', 'GET /payments?status=pending')
    expect(waiting.payments.map((one: { id: number }) => one.id)).toContain(submitted.body.id)
    const receipt = await movi.office('supervisor', `GET /payments/${submitted.body.id}/receipt`)
    expect(receipt).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } })
    expect(PNG.equals(receipt.body)).toBe(true)
    expect(await books()).toBe(before)
    expect((await movi.ask('GET /dashboard', { token })).body.next_payment).toMatchObject({ installment_number: 3 })
    for (const decision of ['verify', 'reject']) {
      const by = await movi.office('vendedor', `POST /payments/${submitted.body.id}/${decision}`, { reason: 'No' })
      expect(by).toMatchObject({ status: 403 })
    }
    const verified = await Promise.all([
      movi.office('supervisor', `POST /payments/${submitted.body.id}/verify`),
      movi.office('admin', `POST /payments/${submitted.body.id}/verify`),
    ])
    expect(verified.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await books()).toBe(before + 1n)
    const { body } = await movi.ask('GET /installments', { token })
    expect(body.installments[2]).toMatchObject({ status: 'paid', paid_date: '2026-02-15' })
  })

  it('rejects with a reason that the customer is told, and never twice', async () => {
    const before = await books()
    const { body } = await pay({ ...valid, installment_id: 4, amount: '1166.67' })
    const reason = 'Comprobante inválido o ilegible'
    expect((await movi.office('supervisor', `POST /payments/${body.id}/reject`, { reason })).status).toBe(200)
    expect((await movi.office('supervisor', `POST /payments/${body.id}/verify`)).status).toBe(409)
    await movi.world.settle()
    const { body: page } = await movi.ask('GET /notifications', { token })
    expect(page.notifications[0]).toMatchObject({
      notification_type: 'general',
      message: `Tu pago de L. 1,166.67 fue rechazado. Motivo: ${reason}. Por favor contacta a soporte.`,
    })
    expect(await books()).toBe(before)
  })

  it('takes a receipt of ten megabytes and refuses one of twenty clearly', async () => {
    const ten = await pay({ ...valid, installment_id: 4, receipt_image: picture(10 * 1024 * 1024) })
    expect(ten.status).toBe(201)
    const twenty = await pay({ ...valid, installment_id: 4, receipt_image: picture(20 * 1024 * 1024) })
    expect(twenty).toMatchObject({ status: 413, body: { error: 'Receipt image is too large (maximum is 10 MB)' } })
  })

  it.each([
    ['a picture as the application sends it', PNG.toString('base64'), 'image/png'],
    ['a data URI', `data:image/png;base64,${PNG.toString('base64')}`, 'image/png'],
    ['base64 in lines', PNG.toString('base64').replace(/.{16}/g, '$&\r\n'), 'image/png'],
    ['a photograph that was cut short', Buffer.from('ffd8ffe000104a46494600', 'hex').toString('base64'), 'image/jpeg'],
    ['a picture of another kind than it says', `data:image/jpeg;base64,${PNG.toString('base64')}`, 'image/png'],
  ])('keeps %s, and shows it to staff as what it is', async (_, receipt_image, type) => {
    const { body } = await pay({ ...valid, installment_id: 5, amount: 1, receipt_image })
    const seen = await movi.office('supervisor', `GET /payments/${body.id}/receipt`)
    expect([seen.status, seen.headers['content-type'], seen.headers['x-content-type-options']]).toEqual([
      ...[200, type, 'nosniff'],
    ])
  })

  it('tells staff that a picture came before, whoever sent it, and that a payment looks like one that waits', async () => {
    const receipt_image = picture(3_000)
    const first = await pay({ ...valid, installment_id: 6, amount: 7, receipt_image })
    const maria = await movi.login(MARIA)
    const own = (await movi.ask('GET /dashboard', { token: maria })).body.next_payment.id
    const second = await pay({ ...valid, installment_id: own, amount: 8, receipt_image }, maria)
    const third = await pay({ ...valid, installment_id: 6, amount: 7 })
    const claimOf = async ({ body }: { body: { id: number } }) =>
      (await movi.office('supervisor', `GET /payments/${body.id}`)).body.claim
    expect(await claimOf(second)).toMatchObject({ repeats: true, same_receipt_as: [first.body.id], receipt: true })
    expect(await claimOf(third)).toMatchObject({ repeats: true, same_receipt_as: [], receipt: false })
  })

  it('lets nobody see or pay what is another’s', async () => {
    const maria = await movi.login(MARIA)
    expect(await pay(valid, maria)).toMatchObject({ status: 404, body: { error: 'Installment not found' } })
    const { body } = await movi.ask('GET /notifications', { token })
    const theirs = await movi.ask(`POST /notifications/${body.notifications[0].id}/mark_read`, { token: maria })
    expect(theirs).toMatchObject({ status: 404, body: { error: 'Notification not found' } })
  })

  it('says 401 only where there is no valid token, and 429 to whoever guesses', async () => {
    for (const [headers, error] of [
      [{}, 'No token provided'],
      [{ authorization: `NotBearer ${token}` }, 'No token provided'],
      [{ authorization: 'Bearer nonsense' }, 'Invalid token'],
    ] as const) {
      expect(await movi.ask('GET /dashboard', { headers })).toMatchObject({ status: 401, body: { error } })
    }
    const guess = (n: number) =>
      movi.ask('POST /auth/login', { body: { auth: { identification_number: `080119900${n}` } } })
    for (let n = 0; n < 10; n++) expect((await guess(1234)).status).toBe(401)
    const blocked = await guess(1234)
    expect(blocked).toMatchObject({ status: 429, body: { error: 'Too many attempts. Please try again later.' } })
    expect(await movi.ask('POST /auth/login', { body: { auth: { identification_number: JUAN } } })).toMatchObject({
      status: 200,
    })
    expect(await movi.ask('POST /auth/login', { body: {} })).toMatchObject({ status: 400 })
  })
})
