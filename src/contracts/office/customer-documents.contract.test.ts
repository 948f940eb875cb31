/** A buyer as staff takes him on at the counter: his documents shown and kept, and what a sale makes of them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'
import { pictured, TERMS } from '#test/selling.ts'

let movi: Movi
let id: number
beforeAll(async () => {
  movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
  const papers = { identification_number: '0501-1995-00456', date_of_birth: '1995-03-01' }
  const known = { full_name: 'Wendy Zelaya', phone: '+50499112233', ...papers }
  id = (await movi.office('vendedor', 'POST /customers', known)).body.id
})
afterAll(() => movi?.close())

it('takes the documents that a sale asks for, and decides by them', async () => {
  const wanted = { sales: { documents: ['id_front', 'id_back'] } }
  expect((await movi.office('vendedor', 'PATCH /organisation', wanted)).status).toBe(403)
  expect((await movi.office('admin', 'PATCH /organisation', wanted)).body).toMatchObject({
    sales: { documents: ['id_front', 'id_back'], income_share: 40 },
  })
  const sale = { ...TERMS, customer_id: id, phone_model_id: 1, imei: '356938035644013' }
  const { loan_id } = (await movi.office('vendedor', 'POST /sales', sale)).body
  const against = async () => {
    const { body } = await movi.office('vendedor', `GET /sales/${loan_id}/assessment`)
    return body.reasons.map(({ code }: { code: string }) => code)
  }
  expect(await against()).toEqual(['documents_missing'])
  expect((await movi.office('vendedor', `PUT /customers/${id}/documents/id_front`)).status).toBe(422)
  for (const type of ['id_front', 'id_back']) {
    expect((await movi.office('vendedor', `PUT /customers/${id}/documents/${type}`, pictured({}))).status).toBe(200)
  }
  expect(await against()).toEqual([])
  expect((await movi.office('supervisor', `POST /sales/${loan_id}/decide`, {})).body.status).toBe('approved')
})

it('shows a document to staff, and says so where there is none', async () => {
  const seen = await movi.office('supervisor', `GET /customers/${id}/documents/id_back`)
  expect([seen.status, seen.headers['content-type']]).toEqual([200, 'image/png'])
  expect((await movi.office('supervisor', `GET /customers/${id}/documents/face`)).status).toBe(404)
  expect((await movi.office('supervisor', 'GET /customers/999/documents/face')).status).toBe(404)
})
