/** kill -9 of the server and of PostgreSQL, three times each, while payments pour in: every acknowledged one is there once, replays add nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, postmasterOf, removeFolder, type ServerProcess, startProcess } from '#test/processes.ts'

const folder = dataFolder()
const PHONE = '0700000003'
const CENTS = 125n
let server: ServerProcess
let sent = 0
const acknowledged = new Set<string>()
const unanswered = new Set<string>()

const start = async (): Promise<ServerProcess> => startProcess('all', { MKOPO_DATA_DIR: folder, MKOPO_LOG: 'error' })

interface Asking {
  readonly body?: object
  readonly token?: string
  readonly method?: 'PATCH'
}

async function call(path: string, { body, token, method }: Asking = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}`, 'x-organisation': 'sokocredit' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, never> }
}

const soko = async (credential: string): Promise<string> =>
  (await call('/auth/login', { body: { credential, password: 'password' } })).body.access_token!
const office = async (): Promise<string> =>
  (await call('/office/v1/auth/token', { body: { email: 'admin@mkopo.dev', password: 'password' } })).body.access!

/** Sends one payment; true when the server said that it has it. */
async function pay(code: string): Promise<boolean> {
  const amount = Number(CENTS) / 100
  const answer = await call('/repayments/mpesa-webhook', {
    body: { phone_number: PHONE, amount_paid: amount, mpesa_code: code },
  }).catch(() => undefined)
  return answer?.status === 201 || answer?.status === 200
}

/** Thirty-two at a time until told to stop, each with a code of its own. */
async function pour(until: () => boolean): Promise<void> {
  const stream = async (): Promise<void> => {
    while (!until()) {
      const code = `CRASH${++sent}`
      if (await pay(code)) acknowledged.add(code)
      else unanswered.add(code)
    }
  }
  await Promise.all(Array.from({ length: 32 }, stream))
}

beforeAll(async () => {
  server = await start()
  const [mama, lender] = [await soko('mama1@sokocredit.com'), await soko('lender1@sokocredit.com')]
  const { body } = await call('/loans', {
    body: { amount: 50000, interest_rate: 10, duration_months: 12 },
    token: mama,
  })
  for (const step of ['approve', 'disburse']) {
    await call(`/loans/${body.id}/${step}`, { body: {}, token: lender, method: 'PATCH' })
  }
})
afterAll(() => removeFolder(folder))

test.each(['server', 'PostgreSQL', 'server', 'PostgreSQL', 'server', 'PostgreSQL'])(
  'kill -9 of the %s',
  async (what) => {
    let over = false
    const before = acknowledged.size
    const pouring = pour(() => over)
    while (acknowledged.size < before + 50) await new Promise((resolve) => setTimeout(resolve, 5))
    if (what === 'server') server.signal('SIGKILL')
    else process.kill(postmasterOf(folder)!, 'SIGKILL')
    over = true
    await pouring
    if (what === 'server') server = await start()
    while ((await fetch(`${server.url}/health/ready`).catch(() => undefined))?.ok !== true) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    for (const code of [...unanswered, ...[...acknowledged].slice(-50)]) expect(await pay(code)).toBe(true)
    for (const code of unanswered) acknowledged.add(code)
    unanswered.clear()
    await expectEachOnce()
  },
)

/** All that was sent is there once, to the cent, and the books prove it. */
async function expectEachOnce(): Promise<void> {
  const token = await office()
  const references: string[] = []
  let total = 0n
  for (let before: number | null = 2_147_483_647; before !== null; ) {
    const { body } = await call(`/office/v1/payments?limit=200&before=${before}`, { token })
    const page = body as unknown as {
      payments: { reference: string; amount: string; status: string }[]
      next: number | null
    }
    for (const payment of page.payments.filter(({ reference }) => reference.startsWith('CRASH'))) {
      expect(payment.status).toBe('applied')
      references.push(payment.reference)
      total += BigInt(payment.amount.replace('.', ''))
    }
    before = page.next
  }
  expect(references.sort()).toEqual([...acknowledged].sort())
  expect(total).toBe(CENTS * BigInt(acknowledged.size))
  expect((await call('/office/v1/ledger/verify', { token })).body).toMatchObject({ ok: true, problems: [] })
  const mama = await soko('mama1@sokocredit.com')
  const loans = (await call('/loans', { token: mama })).body as unknown as {
    balance: number
    total_repayable: number
    status: string
  }[]
  const paid = loans
    .filter(({ status }) => status === 'disbursed')
    .map((loan) => Math.round((loan.total_repayable - loan.balance) * 100))
  expect(paid).toEqual([Number(total)])
}
