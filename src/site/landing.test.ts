import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildServer } from '#platform/http/http.ts'
import type { Services } from '#platform/context.ts'
import { mountLanding, preferredLanguage } from '#src/site/landing.ts'
import { mountReferences } from '#src/site/reference-pages.ts'
import { TEXTS } from '#src/site/texts.ts'
import { chosenContract, tinyContract } from '#test/tiny-contract.ts'
import { openWorld, type World } from '#test/world.ts'

let world: World
let app: FastifyInstance
const accounts = [{ at: 'Tiny & sons', name: 'Ann', role: 'loan_officer', login: 'ann@tiny.example' }]

const contracts = [tinyContract(), chosenContract()]
const withLanding = (services: Services) => ({
  mount(to: FastifyInstance) {
    mountLanding(to, services, { contracts, accounts })
    mountReferences(to, contracts)
  },
})

beforeAll(async () => {
  world = await openWorld({ now: '2026-02-15T09:00:00Z' })
  app = await buildServer(world.services, [tinyContract(), chosenContract()], withLanding(world.services))
})
afterAll(async () => {
  await app.close()
  await world.close()
})

const page = (headers: Record<string, string> = {}, query = '') => app.inject({ url: `/${query}`, headers })

describe('the landing page', () => {
  it('says what runs here', async () => {
    const { body, headers } = await page({ host: 'mkopo.example:8000' })
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const said of [
      '15 February 2026 at 09:00 UTC',
      'datetime="2026-02-15T09:00',
      '19 operations',
      '1 operation<',
      '/tiny/chosen',
      'Tiny &amp; sons',
      'ann@tiny.example',
    ]) {
      expect(body).toContain(said)
    }
  })

  it('keeps the demo accounts to the demo', async () => {
    const config = { ...world.services.config, mode: 'production' } as const
    const production = await buildServer(
      { ...world.services, config },
      [tinyContract()],
      withLanding({ ...world.services, config }),
    )
    const { body, headers } = await production.inject({ url: '/' })
    expect(body).not.toMatch(/ann@tiny|\/demo\/outbox/)
    expect(body).toContain(TEXTS.en.modes.production)
    expect(headers['strict-transport-security']).toContain('max-age')
    await production.close()
  })

  it.each([
    [{}, '', 'en'],
    [{ 'accept-language': 'sw-KE,sw;q=0.9,en;q=0.8' }, '', 'sw'],
    [{ 'accept-language': 'sw' }, '?lang=es', 'es'],
    [{ 'accept-language': 'es' }, '?lang=xx', 'es'],
    [{}, '?lang=es&lang=sw', 'en'],
  ])('speaks the reader’s language: %o %s → %s', async (headers, query, language) => {
    const { body, headers: answered } = await page(headers, query)
    expect(body).toContain(`<html lang="${language}">`)
    expect(body).toContain(TEXTS[language as 'en'].contracts)
    expect(answered['content-language']).toBe(language)
  })

  it('loads nothing and runs nothing', async () => {
    const { body, headers } = await page()
    expect(body).not.toMatch(/<script|<link rel="stylesheet"|src=|url\(/)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+='/)
  })

  it('does not print what a caller puts into the address', async () => {
    const { body } = await page({ host: `x"'><script>` })
    expect(body).not.toContain('<script>')
  })

  it('leads only to addresses that answer', async () => {
    const { body } = await page()
    const links = [...body.matchAll(/href="(\/[^"]*)"/g)].map((match) => match[1]!)
    const ours = links.filter((link) => !/^\/(health|metrics|demo)/.test(link))
    expect(ours.length).toBeGreaterThan(6)
    for (const link of ours)
      expect([link, (await app.inject({ url: link.replace('&amp;', '&') })).statusCode]).toEqual([link, 200])
  })
})

describe('Accept-Language', () => {
  it.each([
    ['', 'en'],
    ['*', 'en'],
    ['fr,de', 'en'],
    ['fr, sw;q=0.2, es;q=0.5', 'es'],
    ['SW-ke', 'sw'],
    ['sw;q=0, es;q=0.1', 'es'],
    [';;q=,', 'en'],
  ])('%s → %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language)
  })
})
