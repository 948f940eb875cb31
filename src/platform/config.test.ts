import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '#platform/config.ts'

const SOUND = 'q7Zt-93kd-Wm2x-LLp0-vB8s-Ry4e-Jc61'
const production = (more: Readonly<Record<string, string>> = {}) =>
  readConfig({ MKOPO_MODE: 'production', DATABASE_URL: 'postgres://me@db/loans', MKOPO_SECRET: SOUND, ...more })

describe('production refuses a secret that can be guessed', () => {
  test.each([
    ['', 'none'],
    ['q7Zt-93kd-Wm2x-LLp0-vB8s', 'too short'],
    ['mkopo-demo-secret-never-used-in-production', 'published with the sources'],
    ['my mkopo-demo-secret-never-used-in-production', 'published, with something before it'],
    ['1234567890123456789012345678901234567890', 'a row of digits'],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 'the alphabet'],
    ['passwordpasswordpasswordpassword', 'a word again and again'],
    ['test-secret-test-secret-test-secret-0123', 'two words again and again'],
    ['aB3$aB3$aB3$aB3$aB3$aB3$aB3$aB3$aB3$aB3$', 'four characters again and again'],
  ])('%j: %s', (secret) => {
    expect(() => production({ MKOPO_SECRET: secret })).toThrow(ConfigError)
    expect(() => production({ MKOPO_SECRET: secret })).toThrow(/MKOPO_SECRET/)
  })

  test.each([
    [SOUND],
    ['7f3dcd76b1e708821d119d016adcc760'],
    ['ep1P2DnoqGd4XGc9kMqm0idqnft7h2UldZn49zCp2Iwl'],
    ['correct horse battery staple mkopo 42'],
  ])('%j is taken', (secret) => {
    expect(production({ MKOPO_SECRET: secret }).secret).toBe(secret)
  })
})

describe('requests a minute', () => {
  test.each([
    [{}, undefined, 600],
    [{ MKOPO_RATE_LIMIT: '50' }, 50, 50],
    [{ MKOPO_RATE_LIMIT: 'off' }, undefined, undefined],
  ])('%j: %s in the demo, %s in production', (env, demo, inProduction) => {
    expect(readConfig(env as Record<string, string>).requestsPerMinute).toBe(demo)
    expect(production(env as Record<string, string>).requestsPerMinute).toBe(inProduction)
  })

  test.each(['0', '-1', 'many', '1.5'])('%s is no limit', (limit) => {
    expect(() => readConfig({ MKOPO_RATE_LIMIT: limit })).toThrow(/MKOPO_RATE_LIMIT/)
  })
})
