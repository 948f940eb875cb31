import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { productTermsSchema, createProduct } from '#modules/loan-products/loan-products.ts'
import { apply } from '#modules/loans/loans.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { transact } from '#platform/context.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
const tokens = { admin: '', lender: '', mama: '' }
type Who = keyof typeof tokens
const ask = (who: Who | null, what: string, body?: unknown): Promise<Answered> =>
  soko.ask(what, { token: who ? tokens[who] : undefined, body })

let phones = 0
const nextPhone = (): string => `07100${String(++phones).padStart(5, '0')}`
const someone = (more: object = {}) => ({ full_name: 'Fatuma Hassan', phone: nextPhone(), ...more })
const create = async (more: object = {}, who: Who = 'lender'): Promise<number> =>
  (await ask(who, 'POST /customers/', someone(more))).body.id
const another = async (): Promise<{ id: number; token: string }> => {
  const email = `trader${++phones}@example.com`
  const id = await transact(soko.world.door('sokocredit'), (ctx) =>
    registerUser(ctx, { email, password: 'password', roles: ['customer'] }),
  )
  return { id, token: (await soko.login(email)).access }
}

beforeAll(async () => {
  soko = await openSoko()
  tokens.admin = (await soko.login(ADMIN)).access
  tokens.lender = (await soko.login(LENDER)).access
  tokens.mama = (await soko.login(MAMA)).access
})
afterAll(() => soko.close())

describe('POST /customers/', () => {
  it.each(bothWays('POST /customers/'))('%s: a lender takes a trader on', async (what) => {
    const given = someone({
      email: 'fatuma@example.com',
      business_name: 'Mboga',
      location: 'Gikomba',
      documents: { id_card: 'up/7.pdf' },
    })
    const { status, body } = await ask('lender', what, { ...given, favourite_colour: 'red' })
    expect({ status, body }).toEqual({
      status: 201,
      body: { msg: 'Customer created', message: 'Customer created', id: expect.any(Number) },
    })
    expect((await ask('admin', `GET /customers/${body.id}`)).body).toEqual({
      id: body.id,
      full_name: 'Fatuma Hassan',
      phone: `+254${given.phone.slice(1)}`,
      email: 'fatuma@example.com',
      business_name: 'Mboga',
      location: 'Gikomba',
      documents: { id_card: 'up/7.pdf' },
      created_by: 2,
      mama_mboga_user_id: null,
      created_at: expect.stringMatching(/^2026-02-15T09:\d\d:\d\d\.\d{3}Z$/),
    })
  })

  it('takes letters of any script and clears what is empty', async () => {
    const id = await create({ full_name: 'Zawadi 🥬 Ñandú 身分', business_name: '  ', email: '', location: null })
    expect((await ask('lender', `GET /customers/${id}`)).body).toMatchObject({
      full_name: 'Zawadi 🥬 Ñandú 身分',
      business_name: null,
      email: null,
      location: null,
    })
  })

  it('gives a mama_mboga one profile of her own, whatever user she names', async () => {
    const given = someone({ mama_mboga_user_id: 1 })
    const { body } = await ask('mama', 'POST /customers/', given)
    expect((await ask('mama', `GET /customers/${body.id}`)).body).toMatchObject({
      mama_mboga_user_id: 3,
      created_by: 3,
    })
    expect(await ask('mama', 'POST /customers/', someone())).toMatchObject(refusal(409, 'You already have a profile'))
  })

  it('links a login that staff name, as number or text', async () => {
    const { id: user, token } = await another()
    const id = await create({ mama_mboga_user_id: String(user) })
    expect((await soko.ask(`GET /customers/${id}`, { token })).body).toMatchObject({ id, mama_mboga_user_id: user })
    expect(await ask('admin', 'POST /customers/', someone({ mama_mboga_user_id: user }))).toMatchObject(
      refusal(409, 'You already have a profile'),
    )
  })

  it.each([
    // body | refusal
    [{}, 400, 'Full name and phone are required'],
    [undefined, 400, 'Full name and phone are required'],
    [{ full_name: 'Fatuma' }, 400, 'Full name and phone are required'],
    [{ full_name: '  ', phone: '0712345678' }, 400, 'Full name and phone are required'],
    [{ phone: '0712345678' }, 400, 'Full name and phone are required'],
    [{ full_name: 'Fatuma', phone: 'call me' }, 400, /^phone:/],
    [{ full_name: 'Fatuma', phone: '12' }, 400, /^phone:/],
    [{ full_name: 'Fatuma', phone: 712345678 }, 400, /^phone:/],
    [{ full_name: ['Fatuma'], phone: '0712345678' }, 400, /^full_name:/],
    [{ full_name: 'x'.repeat(201), phone: '0712345678' }, 400, /^full_name:/],
    [{ full_name: 'Fatuma\u0007', phone: '0712345678' }, 400, /^full_name:/],
    [{ full_name: 'Fatuma', phone: '0712345678', email: 'no address' }, 400, /^email:/],
    [{ full_name: 'Fatuma', phone: '0712345678', location: 5 }, 400, /^location:/],
    [{ full_name: 'Fatuma', phone: '0712345678', documents: ['a'] }, 400, /^documents:/],
    [{ full_name: 'Fatuma', phone: '0712345678', documents: { id_card: 7 } }, 400, /^documents\.id_card:/],
    [{ full_name: 'Fatuma', phone: '0712345678', mama_mboga_user_id: 'me' }, 400, /^mama_mboga_user_id:/],
    [{ full_name: 'Fatuma', phone: '0712345678', mama_mboga_user_id: -1 }, 400, /^mama_mboga_user_id:/],
    [{ full_name: 'Fatuma', phone: '0712345678', mama_mboga_user_id: 999_999 }, 400, /^mama_mboga_user_id:/],
  ])('refuses %o: %i %s', async (body, status, text) => {
    expect(await ask('lender', 'POST /customers/', body)).toMatchObject(refusal(status, text))
  })

  it('lets one of two through who send one phone at once, in whatever spelling', async () => {
    const phone = nextPhone()
    const sent = [phone, `+254${phone.slice(1)}`, `254 ${phone.slice(1)}`, ` ${phone} `]
    const answers = await Promise.all(
      sent.map((spelling) => ask('lender', 'POST /customers/', someone({ phone: spelling }))),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409, 409, 409])
    const late = answers.find((answer) => answer.status === 409)
    expect(late).toMatchObject(refusal(409, 'Phone number already exists'))
  })

  it('does it once under one Idempotency-Key', async () => {
    const body = someone()
    const sent = { token: tokens.lender, body, headers: { 'idempotency-key': 'take-on-1' } }
    const [first, second] = [await soko.ask('POST /customers/', sent), await soko.ask('POST /customers/', sent)]
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body])
    expect((await soko.ask('POST /customers/', { ...sent, body: someone() })).status).toBe(409)
  })
})

describe('GET /customers/:customer_id', () => {
  it.each(bothWays('GET /customers/'))('%s: staff see any, a mama_mboga her own only', async (what) => {
    const { id: user, token } = await another()
    const own = await create({ mama_mboga_user_id: user })
    const other = await create()
    const path = (id: number) => what.replace('/customers', `/customers/${id}`)
    expect((await ask('lender', path(own))).status).toBe(200)
    expect((await soko.ask(path(own), { token })).body.id).toBe(own)
    expect(await soko.ask(path(other), { token })).toMatchObject(refusal(403, 'Not authorized to view this customer'))
  })

  it('is 404 for an unknown id and for what is no id', async () => {
    expect(await ask('lender', 'GET /customers/999999')).toMatchObject(refusal(404, 'Customer not found'))
    for (const path of ['abc', '0', '-1', '1.0', '1e3', '99999999999', '1%27', '１']) {
      const { status, body } = await ask('lender', `GET /customers/${path}`)
      expect([path, status, body.msg]).toEqual([path, 404, expect.any(String)])
    }
  })
})

describe('PATCH /customers/:customer_id', () => {
  it('changes what is sent and leaves the rest', async () => {
    const id = await create({ business_name: 'Duka', location: 'Thika' })
    const { status, body } = await ask('lender', `PATCH /customers/${id}/`, {
      location: 'Gikomba',
      id: 9,
      role: 'admin',
    })
    expect([status, body.msg, body.message]).toEqual([200, 'Customer updated', 'Customer updated'])
    expect(body.customer).toMatchObject({ id, business_name: 'Duka', location: 'Gikomba', created_by: 2 })
    expect((await ask('admin', `GET /customers/${id}`)).body).toEqual(body.customer)
    const cleared = await ask('lender', `PATCH /customers/${id}`, { business_name: null, location: '' })
    expect(cleared.body.customer).toMatchObject({ business_name: null, location: null })
    expect((await ask('lender', `PATCH /customers/${id}`)).status).toBe(200)
  })

  it('takes documents from staff and passes over those of a mama_mboga', async () => {
    const { id: user, token } = await another()
    const id = await create({ mama_mboga_user_id: user })
    const mine = await soko.ask(`PATCH /customers/${id}`, {
      token,
      body: { location: 'Kisumu', documents: { id_card: 'x' } },
    })
    expect(mine.body.customer).toMatchObject({ location: 'Kisumu', documents: {} })
    const theirs = await ask('lender', `PATCH /customers/${id}`, { documents: { id_card: 'up/1.pdf' } })
    expect(theirs.body.customer.documents).toEqual({ id_card: 'up/1.pdf' })
  })

  it('refuses another’s record, another’s phone, and what is wrong, by name', async () => {
    const { token } = await another()
    const [id, other] = [await create(), await create({ phone: '0710999999' })]
    const path = `PATCH /customers/${id}`
    expect(await soko.ask(path, { token, body: { location: 'x' } })).toMatchObject(
      refusal(403, 'Not authorized to update this customer'),
    )
    expect(await ask('lender', path, { phone: '+254710999999' })).toMatchObject(
      refusal(409, 'Phone number already exists for another customer'),
    )
    expect(await ask('lender', path, { full_name: '' })).toMatchObject(refusal(400, /^full_name:/))
    expect(await ask('lender', path, { phone: 'x' })).toMatchObject(refusal(400, /^phone:/))
    expect(await ask('lender', path, { documents: 'x' })).toMatchObject(refusal(400, /^documents:/))
    expect(await ask('lender', 'PATCH /customers/999999', {})).toMatchObject(refusal(404, 'Customer not found'))
    expect((await ask('lender', `PATCH /customers/${other}`, { phone: '0710999999' })).status).toBe(200)
  })
})

describe('DELETE /customers/:customer_id', () => {
  it.each(['', '/'])('is for admins only, and for ever (slash: %j)', async (slash) => {
    const id = await create({ documents: { id_card: 'x' } })
    const path = `DELETE /customers/${id}${slash}`
    expect(await ask('lender', path)).toMatchObject(
      refusal(403, "Unauthorized: role 'lender' not in allowed roles ['admin']"),
    )
    expect(await ask('mama', path)).toMatchObject({ status: 403 })
    expect(await ask('admin', path)).toMatchObject({ status: 204, body: '' })
    expect(await ask('admin', path)).toMatchObject(refusal(404, 'Customer not found'))
    expect((await ask('admin', `GET /customers/${id}`)).status).toBe(404)
  })

  it('is refused while a loan is kept for the customer', async () => {
    const id = await create()
    await transact(
      soko.world.door('sokocredit', { kind: 'user', id: 2, roles: ['loan_officer'], sessionId: '', customerId: null }),
      async (ctx) => {
        const terms = productTermsSchema.parse({ ratePercent: '10', months: 6 })
        const { id: productId } = await createProduct(ctx, { name: 'Starter', maxAmount: 2_000_000n, terms })
        await apply(ctx, { customerId: id, productId, officerId: 2, amount: 1_200_000n, terms })
      },
    )
    expect(await ask('admin', `DELETE /customers/${id}`)).toMatchObject(
      refusal(409, 'A customer with loans cannot be deleted'),
    )
    expect((await ask('admin', `GET /customers/${id}`)).status).toBe(200)
  })
})

describe('who may come in', () => {
  it.each([
    'POST /customers/',
    'GET /customers/',
    'GET /customers/my_customers',
    'GET /customers/1',
    'PATCH /customers/1',
    'DELETE /customers/1',
    'POST /customers/1/upload',
    'GET /customers/1/documents/id_card',
  ])('%s: nobody without a token', async (what) => {
    expect(await ask(null, what)).toMatchObject(refusal(401, 'Missing Authorization Header'))
    expect((await soko.ask(what, { token: 'abc.def.ghi' })).status).toBe(401)
  })

  it('answers an unknown method and path in its own words', async () => {
    expect(await ask('admin', 'PUT /customers/1')).toMatchObject(refusal(405, 'Method not allowed'))
    expect(await ask('admin', 'GET /customers/1/loans')).toMatchObject(refusal(404, 'Not found'))
  })
})
