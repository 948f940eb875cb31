/** Uploads of a size that nobody could hold in memory for many callers at once: what they take in, name, and need. */
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formOf, openRepay, type Repay } from '#test/repay.ts'

let repay: Repay
let port: number
beforeAll(async () => {
  repay = await openRepay()
  await repay.hire('jane', 'collection_officer')
  await repay.app.listen({ host: '127.0.0.1', port: 0 })
  port = (repay.app.server.address() as AddressInfo).port
})
afterAll(() => repay.close())

const MEGABYTE = 1_048_576
const A_PIECE = 500
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is still held after everything that can be let go has been. */
function held(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

interface Large {
  readonly path: string
  readonly header: string
  readonly rows: number
  readonly row: (n: number) => string
}

/** Sends a file as it is made, and looks at the memory after every tenth of it. */
async function send({ path, header, rows, row }: Large) {
  const samples: number[] = []
  const before = held()
  const form = formOf('<rows>')
  const [head, tail] = form.payload.toString().split('<rows>') as [string, string]
  function* pieces(): Generator<string> {
    yield head + header
    for (let at = 0; at < rows; at += A_PIECE) {
      yield Array.from({ length: Math.min(A_PIECE, rows - at) }, (_, n) => `\r\n${row(at + n)}`).join('')
      if ((at + A_PIECE) % (rows / 10) === 0) samples.push(held())
    }
    yield tail
  }
  const headers = { ...form.headers, authorization: `Bearer ${repay.tokenOf('jane')}` }
  const answer = await new Promise<string>((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port, path, method: 'POST', headers })
    sending.on('error', reject).on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
    })
    Readable.from(pieces()).pipe(sending)
  })
  const bytes = { most: Math.max(...samples) - before, left: held() - before }
  return { body: JSON.parse(answer), samples: samples.length, bytes }
}

/** Of the 25 MB of a file, which are twice as many as rows in memory: what is on its way with a batch, and nothing afterwards. */
function expectFlat({ bytes }: Awaited<ReturnType<typeof send>>): void {
  expect(bytes.most).toBeLessThan(32 * MEGABYTE)
  expect(bytes.left).toBeLessThan(12 * MEGABYTE)
}

const CUSTOMERS = {
  path: '/api/customers/bulk/upload/',
  header: 'customer_code,name,phone,email,address_line_1,address_line_2,city,state,pincode,date_of_birth',
}

it('takes 50,000 customers of 25 MB in, one in a hundred bad, never holding more than a batch of them', {
  timeout: 180_000,
}, async () => {
  const street = 'A long street '.repeat(15)
  const row = (n: number) =>
    `C${n},${n % 100 === 7 ? '' : `Customer ${n}`},+9190${String(n).padStart(8, '0')},c${n}@example.com,${n} ${street},${street},Kolkata,WB,0${70_000 + (n % 100)},1990-01-01`
  // So that statements are prepared and code is compiled before anything is measured.
  await send({ ...CUSTOMERS, rows: 2_000, row: (n) => `W${row(n)}` })
  const sent = await send({ ...CUSTOMERS, rows: 50_000, row })
  const { body, samples } = sent
  expect({ created: body.records_created, count: body.errors_count, shown: body.errors.length, samples }).toEqual({
    created: 49_500,
    count: 500,
    shown: 500,
    samples: 10,
  })
  expect(body.errors[0]).toMatchObject({ row: 7, line: 9, field: 'name', reason: 'This field is required.' })
  expect(body.errors.at(-1)).toMatchObject({ row: 49_907, line: 49_909 })
  expectFlat(sent)
})

it('takes 20,000 visits in the same way', { timeout: 180_000 }, async () => {
  const customer = (await repay.ask('jane', 'POST /api/customers/', { name: 'Often Seen' })).body.id
  const loan = (await repay.ask('jane', 'POST /api/loans/', { loan_account_number: 'LN1', customer })).body.id
  const comment = 'He was at home and said much. '.repeat(20)
  const row = (n: number) => `${n % 100 === 7 ? 999_999 : loan},"${n}, ${comment}",visited,2026-03-01`
  const header = 'loan_id,comment,disposition,next_call_date'
  const path = '/api/interactions/bulk/upload/'
  const sent = await send({ path, header, rows: 20_000, row })
  const { body } = sent
  expect([body.records_created, body.errors_count]).toEqual([19_800, 200])
  expect(body.errors[0]).toMatchObject({ row: 7, field: 'loan_id', reason: expect.stringContaining('999999') })
  expectFlat(sent)
})

it('lists them all', async () => {
  const all = (await repay.ask('jane', 'GET /api/customers/')).body
  expect([all.length, all.at(-2)]).toMatchObject([51_481, { name: 'Customer 49999', pincode: '070099' }])
})
