/** Every operation that takes a file: what is refused early leaves the connection alive, and a key stands for the file's bytes. */
import { createConnection, type AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWeb } from '#src/app.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { type DemoActor, logInAll } from '#test/demo-actors.ts'
import { openWorld, type World } from '#test/world.ts'

const uploads = CONTRACTS.flatMap((contract) =>
  contract.routes.filter((route) => route.upload).map((route) => ({ contract: contract.name, route })),
)
type Upload = (typeof uploads)[number]
const nameOf = ({ contract, route }: Upload): string => `${contract} ${route.method} ${route.path}`

let world: World
let server: FastifyInstance
let port: number
let tokens: ReadonlyMap<DemoActor, string>
beforeAll(async () => {
  world = await openWorld({ env: { MKOPO_LOG: 'error', MKOPO_TRUST_PROXY: 'on' } })
  await world.demo()
  server = (await openWeb(world.services)).server
  tokens = await logInAll(server)
  await server.listen({ host: '127.0.0.1', port: 0 })
  port = (server.server.address() as AddressInfo).port
})
afterAll(async () => {
  await server.close()
  await world.close()
})

const urlOf = ({ route }: Upload): string =>
  route.path.replace(':doc_type', 'id_card').replace(':type', 'id_card').replace(/:\w+/g, '1')

const tokensOf = (contract: string): readonly string[] =>
  [...tokens].filter(([actor]) => actor.contract === contract).map(([, token]) => token)

interface Form {
  readonly field?: string
  readonly fileName?: string
  readonly bytes: Buffer
  readonly boundary?: string
}

/** A form with a file, and fields that some of the operations want beside it. */
function formOf({ field = 'file', fileName = 'rows.csv', bytes, boundary = 'b' }: Form): Buffer {
  const part = (rest: string): string => `--${boundary}\r\ncontent-disposition: form-data; ${rest}\r\n\r\n`
  return Buffer.concat([
    Buffer.from(`${part('name="doc_type"')}id_card\r\n${part('name="amount"')}100\r\n`),
    Buffer.from(part(`name="${field}"; filename="${fileName}"`)),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}

const LARGE = 3 * 1_048_576
const line = (text: string): Buffer => Buffer.from(`${text}\r\n`.repeat(Math.ceil(LARGE / (text.length + 2))))

/** Files that are refused before their end, or not looked at. */
const FILES: Readonly<Record<string, Form>> = {
  'without a header that is known': { bytes: line('no,such,columns'.padEnd(4_000, ',')) },
  'that is no text': { bytes: Buffer.alloc(LARGE, 0xff) },
  'of NUL': { bytes: Buffer.alloc(LARGE) },
  'of one row without end': { bytes: Buffer.alloc(LARGE, 'x') },
  'in another field': { field: 'document', bytes: line('name,phone') },
  'under a boundary that is not announced': { boundary: 'other', bytes: line('name,phone') },
  'of a name that reaches up': { fileName: '../../etc/passwd', bytes: Buffer.alloc(LARGE, 'x') },
}

/** One request after the other over one connection; how many were answered, and whether the server closed it. */
function askTwice(first: Buffer): Promise<{ answers: string[]; closed: boolean }> {
  const second = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    let text = ''
    const done = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ answers: text.match(/HTTP\/1\.1 \d{3}/g) ?? [], closed })
    }
    const timer = setTimeout(() => done(false), 10_000)
    socket.on('data', (chunk) => {
      text += chunk
      if ((text.match(/HTTP\/1\.1 (?!100)\d{3}/g) ?? []).length >= 2) done(false)
    })
    socket.on('error', () => done(true)).on('close', () => done(true))
    socket.write(first)
    socket.write(second)
  })
}

function requestOf({ route, ...place }: Upload, token: string | null, body: Buffer): Buffer {
  const head = [
    `${route.method} ${urlOf({ route, ...place })} HTTP/1.1`,
    'host: x',
    'content-type: multipart/form-data; boundary=b',
    `content-length: ${body.length}`,
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

describe('a connection goes on after a file', () => {
  it.each(
    uploads.flatMap((place) =>
      Object.entries(FILES).map(([file, form]) => [nameOf(place), file, place, form] as const),
    ),
  )('%s %s', async (_name, _file, place, form) => {
    for (const token of [null, ...tokensOf(place.contract).slice(-2)]) {
      const { answers, closed } = await askTwice(requestOf(place, token, formOf(form)))
      expect(answers.length, 'the request is answered').toBeGreaterThan(0)
      expect(closed || answers.at(-1) === 'HTTP/1.1 200', `${answers.join(', ')} and then silence`).toBe(true)
    }
  })
})

/** `[400, false]`: the status, and whether it is the first request's answer. */
async function send(place: Upload, token: string, { key, ...form }: Form & { readonly key: string }) {
  const boundary = form.boundary ?? 'b'
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'idempotency-key': key },
    'content-type': `multipart/form-data; boundary=${boundary}`,
  }
  const { method } = place.route
  const answer = await server.inject({ method, url: urlOf(place), headers, payload: formOf(form) })
  return { status: answer.statusCode, replayed: answer.headers['idempotent-replay'] === 'true', body: answer.body }
}

const csv = (name: string): Buffer => Buffer.from(`name,phone\r\n${name},0712345678\r\n`)

describe('an idempotency key stands for the bytes of a file', () => {
  const streamed = uploads.filter(({ route }) => route.upload?.streamed)
  it.each(streamed.map((place) => [nameOf(place), place] as const))('%s', async (_name, place) => {
    const token = tokensOf(place.contract)[1]!
    const first = await send(place, token, { key: 'one', bytes: csv('Amina') })
    expect([200, 201]).toContain(first.status)
    const again = await send(place, token, { key: 'one', bytes: csv('Amina'), boundary: 'quite-another-one' })
    expect(again).toEqual({ ...first, replayed: true })
    const other = await send(place, token, { key: 'one', bytes: csv('Bahati'.slice(0, 5)) })
    expect([other.status, other.replayed]).toEqual([409, false])
    const renamed = await send(place, token, { key: 'one', fileName: 'more.csv', bytes: csv('Amina') })
    expect([renamed.status, renamed.replayed]).toEqual([409, false])
  })

  it.each(streamed.map((place) => [nameOf(place), place] as const))('%s, several at once', async (_name, place) => {
    const token = tokensOf(place.contract)[1]!
    const names = ['Amina', 'Amina', 'Amina', 'Bintu', 'Chadi']
    const answers = await Promise.all(names.map((name) => send(place, token, { key: 'at once', bytes: csv(name) })))
    const done = answers.filter(({ status }) => status < 300)
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(done.map(({ body }) => body)).size).toBe(1)
    for (const { status } of answers) expect([200, 201, 409]).toContain(status)
  })
})

it('sixty slow connections of one address keep nobody else waiting', async () => {
  const place = uploads.find(({ contract }) => contract === 'sokocredit')!
  const token = tokensOf(place.contract)[1]!
  const most = place.route.upload!.maxBytes
  const head = (address: string) =>
    [
      ...[`${place.route.method} ${urlOf(place)} HTTP/1.1`, 'host: x', `authorization: Bearer ${token}`],
      ...[`x-forwarded-for: ${address}`, 'content-type: multipart/form-data; boundary=b', `content-length: ${most}`],
    ].join('\r\n')
  const slow = Array.from({ length: 60 }, () => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.on('error', () => undefined).write(`${head('10.4.4.4')}\r\n\r\n--b\r\n`)
    return socket
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const body = formOf({ bytes: Buffer.alloc(2 * 1_048_576, 'x') })
  const begun = performance.now()
  const answer = await fetch(`http://127.0.0.1:${port}${urlOf(place)}`, {
    method: place.route.method,
    headers: {
      ...{ authorization: `Bearer ${token}`, 'x-forwarded-for': '10.5.5.5' },
      'content-type': 'multipart/form-data; boundary=b',
    },
    body: new Uint8Array(body),
  })
  for (const socket of slow) socket.destroy()
  expect(answer.status).toBeLessThan(500)
  expect(performance.now() - begun).toBeLessThan(10_000)
})

it('several at once under one key that are refused hear why, each of them', async () => {
  const place = uploads.find(({ route }) => route.upload?.streamed)!
  const token = tokensOf(place.contract)[1]!
  const bytes = Buffer.alloc(2_000, 0xff)
  const answers = await Promise.all([1, 2, 3].map(() => send(place, token, { key: 'refused', bytes })))
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
})

it('a body that is too large where a token may stand in it is answered, and the connection goes on', async () => {
  const chunk = `${(20_000).toString(16)}\r\n${'x'.repeat(20_000)}\r\n`
  const head = 'GET /loans/1 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
  const { answers } = await askTwice(Buffer.from(`${head}${chunk}${chunk}0\r\n\r\n`))
  expect(answers).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
})
