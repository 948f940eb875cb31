/** The paper that a customer signs: read back as any reader of PDF does. */
import { extractText, getDocumentProxy } from 'unpdf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Movi, openMovi } from '#test/movi.ts'
import { applied } from '#test/selling.ts'

/** The text of the pages and what the file says of itself. */
async function read(bytes: Uint8Array) {
  const document = await getDocumentProxy(new Uint8Array(bytes))
  const { text, totalPages } = await extractText(document, { mergePages: true })
  const { info } = await document.getMetadata()
  return { text: text.replace(/\s+/g, ' '), pages: totalPages, info: info as Record<string, unknown> }
}

describe('the contract of a sale', () => {
  let movi: Movi
  let loan: number
  const contract = () => movi.office('vendedor', `GET /sales/${loan}/contract.pdf`)
  beforeAll(async () => {
    movi = await openMovi({ now: '2026-02-15T15:00:00Z' })
    const buyer = { identity: '0801199300777', imei: '990000862471854', name: 'Begoña Núñez Güity' }
    loan = (await applied(movi, buyer)).body.loan_id
  })
  afterAll(() => movi?.close())

  it('is a draft until it is decided on', async () => {
    const { status, headers, body } = await contract()
    expect([status, headers['content-type']]).toEqual([200, 'application/pdf'])
    expect(headers['content-disposition']).toBe('inline; filename="contrato-MC-2026-0004.pdf"')
    expect((body as Buffer).subarray(0, 5).toString()).toBe('%PDF-')
    expect((await read(body)).text).toContain('BORRADOR')
  })

  it('says who, what, how much, at what cost a year, and when', async () => {
    const { text, info, pages } = await read((await contract()).body)
    expect(info).toMatchObject({ Title: 'Contrato de venta a plazos MC-2026-0004', Author: 'MoviCuotas' })
    expect(pages).toBe(2)
    for (const said of [
      'CONTRATO DE VENTA A PLAZOS DE TELÉFONO',
      'Contrato número MC-2026-0004',
      'Código de sucursal S01-2026-02-15-000001',
      'El cliente Begoña Núñez Güity',
      'Número de identidad 0801199300777',
      'Marca y modelo Samsung Galaxy A05',
      'IMEI 990000862471854',
      'Precio de contado L. 3,500.00',
      'Prima (pago inicial) L. 1,050.00',
      'Monto financiado L. 2,450.00',
      'Tasa de interés 12.5 % por cada período de 15 días',
      'Número de cuotas 12, cada 15 días',
      'Valor de cada cuota L. 405.00',
      'Total de intereses L. 2,410.00',
      'Total a pagar en cuotas L. 4,860.00',
      'Tasa nominal anual 304.53 %',
      'Tasa efectiva anual 1662.39 %',
      '1 02/03/2026 L. 306.25 L. 98.75 L. 405.00 L. 2,351.25',
      'L. 405.00 L. 0.00',
      'suponen su entrega el 15/02/2026',
      'permanece vencida por 30 días o más',
      'llamadas de emergencia',
      'ver el saldo',
      'enviar el comprobante de un pago',
      'se desbloquea en cuanto el cliente se pone al día',
      'desbloqueado de forma permanente',
      '¿Pago anticipado?',
      'Por MoviCuotas',
      'Página 2 de 2',
    ]) {
      expect(text).toContain(said)
    }
  })

  it('keeps its dates once the phone is handed over, whatever is paid since', async () => {
    const step = (who: 'admin' | 'supervisor' | 'vendedor', what: string, body?: unknown) =>
      movi.office(who, `POST /sales/${loan}/${what}`, body)
    await step('supervisor', 'decide', {})
    expect((await read((await contract()).body)).text).toContain('Pendiente de firma.')
    await step('vendedor', 'sign')
    await step('vendedor', 'down-payment', { method: 'cash' })
    expect((await step('admin', 'activate')).status).toBe(200)
    const before = (await read((await contract()).body)).text
    expect(before).toContain('Fecha de firma 15/02/2026')
    expect(before).toContain('desde la entrega del teléfono, el 15/02/2026')
    await movi.world.moveClock('2026-03-05T15:00:00Z')
    await movi.office('admin', `POST /loans/${loan}/pay-off`, { account: 1000 })
    expect((await read((await contract()).body)).text).toBe(before)
  })

  it('says so where the sale came to nothing', async () => {
    const { body } = await applied(movi, { identity: '0801199300778', imei: '990000862471862' })
    await movi.office('vendedor', `POST /sales/${body.loan_id}/cancel`, { reason: 'No quiso' })
    const cancelled = await movi.office('vendedor', `GET /sales/${body.loan_id}/contract.pdf`)
    expect((await read(cancelled.body)).text).toContain('SIN EFECTO')
  })

  it('prints what the document’s customer signed', async () => {
    const { text } = await read((await movi.office('vendedor', 'GET /sales/1/contract.pdf')).body)
    for (const said of [
      'Juan Carlos Pérez',
      '18.0 % anual',
      '12, mensuales',
      'Valor de cada cuota L. 1,166.67',
      'Total a pagar en cuotas L. 14,000.04',
      'Tasa nominal anual 35.23 %',
      'Tasa efectiva anual 41.51 %',
      '1 01/01/2026',
      '12 01/12/2026',
    ]) {
      expect(text).toContain(said)
    }
  })

  it('is not found where there is no sale', async () => {
    expect(await movi.office('vendedor', 'GET /sales/999/contract.pdf')).toMatchObject({
      status: 404,
      body: { code: 'sale_not_found' },
    })
  })
})
