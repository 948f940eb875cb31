/** The walkthroughs of the README, run as they are printed against a fresh server. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataFolder, removeFolder, type ServerProcess, startProcess } from '#test/processes.ts'

const walks = [...readFileSync('README.md', 'utf8').matchAll(/^```sh\n(api=[\s\S]*?)^```$/gm)].map((found) => found[1]!)
const hasShell = spawnSync('bash', ['-c', 'curl --version']).status === 0

test('the README walks through a loan of a market trader and a phone on credit', () => {
  expect(walks).toHaveLength(2)
})

describe.runIf(hasShell)('as printed', () => {
  const folder = dataFolder()
  let server: ServerProcess
  beforeAll(async () => {
    server = await startProcess('all', { MKOPO_DATA_DIR: folder })
  })
  afterAll(async () => {
    server?.signal('SIGTERM')
    await server?.ended
    await removeFolder(folder)
  })

  const walk = (n: number): string => {
    const script = walks[n]!.replaceAll('http://localhost:8000', server.url)
    const { stdout, stderr, status } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
    return stdout
  }

  test('a market trader applies, is lent to, and pays', () => {
    const said = walk(0)
    expect(said).toContain('"mpesa_code":"MPESA123ABC"')
  })

  test('a phone is paid for, locked and unlocked', () => {
    expect(walk(1).trim().split('\n')).toEqual([
      expect.stringMatching(/^MC-20\d\d-0001: 1166.67 on 20\d\d-\d\d-01$/),
      ...['applied', 'pending', 'locked', 'unlocked'],
      'Dispositivo Desbloqueado, Dispositivo Bloqueado, Pago Recibido',
    ])
  })
})
