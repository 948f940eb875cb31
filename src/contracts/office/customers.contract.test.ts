/** A customer whom staff takes on with his identity document, sells a phone to, and who then logs in with his number. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'
import { expectStatus, sell } from '#test/movi-buyers.ts'

let movi: Movi
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
})
afterAll(() => movi?.close())

const ELENA = {
  ...{ full_name: 'Elena Zúniga', phone: '9700-1122', identification_number: '0801-1994-00345' },
  ...{ date_of_birth: '1994-11-30', gender: 'female', address: 'Barrio Abajo', city: 'Tegucigalpa' },
}
const login = (identification_number: string) =>
  movi.ask('POST /auth/login', { body: { auth: { identification_number } } })
let id: number

it('is taken on with number and date of birth, sold to, and shown to himself', async () => {
  const made = expectStatus(201, await movi.office('vendedor', 'POST /customers', ELENA))
  expect(made.body).toMatchObject({ ...ELENA, phone: '+50497001122', identification_number: '0801199400345' })
  id = made.body.id
  await sell(movi, { customerId: id, imei: '352099001761481' })
  expect((await login('0801199400345')).body.customer).toMatchObject({
    ...{ id, identification_number: '0801199400345', full_name: 'Elena Zúniga', phone: '+50497001122', email: null },
    ...{ date_of_birth: '1994-11-30', gender: 'female', address: 'Barrio Abajo', city: 'Tegucigalpa' },
  })
})

it('has one number, which staff puts right and nobody shares', async () => {
  const change = (body: object) => movi.office('vendedor', `PATCH /customers/${id}`, body)
  expect(expectStatus(200, await change({ city: 'Choluteca' })).body).toMatchObject({
    ...{ city: 'Choluteca', address: 'Barrio Abajo', identification_number: '0801199400345' },
  })
  expect(expectStatus(200, await change({ identification_number: '0801 1994 00354' })).body).toMatchObject({
    ...{ identification_number: '0801199400354', date_of_birth: '1994-11-30' },
  })
  expect([(await login('0801199400345')).status, (await login('0801199400354')).status]).toEqual([401, 200])
  expect(await change({ identification_number: '0801199012345' })).toMatchObject({
    ...{ status: 409, body: { code: 'id_number_taken' } },
  })
  const twin = { ...ELENA, phone: '9700-1133', identification_number: '0801199400354' }
  expect((await movi.office('vendedor', 'POST /customers', twin)).status).toBe(409)
  expect((await movi.office('vendedor', 'GET /customers?search=97001133')).body.customers).toEqual([])
})

it.each([
  ['date_of_birth', '1994-02-30'],
  ['identification_number', '0801<1994'],
  ['city', 'a\u0007b'],
])('is refused with a wrong %s, by its name', async (field, value) => {
  const { status, body } = await movi.office('vendedor', `PATCH /customers/${id}`, { [field]: value })
  expect([status, body.errors[0].field]).toEqual([400, field])
})
