/** The page at `/`: what runs here, for whoever opens the address in a browser. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LANGUAGES, type Language } from '#domain/language.ts'
import type { Services } from '#platform/context.ts'
import { type DemoAccount, renderLanding } from '#src/site/page.ts'
import { STYLE } from '#src/site/style.ts'
import type { Contract } from '#platform/http/route.ts'
import { VERSION } from '#platform/version.ts'

/** Its own style and icon, and nothing else. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export interface Landing {
  readonly contracts: readonly Contract[]
  /** Shown in demo mode only. */
  readonly accounts: readonly DemoAccount[]
}

/** Serves the landing page in the language asked for by ?lang= or else by the browser. */
export function mountLanding(app: FastifyInstance, services: Services, { contracts, accounts }: Landing): void {
  app.get('/', (request, reply) => {
    const language = languageFor(request)
    const page = renderLanding({
      language,
      mode: services.config.mode,
      version: VERSION,
      now: services.clock.now(),
      origin: `${request.protocol}://${request.host}`,
      contracts,
      accounts,
    })
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-language': language,
        'content-security-policy': POLICY,
      })
      .header('vary', 'Accept-Language')
      .send(page)
  })
}

function languageFor(request: FastifyRequest): Language {
  const { lang } = request.query as { lang?: unknown }
  return LANGUAGES.find((known) => known === lang) ?? preferredLanguage(request.headers['accept-language'] ?? '')
}

/** The language of ours that an Accept-Language header weighs most; English where it names none. */
export function preferredLanguage(header: string): Language {
  const wanted = header.split(',').map((entry) => {
    const [tag = '', ...parameters] = entry.trim().toLowerCase().split(';')
    const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
    return { language: tag.split('-')[0]!, weight: weight === undefined ? 1 : Number(weight) }
  })
  const ranked = wanted.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)
  for (const { language } of ranked) {
    const known = LANGUAGES.find((one) => one === language)
    if (known) return known
  }
  return 'en'
}
