/** An installation in production from nothing: an organisation is founded by hand, its administrator signs in, strangers stay outside. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { withClient } from '#platform/database/postgres-connection.ts'
import { databaseUrl } from '#test/database.ts'
import { type ServerProcess, startProcess } from '#test/processes.ts'

const testServer = inject('testServer')
const database = `founding_${process.pid}`
const env = {
  MKOPO_MODE: 'production',
  MKOPO_SECRET: 'a secret of this test alone, long enough',
  DATABASE_URL: databaseUrl(testServer, database),
}
const ORDER = [
  ...['--slug', 'acme', '--name', 'Acme', '--admin', 'boss@acme.example', '--currency', 'INR'],
  ...['--time-zone', 'Asia/Kolkata', '--country', 'IN', '--contracts', 'repaysync', '--platform'],
]

let server: ServerProcess
let password: string
const owner = (statement: string) =>
  withClient({ connectionString: testServer.url }, (client) => client.query(statement))

beforeAll(async () => {
  await owner(`create database ${database}`)
  const command = ['scripts/start.mjs', 'organisation', 'create', ...ORDER]
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { PATH: process.env.PATH, ...env } })
  password = /password (\S+) -/.exec(stdout)![1]!
  server = await startProcess('web', env)
}, 60_000)
afterAll(async () => {
  server.signal('SIGTERM')
  await server.ended
  await owner(`drop database ${database} with (force)`)
})

const post = (path: string, body: object, token = ''): Promise<Response> =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })

test('the administrator signs in to the office without naming an organisation', async () => {
  const answer = await post('/office/v1/auth/token', { email: 'boss@acme.example', password })
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ access: expect.any(String) })])
})

test('a stranger does not register as staff; whom the administrator registers comes in', async () => {
  const agent = { username: 'asha', role: 'calling_agent', password: 'SomePassword123' }
  expect((await post('/api/users/register/', agent)).status).toBe(403)
  const signedIn = await post('/api/auth/token/', { username: 'boss@acme.example', password })
  const { access } = (await signedIn.json()) as { access: string }
  expect((await post('/api/users/register/', agent, access)).status).toBe(201)
})

test('nothing of the demo is there', async () => {
  for (const path of ['/demo/clock', '/demo/outbox']) expect((await post(path, {})).status).toBe(404)
  expect((await post('/office/v1/auth/token', { email: 'admin@mkopo.dev', password: 'password' })).status).toBe(401)
})
