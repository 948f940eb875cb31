/** Pictures of receipts against a real server: ten megabytes at once by several, and twenty by a client that reads nothing before it has sent all. */
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type ServerProcess, startProcess } from '#test/processes.ts'

const MB = 1024 * 1024
const folder = dataFolder()
let server: ServerProcess
let token: string
beforeAll(async () => {
  server = await startProcess('all', { MKOPO_DATA_DIR: folder, MKOPO_CLOCK: '2026-02-15T09:00:00Z' })
  const login = await post('/api/v1/auth/login', JSON.stringify({ auth: { identification_number: '0801199012345' } }))
  token = ((await login.json()) as { token: string }).token
})
afterAll(async () => {
  server?.signal('SIGTERM')
  await server?.ended
  await removeFolder(folder)
})

const post = (path: string, body: string): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body,
  })
/** A payment with a picture of so many bytes, all different from one seed to the next. */
function payment(bytes: number, seed: number): string {
  const receipt_image = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(bytes - 4, seed)]).toString(
    'base64',
  )
  return JSON.stringify({ payment: { installment_id: 3, amount: seed, payment_date: '2026-02-15', receipt_image } })
}
const residentBytes = async (): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)![1])
}

test('five of ten megabytes at once are taken, in memory that does not grow with every round', async () => {
  expect((await post('/api/v1/payments', payment(10 * MB, 1))).status).toBe(201)
  const peaks: number[] = []
  for (let round = 0; round < 4; round++) {
    let busy = true
    const sent = Promise.all(
      Array.from({ length: 5 }, (_, n) => post('/api/v1/payments', payment(10 * MB, 2 + round * 5 + n))),
    ).finally(() => {
      busy = false
    })
    let peak = 0
    while (busy) {
      peak = Math.max(peak, await residentBytes())
      await pause(20)
    }
    expect((await sent).map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
    peaks.push(peak)
  }
  // Each passes through memory as base64 and as bytes: some fifty megabytes, five times.
  expect(Math.max(...peaks)).toBeLessThan(800 * MB)
})

test('twenty-five at once wait for each other, and all are taken', async () => {
  const rounds = Array.from({ length: 25 }, (_, n) => post('/api/v1/payments', payment(10 * MB, 100 + n)))
  expect(new Set((await Promise.all(rounds)).map(({ status }) => status))).toEqual(new Set([201]))
  expect(await residentBytes()).toBeLessThan(900 * MB)
})

test('one of twenty is refused clearly, also to a client that sends to the end before it reads', async () => {
  const body = payment(20 * MB, 1)
  const answer = await stubborn(body)
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(answer).toMatch(/\{"error":"Receipt image is too large \(maximum is 10 MB\)"\}$/)
  const kind = await post('/api/v1/payments', body)
  expect([kind.status, await kind.json()]).toEqual([413, { error: 'Receipt image is too large (maximum is 10 MB)' }])
})

/** Everything that comes back, looked at only when the last byte of the request is out. */
function stubborn(body: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.on('error', reject)
    socket.pause()
    const head = [
      'POST /api/v1/payments HTTP/1.1',
      `host: ${hostname}`,
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.write(body, () => {
      let answer = ''
      socket.on('data', (bytes) => {
        answer += bytes
        if (/\r\n\r\n.+/s.test(answer)) socket.end(() => resolve(answer))
      })
      socket.resume()
    })
  })
}
