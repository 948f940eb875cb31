/** kill -9 of the server while a command is on its way to a phone: after the restart it is sent again under its name and done once. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MdmSimulator, startMdmSimulator } from '#platform/providers/mdm/simulator/simulator.ts'
import { dataFolder, freePort, removeFolder, type ServerProcess, startProcess } from '#test/processes.ts'

const IMEI = '123456789012345'
const folder = dataFolder()
let mdm: MdmSimulator
let wire: Server
let server: ServerProcess
let env: Record<string, string>
/** Where the server's clock starts: no job of the day falls due beside what the test does. */
let clock = '2026-02-15T15:00:00.000Z'
const start = () => startProcess('all', { ...env, MKOPO_CLOCK: clock })
/** What happens when the next lock passes the wire, and not before whoever asked for it has his answer. */
let killWhen: 'before it arrives' | 'after it has arrived' | null = null
let answered = Promise.resolve()

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const when = body.includes('"command":"lock"') ? killWhen : null
  if (when !== null) {
    killWhen = null
    await answered
  }
  if (when === 'before it arrives') {
    server.signal('SIGKILL')
    response.destroy()
    return
  }
  const { authorization = '' } = request.headers
  const answer = await fetch(`${mdm.url}${request.url}`, {
    ...{ method: request.method!, headers: { authorization, 'content-type': 'application/json' } },
    ...(body.length > 0 && { body }),
  })
  const text = await answer.text()
  if (when === null) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  else server.signal('SIGKILL')
}

async function office(what: string, body?: object) {
  const [method, path] = what.split(' ') as [string, string]
  const ask = async (at: string, init: RequestInit, token = '') => {
    const headers = { 'content-type': 'application/json', 'x-organisation': 'movicuotas', authorization: token }
    // biome-ignore lint/suspicious/noExplicitAny: what a server answers is what the test is about to find out
    return (await (await fetch(`${server.url}${at}`, { ...init, headers })).json()) as any
  }
  const login = JSON.stringify({ email: 'admin@movicuotas.com', password: 'password' })
  const { access } = await ask('/office/v1/auth/token', { method: 'POST', body: login })
  const init = { method, ...(body && { body: JSON.stringify(body) }) }
  return ask(path, init, `Bearer ${access}`)
}
const device = async () => (await office(`GET /office/v1/devices?imei=${IMEI}`)).devices[0]
const latest = async () => (await device()).commands.at(-1)
const locksTaken = () => mdm.commands(IMEI).filter(({ command }) => command === 'lock').length

beforeAll(async () => {
  mdm = await startMdmSimulator({ delayMs: 10 })
  wire = createServer((request, response) => void passOn(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve))
  const port = String(await freePort())
  const { key } = mdm.account('')
  env = {
    ...{ MKOPO_DATA_DIR: folder, PORT: port, MKOPO_PUBLIC_URL: `http://127.0.0.1:${port}`, MKOPO_MDM_KEY: key },
    MKOPO_MDM_URL: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
  }
  server = await start()
})
afterAll(async () => {
  await removeFolder(folder)
  wire.closeAllConnections()
  wire.close()
  await mdm.close()
})

/** Moves the server's clock on by a minute; before that answers, what fell due was done, or is in the worker's hand. */
async function aMinuteLater(): Promise<void> {
  const { now } = await office('GET /demo/clock')
  clock = new Date(Date.parse(now) + 60_000).toISOString()
  expect(await office('POST /demo/clock', { now: clock })).toMatchObject({ jobs_run: 0 })
}

/** Minute by minute, for half an hour at most. */
async function becomes(status: string): Promise<void> {
  for (let minutes = 0; minutes < 30 && (await latest()).status !== status; minutes++) await aMinuteLater()
  expect((await latest()).status).toBe(status)
}

test.each(['before it arrives', 'after it has arrived'] as const)('killed %s', { timeout: 240_000 }, async (when) => {
  const { id } = await device()
  const [before, arrived] = [locksTaken(), when === 'after it has arrived']
  // Nothing is heard of the one that has arrived, so that it is sent again and asked about.
  if (arrived) mdm.rule({ outcome: 'silent', times: 1 })
  killWhen = when
  const asked = office(`POST /office/v1/devices/${id}/lock`, { reason: 'Pago vencido' })
  answered = asked.then(() => undefined)
  expect((await asked).lock_status).toBe('pending')
  await server.ended
  expect(locksTaken() - before).toBe(arrived ? 1 : 0)
  server = await start()
  if (arrived) await becomes('sent')
  await becomes('acknowledged')
  const { kind, attempts } = await latest()
  expect([kind, attempts > 1]).toEqual(['lock', true])
  expect(locksTaken() - before).toBe(1)
  expect([mdm.phone(IMEI).state, (await device()).lock_status]).toEqual(['locked', 'pending'])
  await office(`POST /office/v1/devices/${id}/confirm-lock`)
  await office(`POST /office/v1/devices/${id}/unlock`, { reason: 'Pago recibido' })
  await becomes('acknowledged')
  expect(mdm.phone(IMEI).state).toBe('free')
})
