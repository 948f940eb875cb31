import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { buildServer } from '#platform/http/http.ts'
import { ADMIN, type Answered, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

const MEGABYTE = 1024 * 1024
const PDF = Buffer.from('%PDF-1.4\nkitambulisho')
const PNG = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  Buffer.from([0, 0, 0, 13]),
  Buffer.from('IHDR…'),
])
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])

let soko: Soko
let token = ''
let phones = 0
const create = async (more: object = {}): Promise<number> => {
  const body = { full_name: 'Fatuma', phone: `07110${String(++phones).padStart(5, '0')}`, ...more }
  return (await soko.ask('POST /customers/', { token, body })).body.id
}

interface Form {
  readonly fields?: Readonly<Record<string, string>>
  readonly fileField?: string
  readonly name?: string
  readonly bytes?: Uint8Array
}

const BOUNDARY = 'x-boundary-x'
const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

function form({ fields = {}, fileField = 'file', name, bytes = PDF }: Form): Buffer {
  const part = (head: string, content: Uint8Array | string) =>
    Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')])
  const parts = Object.entries(fields).map(([key, value]) =>
    part(`Content-Disposition: form-data; name="${key}"`, value),
  )
  const disposition = `Content-Disposition: form-data; name="${fileField}"; filename="${name}"`
  if (name !== undefined) parts.push(part(`${disposition}\r\nContent-Type: text/html`, bytes))
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

const upload = (id: number | string, given: Form, by = token): Promise<Answered> =>
  soko.ask(`POST /customers/${id}/upload`, { token: by, headers, body: form(given) })

beforeAll(async () => {
  soko = await openSoko()
  token = (await soko.login(LENDER)).access
})
afterAll(() => soko.close())

describe('POST /customers/:customer_id/upload', () => {
  it.each(['', '/'])('keeps the file under its type and shows it from then on (slash: %j)', async (slash) => {
    const id = await create()
    const body = form({ fields: { doc_type: 'id_card' }, name: 'Kitambulisho.pdf' })
    const answer = await soko.ask(`POST /customers/${id}/upload${slash}`, { token, headers, body })
    const documents = { id_card: `uploads/customers/${id}/id_card_Kitambulisho.pdf` }
    expect([answer.status, answer.body]).toEqual([
      200,
      { msg: 'File uploaded', message: 'File uploaded', path: documents.id_card, documents },
    ])
    expect((await soko.ask(`GET /customers/${id}`, { token })).body.documents).toEqual(documents)
  })

  it.each<[Form, string]>([
    [{ fields: { document_type: 'business_permit' }, name: 'a.pdf' }, 'business_permit_a.pdf'],
    [{ fields: { doc_type: 'passport', document_type: 'other' }, name: 'a.png', bytes: PNG }, 'passport_a.png'],
    [{ name: 'photo 1.JPG', bytes: JPEG }, 'unknown_photo_1.JPG'],
    [{ fields: { doc_type: '' }, name: 'a.jpeg', bytes: JPEG }, 'unknown_a.jpeg'],
    [{ fields: { doc_type: 'Shop Photo (Front)' }, name: 'a.pdf' }, 'shop_photo_front_a.pdf'],
    // nothing leads out of the customer's own folder
    [{ fields: { doc_type: '../../../etc/passwd' }, name: 'a.pdf' }, 'etc_passwd_a.pdf'],
    [{ fields: { doc_type: '..\\..\\x\0y' }, name: 'a.pdf' }, ''],
    [{ fields: { doc_type: '%2e%2e%2f' }, name: 'a.pdf' }, '2e_2e_2f_a.pdf'],
    [{ fields: { doc_type: '身分証' }, name: '身分証.pdf' }, 'unknown_document.pdf'],
    [{ fields: { doc_type: 'id' }, name: '../../../../tmp/evil.pdf' }, 'id_evil.pdf'],
    [{ fields: { doc_type: 'id' }, name: 'C:\\\\x\\\\evil.pdf' }, 'id_evil.pdf'],
    [{ fields: { doc_type: 'id' }, name: '...pdf' }, 'id_document.pdf'],
  ])('%o is shown as %j', async (given, shown) => {
    const id = await create()
    const { status, body } = await upload(id, given)
    if (shown === '') expect([status, body.fields]).toEqual([400, { doc_type: expect.any(String) }])
    else expect([status, body.path]).toEqual([200, `uploads/customers/${id}/${shown}`])
  })

  it('puts the new file of a type in the place of the old', async () => {
    const id = await create()
    await upload(id, { fields: { doc_type: 'id_card' }, name: 'old.pdf' })
    await upload(id, { fields: { doc_type: 'ID Card' }, name: 'new.png', bytes: PNG })
    const { body } = await upload(id, { fields: { doc_type: 'permit' }, name: 'p.pdf' })
    expect(body.documents).toEqual({
      id_card: `uploads/customers/${id}/id_card_new.png`,
      permit: `uploads/customers/${id}/permit_p.pdf`,
    })
  })

  it.each<[string, Form, number, string | RegExp]>([
    ['no file', {}, 400, 'No file part'],
    ['a file under another name', { fileField: 'document', name: 'a.pdf' }, 400, 'No file part'],
    ['a page', { name: 'a.html', bytes: Buffer.from('<html>') }, 400, 'File type not allowed'],
    ['a page called pdf', { name: 'a.pdf', bytes: Buffer.from('<html><script>') }, 400, 'File type not allowed'],
    ['a picture called pdf', { name: 'a.pdf', bytes: PNG }, 400, 'File type not allowed'],
    ['a script', { name: 'a.pdf.sh' }, 400, 'File type not allowed'],
    ['nothing in it', { name: 'a.pdf', bytes: Buffer.alloc(0) }, 400, 'File type not allowed'],
    ['a type that is too long', { fields: { doc_type: 'x'.repeat(201) }, name: 'a.pdf' }, 400, /^doc_type:/],
  ])('refuses %s', async (_, given, status, text) => {
    expect(await upload(await create(), given)).toMatchObject(refusal(status, text))
  })

  it('refuses a file nobody selected (file_missing), and a body that is no form', async () => {
    const id = await create()
    expect(await upload(id, { name: '', bytes: Buffer.alloc(0) })).toMatchObject(
      refusal(400, /^No (selected file|file part)$/),
    )
    expect(await soko.ask(`POST /customers/${id}/upload`, { token, body: {} })).toMatchObject(
      refusal(400, 'No file part'),
    )
    expect(await soko.ask(`POST /customers/${id}/upload`, { token })).toMatchObject(refusal(400, 'No file part'))
    const broken = { ...headers, 'content-length': '4' }
    expect((await soko.ask(`POST /customers/${id}/upload`, { token, headers: broken, body: 'nope' })).status).toBe(400)
  })

  it('takes ten megabytes and not a byte more', async () => {
    const id = await create()
    const full = Buffer.concat([PDF, Buffer.alloc(10 * MEGABYTE - PDF.length)])
    expect((await upload(id, { name: 'full.pdf', bytes: full })).status).toBe(200)
    const over = Buffer.concat([full, Buffer.from('!')])
    expect(await upload(id, { name: 'over.pdf', bytes: over })).toMatchObject(refusal(413, 'File too large (max 10MB)'))
  })

  it('is for staff and the customer himself', async () => {
    const mama = (await soko.login(MAMA)).access
    const [own, other] = [await create({ mama_mboga_user_id: 3 }), await create()]
    expect((await upload(own, { name: 'a.pdf' }, mama)).status).toBe(200)
    expect(await upload(other, { name: 'a.pdf' }, mama)).toMatchObject(
      refusal(403, 'Not authorized to upload files for this customer'),
    )
    expect(await upload(999_999, { name: 'a.pdf' })).toMatchObject(refusal(404, 'Customer not found'))
    expect(await upload('x', { name: 'a.pdf' })).toMatchObject({ status: 404 })
  })
})

describe('GET /customers/:customer_id/documents/:doc_type', () => {
  it('gives the file back as it came, to save and never to show', async () => {
    const id = await create()
    await upload(id, { fields: { doc_type: 'id_card' }, name: 'Kitambulisho "çà".pdf'.replaceAll('"', "'") })
    const { status, headers: said, body } = await soko.ask(`GET /customers/${id}/documents/id_card`, { token })
    expect([status, body]).toEqual([200, PDF.toString()])
    expect(said).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(PDF.length),
      'content-disposition': `attachment; filename="Kitambulisho_ca.pdf"; filename*=UTF-8''Kitambulisho%20%27%C3%A7%C3%A0%27.pdf`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    })
  })

  it('is 404 for what is not there, wherever the path points, and for a path without a file', async () => {
    const id = await create({ documents: { noted: 'paper' } })
    for (const type of ['passport', 'noted', '..%2f..%2fetc%2fpasswd', '%2e%2e%5c', 'id_card%27', '__proto__']) {
      expect(await soko.ask(`GET /customers/${id}/documents/${type}`, { token })).toMatchObject(
        refusal(404, 'File not found'),
      )
    }
    expect(await soko.ask('GET /customers/999999/documents/x', { token })).toMatchObject(
      refusal(404, 'Customer not found'),
    )
  })

  it('is for staff and the customer himself', async () => {
    const email = 'other@example.com'
    const userId = await transact(soko.world.door('sokocredit'), (ctx) =>
      registerUser(ctx, { email, password: 'password', roles: ['customer'] }),
    )
    const own = (await soko.login(email)).access
    const mama = (await soko.login(MAMA)).access
    const id = await create({ mama_mboga_user_id: userId })
    await upload(id, { fields: { doc_type: 'id_card' }, name: 'a.pdf' }, own)
    const path = `GET /customers/${id}/documents/id_card`
    expect((await soko.ask(path, { token: own })).status).toBe(200)
    expect((await soko.ask(path, { token: (await soko.login(ADMIN)).access })).status).toBe(200)
    expect(await soko.ask(path, { token: mama })).toMatchObject(refusal(403, 'Not authorized to view this customer'))
  })
})

describe('a body far too large', () => {
  it('is refused in bounded memory, and leaves nothing behind', async () => {
    const id = await create()
    const app = await buildServer(soko.world.services, [sokocredit])
    await app.listen({ port: 0, host: '127.0.0.1' })
    const before = await filesStored()
    const heldBefore = process.memoryUsage().rss
    const { port } = app.server.address() as AddressInfo
    const { status, most } = await sendMuch(port, `/customers/${id}/upload`)
    expect(status).toBe(413)
    expect((most - heldBefore) / MEGABYTE).toBeLessThan(100)
    expect(await filesStored()).toBe(before)
    await app.close()
  })
})

async function filesStored(): Promise<number> {
  const folder = join(soko.world.services.config.dataDir, 'files')
  return (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) =>
    entry.isFile(),
  ).length
}

/** Sends 150 MB as fast as they are taken; answers the status and the most memory that was held meanwhile. */
function sendMuch(port: number, path: string): Promise<{ status: number; most: number }> {
  const [head, tail] = form({ name: 'big.pdf' }).toString('latin1').split('kitambulisho') as [string, string]
  const chunk = Buffer.alloc(MEGABYTE)
  let most = 0
  return new Promise((resolve, reject) => {
    const sending = request({ port, path, method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` } })
    sending.once('response', (response) => resolve({ status: response.resume().statusCode ?? 0, most }))
    sending.once('error', reject)
    sending.write(head, 'latin1')
    const push = (left: number): void => {
      most = Math.max(most, process.memoryUsage().rss)
      if (left === 0) sending.end(tail, 'latin1')
      else if (sending.write(chunk)) setImmediate(push, left - 1)
      else sending.once('drain', () => push(left - 1))
    }
    push(150)
  })
}
