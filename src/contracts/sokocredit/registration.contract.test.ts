import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerById } from '#modules/customers/views.ts'
import { userById } from '#modules/identity/views.ts'
import { transact } from '#platform/context.ts'
import { ADMIN, type Answered, bothWays, LENDER, MAMA, openSoko, refusal, type Soko } from '#test/soko.ts'

let soko: Soko
let people = 0
const register = (body: unknown, token?: string): Promise<Answered> => soko.ask('POST /auth/register', { body, token })

/** The document's four fields for somebody new. */
function somebody(more: object = {}) {
  const n = String(++people).padStart(3, '0')
  return { username: `new${n}`, phone: `0712000${n}`, email: `new${n}@example.com`, password: 'secret', ...more }
}

beforeAll(async () => {
  soko = await openSoko()
})
afterAll(() => soko.close())

describe('POST /auth/register', () => {
  it.each(bothWays('POST /auth/register'))('%s: a mama_mboga registers herself and logs in', async (what) => {
    const body = somebody()
    const text = 'Mama Mboga registered. Please complete your customer profile.'
    const { status, body: said } = await soko.ask(what, { body })
    expect([status, said]).toEqual([
      201,
      { msg: text, message: text, user_id: said.user_id, customer_id: null, next: '/customers/' },
    ])
    const { access } = await soko.login(body.phone, 'secret')
    expect((await soko.ask('GET /auth/me', { token: access })).body).toMatchObject({
      id: said.user_id,
      username: body.username,
      role: 'mama_mboga',
      email: body.email,
    })
  })

  it('takes what the registration screen sends: names in parts, KYC, a business, no username', async () => {
    const sent = {
      ...{ first_name: 'Fatuma', middle_name: 'Ali', last_name: 'Hassan', email: 'fatuma@example.com' },
      ...{ phone: '+254722333444', id_number: '12345678', gender: 'female', date_of_birth: '1990-05-01' },
      ...{
        business_name: 'Fatuma Greens',
        business_type: 'vegetables',
        location: 'Gikomba',
        business_description: 'Stall 7',
      },
      ...{ average_income: '15000', password: 'fatuma123', role: 'customer', id_document: {}, business_permit: {} },
    }
    const { status, body } = await register(sent)
    expect(status).toBe(201)
    const [user, customer] = await transact(soko.world.door('sokocredit'), (ctx) =>
      Promise.all([userById(ctx, body.user_id), customerById(ctx, body.customer_id)]),
    )
    const { access } = await soko.login('fatuma@example.com', 'fatuma123')
    const flat = {
      ...{ id_number: '12345678', location: 'Gikomba', business_name: 'Fatuma Greens', business_type: 'vegetables' },
      ...{ average_income: '15000', gender: 'female', date_of_birth: '1990-05-01' },
    }
    const { body: me } = await soko.ask('GET /auth/me', { token: access })
    expect(me).toMatchObject({
      ...{ username: 'fatuma@example.com', role: 'mama_mboga', customer_id: body.customer_id, ...flat },
      user: { username: 'fatuma@example.com', role: 'customer', ...flat },
    })
    expect(me).not.toHaveProperty('data')
    expect(body).toEqual({
      ...{ msg: 'Mama Mboga registered.', message: 'Mama Mboga registered.', user_id: me.id },
      ...{ customer_id: me.customer_id, next: `/customers/${me.customer_id}` },
    })
    expect(user).toMatchObject({
      name: 'Fatuma Ali Hassan',
      phone: '+254722333444',
      roles: ['customer'],
      customerId: body.customer_id,
      profile: { id_number: '12345678', gender: 'female', average_income: '15000' },
    })
    expect(user!.profile).not.toHaveProperty('password')
    expect(user!.profile).not.toHaveProperty('id_document')
    expect(customer).toMatchObject({
      fullName: 'Fatuma Ali Hassan',
      phone: '+254722333444',
      businessName: 'Fatuma Greens',
      location: 'Gikomba',
      userId: body.user_id,
      createdBy: body.user_id,
    })
  })

  it.each([
    // what is missing                    | said
    [{}, 'Missing required fields: phone, email, password'],
    [undefined, 'Missing required fields: phone, email, password'],
    [{ phone: '0712999001', email: 'x@example.com' }, 'Missing required fields: password'],
    [{ phone: '0712999001', password: 'secret' }, 'Missing required fields: email'],
    [{ email: 'x@example.com', password: 'secret' }, 'Missing required fields: phone'],
    [{ phone: '', email: ' ', password: '' }, 'Missing required fields: phone, email, password'],
    [{ phone: '0712999001', email: 'x@example.com', password: '12345' }, /at least 6 characters/],
    [{ phone: 'mama', email: 'x@example.com', password: 'secret' }, /not a phone number/],
    [{ phone: '0712999001', email: 'example.com', password: 'secret' }, /not an e-mail address/],
    [{ phone: 712999001, email: 'x@example.com', password: 'secret' }, /phone/],
    [{ phone: '0712999001', email: 'x@example.com', password: 'secret', role: 'god' }, /Unknown role/], // role_unknown
  ])('refuses %o: 400 %s', async (body, text) => {
    expect(await register(body)).toMatchObject(refusal(400, text))
  })

  it('refuses names that are taken, username before phone before e-mail', async () => {
    const taken = { username: 'MAMA1', phone: '+254700000003', email: MAMA.toUpperCase(), password: 'secret' }
    expect(await register(taken)).toMatchObject(refusal(409, 'Username already exists'))
    expect(await register({ ...taken, username: 'free' })).toMatchObject(refusal(409, 'Phone number already exists'))
    const email = { ...taken, username: 'free', phone: '0712888001' }
    expect(await register(email)).toMatchObject(refusal(409, 'Email already exists'))
  })

  it.each([
    // in use already                                   | said
    [{ email: MAMA }, 'Email already exists'],
    [{ email: MAMA, username: '' }, 'Email already exists'],
    [{ email: MAMA, phone: '0700000003' }, 'Phone number already exists'],
    [{ username: MAMA }, 'Username already exists'],
    [{ username: '0700 000 003' }, 'Username already exists'],
  ])('names what is in use of %o: %s', async (more, text) => {
    const { username: _, ...four } = somebody()
    expect(await register({ ...four, ...more })).toMatchObject(refusal(409, text))
  })

  it('names the e-mail of one who registered without a user name either', async () => {
    const { username: _, ...first } = somebody()
    const { username: __, ...second } = somebody({ email: first.email.toUpperCase() })
    expect((await register(first)).status).toBe(201)
    expect(await register(second)).toMatchObject(refusal(409, 'Email already exists'))
  })

  it('takes one of two who come at once with the same e-mail', async () => {
    const email = 'at-once@example.com'
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(somebody({ email }))))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
  })

  it.each([
    // who asks | for which role | answer
    [null, 'mama_mboga', 201],
    [null, 'customer', 201],
    [null, 'Mama Mboga', 201],
    [null, 'lender', 403],
    [null, 'admin', 403],
    [MAMA, 'mama_mboga', 201],
    [MAMA, 'lender', 403],
    [MAMA, 'admin', 403],
    [LENDER, 'mama_mboga', 201],
    [LENDER, 'lender', 403],
    [LENDER, 'admin', 403],
    [ADMIN, 'mama_mboga', 201],
    [ADMIN, 'lender', 201],
    [ADMIN, 'loan_officer', 201],
    [ADMIN, 'admin', 201],
    [ADMIN, 'platform_admin', 400],
  ])('%s may register a %s: %i', async (who, role, status) => {
    const token = who === null ? undefined : (await soko.login(who)).access
    const answer = await register(somebody({ role }), token)
    expect(answer.status).toBe(status)
    if (status === 201 && !/mama|customer/i.test(role)) expect(answer.body.msg).toBe('User registered successfully.')
    if (status === 403) expect(answer.body.error).toContain('Unauthorized')
  })

  it('refuses a token that is no good rather than taking it for none', async () => {
    expect((await register(somebody(), 'rubbish')).status).toBe(401)
  })

  it('gives a business registered by a lender or a friend to the registered one, not to who registers', async () => {
    for (const who of [LENDER, MAMA]) {
      const { access } = await soko.login(who)
      const { body } = await register(somebody({ business_name: 'Duka', location: 'Nakuru' }), access)
      const customer = await transact(soko.world.door('sokocredit'), (ctx) => customerById(ctx, body.customer_id))
      expect(customer).toMatchObject({ userId: body.user_id, createdBy: who === LENDER ? 2 : body.user_id })
    }
  })

  it('leaves the record that staff keep under the phone alone until it is proved whose it is', async () => {
    const phone = '0712888077'
    const token = (await soko.login(LENDER)).access
    await soko.ask('POST /customers/', { token, body: { full_name: 'Kept by staff', phone } })
    const again = await register(somebody({ phone, business_name: 'Second' }))
    expect(again.body.msg).toBe('Mama Mboga registered. Please complete your customer profile.')
    expect([again.status, again.body.customer_id]).toEqual([201, null])
  })

  it('takes no more than a person has to tell', async () => {
    const flood = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`field${n}`, 'x']))
    expect((await register(somebody(flood))).status).toBe(400)
  })
})

describe('POST /auth/check-availability', () => {
  it.each([
    ['email', MAMA, false],
    ['email', 'free@example.com', true],
    ['phone', '+254 700 000 003', false],
    ['phone', '0799999999', true],
    ['username', 'Mama1', false],
    ['username', 'free', true],
  ])('%s %s: %s', async (field, value, available) => {
    for (const what of bothWays('POST /auth/check-availability')) {
      const { status, body } = await soko.ask(what, { body: { field, value } })
      expect([status, body]).toEqual([200, { field, available }])
    }
  })

  it('says what is missing', async () => {
    const ask = (body: object): Promise<Answered> => soko.ask('POST /auth/check-availability', { body })
    expect(await ask({})).toMatchObject(refusal(400, 'Field and value are required'))
    expect((await ask({ field: 'password_hash', value: 'x' })).status).toBe(400)
  })
})

describe('POST /auth/upload-document', () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const part = (name: string, content: string): string =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
  const form = `${part('document_type', 'id_document')}${part('file"; filename="id.pdf', '%PDF-1.4 id')}--b--\r\n`

  it("keeps it with the caller's own customer profile", async () => {
    const person = somebody({ business_name: 'Duka' })
    const { customer_id: id } = (await register(person)).body
    const { access: token } = await soko.login(person.email, 'secret')
    for (const what of bothWays('POST /auth/upload-document')) {
      const path = `uploads/customers/${id}/id_document_id.pdf`
      const answer = await soko.ask(what, { token, headers, body: form })
      expect(answer).toMatchObject({
        status: 200,
        body: { msg: 'File uploaded', path, documents: { id_document: path } },
      })
    }
    expect(await soko.ask('POST /auth/upload-document', { token, headers, body: '--b--\r\n' })).toMatchObject(
      refusal(400, 'No file part'),
    )
  })

  it('needs a token and a profile', async () => {
    expect((await soko.ask('POST /auth/upload-document', { headers, body: form })).status).toBe(401)
    const { access: token } = await soko.login(LENDER)
    const answer = await soko.ask('POST /auth/upload-document', { token, headers, body: form })
    expect(answer).toMatchObject(refusal(400, 'Please complete your customer profile first'))
  })
})
