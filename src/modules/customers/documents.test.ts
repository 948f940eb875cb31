import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createCustomer,
  deleteCustomer,
  openDocument,
  updateCustomer,
  uploadDocument,
} from '#modules/customers/customers.ts'
import { customerById } from '#modules/customers/views.ts'
import { MAX_FILE_BYTES, removeDiscarded } from '#modules/files/files.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { type Actor, type Ctx, transact } from '#platform/context.ts'
import { eventsOf, refusalOf } from '#test/asking.ts'
import { openWorld, type World } from '#test/world.ts'

const ORG = 'sokocredit'
const staff: Actor = { kind: 'user', id: 501, roles: ['loan_officer'], sessionId: 'x', customerId: null }
const trader = (id: number): Actor => ({ ...staff, id, roles: ['customer'] })
const pdf = (content: string): Buffer => Buffer.from(`%PDF-1.4\n${content}`)

let world: World
let phones = 0
const as = <T>(actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> => transact(world.door(ORG, actor), work)
const takeOn = (actor: Actor = staff): Promise<number> =>
  as(actor, (ctx) => createCustomer(ctx, { fullName: 'Fatuma', phone: `07230${String(++phones).padStart(5, '0')}` }))
const documentsOf = async (id: number) => (await as(staff, (ctx) => customerById(ctx, id)))?.documents
const send = (customerId: number, given: { docType?: string; name?: string; bytes: Uint8Array; by?: Actor }) => {
  const { docType = 'id_card', name = 'scan.pdf', bytes, by = staff } = given
  return uploadDocument(world.door(ORG, by), {
    customerId,
    docType,
    path: `up/${docType}_${name}`,
    file: { name, bytes },
  })
}
const contentOf = (customerId: number, docType: string, by: Actor = staff) =>
  as(by, async (ctx) => text((await openDocument(ctx, customerId, docType)).content))
async function stored(): Promise<string[]> {
  const folder = join(world.services.config.dataDir, 'files')
  return (await readdir(folder, { recursive: true, withFileTypes: true })).flatMap((f) => (f.isFile() ? [f.name] : []))
}

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('uploading a document', () => {
  it('keeps it under its type and gives it back byte for byte', async () => {
    const id = await takeOn()
    const documents = await send(id, { bytes: pdf('one'), name: 'Kitambulisho.PDF' })
    expect(documents).toEqual([{ docType: 'id_card', path: 'up/id_card_Kitambulisho.PDF', fileId: expect.any(Number) }])
    expect(await documentsOf(id)).toEqual(documents)
    expect(await contentOf(id, 'id_card')).toBe('%PDF-1.4\none')
    const event = (await eventsOf(world, ORG, 'customer.document_uploaded')).at(-1)!
    expect(event.data).toEqual({ customer_id: id, doc_type: 'id_card' })
  })

  it('puts the new one in the place of the old, whose bytes go', async () => {
    const id = await takeOn()
    await send(id, { bytes: pdf('old') })
    const before = await stored()
    await send(id, { bytes: pdf('new'), name: 'better.pdf' })
    await send(id, { bytes: pdf('permit'), docType: 'business_permit' })
    expect(await contentOf(id, 'id_card')).toBe('%PDF-1.4\nnew')
    expect((await documentsOf(id))!.map((document) => document.docType)).toEqual(['business_permit', 'id_card'])
    expect(await stored()).toHaveLength(before.length + 1)
  })

  it('keeps one of many that come at once for one type, and no bytes of the others', async () => {
    const id = await takeOn()
    const before = (await stored()).length
    await Promise.all(Array.from({ length: 6 }, (_, n) => send(id, { bytes: pdf(`copy ${n}`) })))
    await removeDiscarded(world.door(ORG))
    expect(await documentsOf(id)).toHaveLength(1)
    expect(await contentOf(id, 'id_card')).toMatch(/^%PDF-1\.4\ncopy \d$/)
    expect(await stored()).toHaveLength(before + 1)
  })

  it.each<[string, string, Uint8Array, string]>([
    ['a page called pdf', 'scan.pdf', Buffer.from('<html><script>alert(1)</script>'), 'file_type_not_allowed'],
    ['a picture called pdf', 'scan.pdf', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'file_type_not_allowed'],
    ['a pdf called page', 'scan.html', pdf('x'), 'file_type_not_allowed'],
    ['a pdf with two extensions', 'scan.pdf.exe', pdf('x'), 'file_type_not_allowed'],
    ['a pdf without one', 'scan', pdf('x'), 'file_type_not_allowed'],
    ['nothing', 'scan.pdf', Buffer.alloc(0), 'file_type_not_allowed'],
    ['a byte too many', 'scan.pdf', Buffer.concat([pdf(''), Buffer.alloc(MAX_FILE_BYTES)]), 'file_too_large'],
  ])('refuses %s and writes nothing', async (_, name, bytes, code) => {
    const id = await takeOn()
    const before = await stored()
    expect(await refusalOf(send(id, { name, bytes }))).toBe(code)
    expect(await stored()).toEqual(before)
    expect(await documentsOf(id)).toEqual([])
  })

  it('takes exactly ten megabytes', async () => {
    const id = await takeOn()
    const bytes = Buffer.concat([pdf(''), Buffer.alloc(MAX_FILE_BYTES)]).subarray(0, MAX_FILE_BYTES)
    expect(await refusalOf(send(id, { bytes }))).toBeNull()
  })
})

describe('whose document it is', () => {
  it('is shown to staff and its customer, and taken from them, never from another', async () => {
    const [own, other] = [await login(), await login()]
    const id = await takeOn(trader(own))
    const before = (await stored()).length
    expect(await refusalOf(send(id, { bytes: pdf('x'), by: trader(other) }))).toBe('not_yours')
    expect(await refusalOf(send(987_654, { bytes: pdf('x') }))).toBe('customer_not_found')
    expect(await stored()).toHaveLength(before)
    await send(id, { bytes: pdf('mine'), by: trader(own) })
    expect(await contentOf(id, 'id_card', trader(own))).toBe('%PDF-1.4\nmine')
    expect(await refusalOf(contentOf(id, 'id_card', trader(other)))).toBe('not_yours')
    expect(await refusalOf(contentOf(id, '../../etc/passwd'))).toBe('file_not_found')
    expect(await refusalOf(transact(world.door('visionfund', staff), (ctx) => openDocument(ctx, id, 'id_card')))).toBe(
      'customer_not_found',
    )
  })
})

describe('noting paths by hand', () => {
  const note = (id: number, documents: Record<string, string | null>, by: Actor = staff) =>
    as(by, (ctx) => updateCustomer(ctx, id, { documents }))
  const pathsOf = async (id: number) => (await documentsOf(id))!.map(({ docType, path }) => [docType, path])

  it('makes the map what it says, without losing a file that it does not mention', async () => {
    const id = await takeOn()
    await send(id, { bytes: pdf('x') })
    await note(id, { permit: 'paper/1', passport: 'paper/2' })
    await note(id, { permit: 'paper/3' })
    expect(await pathsOf(id)).toEqual([
      ['id_card', 'up/id_card_scan.pdf'],
      ['permit', 'paper/3'],
    ])
    await note(id, { id_card: 'up/id_card_scan.pdf' })
    expect(await contentOf(id, 'id_card')).toBe('%PDF-1.4\nx')
    expect(await refusalOf(contentOf(id, 'permit'))).toBe('file_not_found')
  })

  it('takes a file away that it names with null or with another path', async () => {
    const id = await takeOn()
    await send(id, { bytes: pdf('x') })
    await send(id, { bytes: pdf('y'), docType: 'permit' })
    await note(id, { id_card: null, permit: 'paper/9' })
    expect(await pathsOf(id)).toEqual([['permit', 'paper/9']])
    const before = (await stored()).length
    expect(await removeDiscarded(world.door(ORG))).toBe(2)
    expect(await stored()).toHaveLength(before - 2)
  })

  it('passes over what a customer says of his own documents', async () => {
    const own = await login()
    const id = await takeOn(trader(own))
    await note(id, { id_card: 'forged' }, trader(own))
    expect(await pathsOf(id)).toEqual([])
  })

  it('refuses a map without end', async () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`type${n}`, 'x']))
    expect(await refusalOf(note(await takeOn(), many))).toBe('invalid_input')
  })
})

describe('an upload that was cut short', () => {
  it('leaves nothing for good, wherever it was when the process died', async () => {
    const { files } = world.services
    const id = await takeOn()
    const before = (await stored()).length
    const put = files.put.bind(files)
    const dying = (work: typeof files.put) => Object.assign(files, { put: work })
    dying(() => Promise.reject(new Error('died before the bytes')))
    await expect(send(id, { bytes: pdf('x') })).rejects.toThrow('died')
    dying(async (...put_) => {
      await put(...put_)
      throw new Error('died after the bytes')
    })
    await expect(send(id, { bytes: pdf('y') })).rejects.toThrow('died')
    dying(put)
    expect(await stored()).toHaveLength(before + 1)
    expect(await removeDiscarded(world.door(ORG))).toBe(0)
    world.clock.moveTo(new Date(world.clock.now().getTime() + 3_600_000))
    expect(await removeDiscarded(world.door(ORG))).toBe(2)
    expect(await stored()).toHaveLength(before)
    expect(await documentsOf(id)).toEqual([])
  })
})

describe('erasing a customer', () => {
  it('erases his files with him', async () => {
    const id = await takeOn()
    const before = (await stored()).length
    await send(id, { bytes: pdf('x') })
    await deleteCustomer(world.door(ORG), id)
    expect(await stored()).toHaveLength(before)
    expect(await refusalOf(contentOf(id, 'id_card'))).toBe('customer_not_found')
  })
})

async function login(): Promise<number> {
  const phone = `07240${String(++phones).padStart(5, '0')}`
  return transact(world.door(ORG), (ctx) => registerUser(ctx, { phone, password: 'siri kubwa', roles: ['customer'] }))
}
