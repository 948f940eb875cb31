import { Agent, request } from 'node:http'
import { afterAll, describe, expect, test } from 'vitest'
import { dataFolder, freePort, postmasterOf, removeFolder, type ServerProcess, startProcess } from '#test/processes.ts'

const folder = dataFolder()
const env = { MKOPO_DATA_DIR: folder }
afterAll(() => removeFolder(folder))

const login = (server: ServerProcess, password = 'password'): Promise<Response> =>
  fetch(`${server.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ credential: 'admin@sokocredit.com', password }),
  })

const ready = async (server: ServerProcess): Promise<number> =>
  fetch(`${server.url}/health/ready`).then(
    (response) => response.status,
    () => 0,
  )

/** A request of which the server has read the first half, on a connection that its client would keep. */
async function halfALogin(server: ServerProcess): Promise<{ finish(): Promise<number | undefined> }> {
  const body = JSON.stringify({ credential: 'admin@sokocredit.com', password: 'password' })
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const agent = new Agent({ keepAlive: true })
  const asking = request(`${server.url}/auth/login`, { method: 'POST', headers, agent })
  asking.write(body.slice(0, 20))
  await new Promise((resolve) => setTimeout(resolve, 500))
  return {
    finish: () =>
      new Promise((resolve, reject) => {
        asking.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
        asking.on('error', reject)
        asking.end(body.slice(20))
      }),
  }
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** One server's life, in order: each test goes on where the last one has stopped. */
describe('on an empty data folder', () => {
  let server: ServerProcess
  let postmaster: number | undefined

  test('npm start serves, and says on what it stands', async () => {
    server = await startProcess('npm', { ...env, MKOPO_CLOCK: '2026-02-15T09:00:00Z' })
    expect(server.output()).toMatch(/Mkopo \d.* demo mode, ready in .* http:\/\/localhost:\d+/)
    expect(server.output()).toContain(
      'books append-only by role and triggers; organisations apart by row-level security',
    )
    expect(server.output()).toContain('2026-02-15T09:00')
    expect(await ready(server)).toBe(200)
    expect((await login(server)).status).toBe(200)
    postmaster = postmasterOf(folder)
  })

  test('SIGTERM to npm: what is in flight is answered, then everything ends, PostgreSQL too', async () => {
    const inFlight = await halfALogin(server)
    server.signal('SIGTERM')
    await until(async () => (await ready(server)) !== 200)
    expect(await inFlight.finish()).toBe(200)
    expect(await server.ended).toBe(0)
    expect(postmasterOf(folder)).toBeUndefined()
  })

  test('kill -9: PostgreSQL lives on, the next start finds it and everything in it, and stops it in the end', async () => {
    server = await startProcess('all', env)
    server.signal('SIGKILL')
    await server.ended
    postmaster = postmasterOf(folder)
    expect(postmaster).toBeDefined()
    server = await startProcess('all', env)
    expect(server.output()).toContain('embedded PostgreSQL found running')
    expect(postmasterOf(folder)).toBe(postmaster)
    expect((await login(server)).status).toBe(200)
  })

  test('kill -9 of PostgreSQL: it is started again, and the server recovers by itself', async () => {
    process.kill(postmaster!, 'SIGKILL')
    await until(() => postmasterOf(folder) !== postmaster && postmasterOf(folder) !== undefined)
    await until(async () => (await ready(server)) === 200)
    expect((await login(server)).status).toBe(200)
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(postmasterOf(folder)).toBeUndefined()
  })

  test('web and worker apart share the database; PostgreSQL stops with the last of them', async () => {
    const web = await startProcess('web', env)
    const worker = await startProcess('worker', env)
    expect(worker.output()).toContain('embedded PostgreSQL found running')
    web.signal('SIGINT')
    expect(await web.ended).toBe(0)
    expect(postmasterOf(folder)).toBeDefined()
    worker.signal('SIGINT')
    expect(await worker.ended).toBe(0)
    expect(postmasterOf(folder)).toBeUndefined()
  })
})

test.each([
  ['a port that is no number', { PORT: 'eight' }, /PORT/],
  [
    'a database that is not there',
    { DATABASE_URL: 'postgres://me:secret@127.0.0.1:9/loans' },
    /127\.0\.0\.1:9\/loans.*ECONNREFUSED/,
  ],
  ['production without what it needs', { MKOPO_MODE: 'production' }, /DATABASE_URL: .*\n.*MKOPO_SECRET/],
])('%s: a clear sentence, exit code 1, no stack, no password', async (_, wrong: Record<string, string>, sentence) => {
  const server = await startProcess('all', { ...env, ...wrong })
  expect(await server.ended).toBe(1)
  expect(server.output()).toMatch(sentence)
  expect(server.output()).not.toMatch(/^\s+at |secret/m)
})

test('a port in use: a clear sentence, and the PostgreSQL it had started is stopped again', async () => {
  const port = String(await freePort())
  const holder = await import('node:http').then(({ createServer }) => createServer().listen(Number(port), '127.0.0.1'))
  const server = await startProcess('web', { ...env, PORT: port })
  holder.close()
  expect(await server.ended).toBe(1)
  expect(server.output().trim()).toBe(
    `Port ${port} of 127.0.0.1 is in use: stop the program that uses it, or set PORT to another.`,
  )
  expect(postmasterOf(folder)).toBeUndefined()
})
