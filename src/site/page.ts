/** The landing page as HTML. */
import { LANGUAGES, type Language } from '#domain/language.ts'
import { STYLE } from '#src/site/style.ts'
import { TEXTS, type Texts } from '#src/site/texts.ts'
import type { Contract, Route } from '#platform/http/route.ts'

export interface DemoAccount {
  /** The contract or organisation whose account it is, for people. */
  readonly at: string
  readonly name: string
  readonly role: string
  readonly login: string
}

export interface Shown {
  readonly language: Language
  readonly mode: 'demo' | 'production'
  readonly version: string
  readonly now: Date
  /** Where the reader reached us: http://localhost:8000 */
  readonly origin: string
  readonly contracts: readonly Contract[]
  readonly accounts: readonly DemoAccount[]
}

/** The whole page, in the language of the reader. */
export function renderLanding(shown: Shown): string {
  const t = TEXTS[shown.language]
  return `<!doctype html>
<html lang="${shown.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title}</title>
<meta name="description" content="${asHtml(t.lead)}">
<meta name="theme-color" content="#0a5c3c">
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">${t.skip}</a>
<div class="band"></div>
<header><span class="mark">Mkopo</span>${languageLinks(shown.language, t)}</header>
<main id="content">
<h1>${t.tagline}</h1>
<p class="lead">${t.lead}</p>
${facts(shown, t)}
${references(t)}
${contractCards(shown, t)}
${shown.mode === 'demo' ? demo(shown, t) : ''}
${watch(shown, t)}
</main>
<footer>${t.licence}</footer>
</body>
</html>
`
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%230a5c3c'/%3E%3Cpath d='M8 24V8l8 9 8-9v16' fill='none' stroke='%23f4d9a3' stroke-width='4' stroke-linejoin='round'/%3E%3C/svg%3E"

function languageLinks(chosen: Language, t: Texts): string {
  const link = (language: Language) =>
    `<li><a href="/?lang=${language}" lang="${language}" hreflang="${language}"${language === chosen ? ' aria-current="true"' : ''}>${TEXTS[language].itself}</a></li>`
  return `<nav aria-label="${t.languages}"><ul>${LANGUAGES.map(link).join('')}</ul></nav>`
}

function facts({ mode, version, now, language }: Shown, t: Texts): string {
  const style = { dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23', timeZone: 'UTC' } as const
  const clock = new Intl.DateTimeFormat(LOCALES[language], style).format(now)
  const fact = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  return `<dl class="facts" aria-label="${t.facts}">${[
    fact(t.mode, t.modes[mode]),
    fact(t.version, asHtml(version)),
    fact(t.clock, `<time datetime="${now.toISOString()}">${asHtml(clock)} UTC</time>`),
  ].join('')}</dl>`
}

/** Kenya's English and Swahili, Honduras' Spanish. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-KE', sw: 'sw-KE', es: 'es-HN' }

function references(t: Texts): string {
  const door = (href: string, name: string, text: string) =>
    `<li class="door"><a href="${href}">${name}</a><p>${text}</p><p><code>${href}</code></p></li>`
  return `<section aria-labelledby="references"><h2 id="references">${t.references}</h2><p class="sub">${t.referencesLead}</p>
<ul class="cards">${door('/api/docs/', 'Swagger UI', t.swagger)}${door('/api/redoc/', 'Redoc', t.redoc)}${door('/api/schema/', 'OpenAPI 3.1', t.schema)}</ul></section>`
}

function contractCards({ contracts }: Shown, t: Texts): string {
  return `<section aria-labelledby="contracts"><h2 id="contracts">${t.contracts}</h2><p class="sub">${t.contractsLead}</p>
<ul class="cards wide">${contracts.map((contract) => contractCard(contract, t)).join('')}</ul></section>`
}

function contractCard({ name, title, prefixes, routes }: Contract, t: Texts): string {
  const more = routes.filter((route) => route.extra).length
  const paths = prefixes.map((prefix) => `<li><code>${asHtml(prefix)}</code></li>`).join('')
  return `<li><h3>${asHtml(title)}</h3><p>${t.operations(routes.length, more)}</p>
<ul class="paths" aria-label="${t.paths}">${paths}</ul>
<a href="/api/redoc/?contract=${encodeURIComponent(name)}">${asHtml(t.readReference(title))}</a></li>`
}

function demo(shown: Shown, t: Texts): string {
  if (shown.accounts.length === 0) return ''
  const places = [...new Set(shown.accounts.map(({ at }) => at))]
  const cards = places.map((place) => accountCard(place, shown, t)).join('')
  return `<section aria-labelledby="accounts"><h2 id="accounts">${t.accounts}</h2>
<p class="sub">${t.accountsLead} <code>password</code>.</p>
<ul class="cards wide">${cards}</ul>${firstCall(shown, t)}</section>`
}

function accountCard(place: string, { accounts }: Shown, t: Texts): string {
  const people = accounts
    .filter(({ at }) => at === place)
    .map(({ role, login }) => `<li><span>${asHtml(t.roles[role] ?? role)}</span><code>${asHtml(login)}</code></li>`)
  return `<li><h3>${asHtml(place)}</h3><ul class="people" aria-label="${t.account}">${people.join('')}</ul></li>`
}

/** The first operation of the first contract that anybody may ask and that has an example: everywhere a login. */
function firstCall({ contracts, origin }: Shown, t: Texts): string {
  const isFirst = (route: Route) =>
    route.method === 'POST' && route.permission === 'open' && route.exampleBody !== undefined
  const route = contracts.flatMap((contract) => contract.routes).find(isFirst)
  if (!route) return ''
  const call = `curl ${origin}${route.path} -H 'content-type: application/json' \\\n  -d '${JSON.stringify(route.exampleBody)}'`
  return `<h3 id="first" class="first">${t.firstCall}</h3><p class="sub">${t.firstCallLead}</p><pre tabindex="0" aria-labelledby="first"><code>${asHtml(call)}</code></pre>`
}

function watch({ mode }: Shown, t: Texts): string {
  const links = [
    ['/health/ready', t.ready],
    ['/health/live', t.live],
    ['/metrics', t.metrics],
    ...(mode === 'demo' ? [['/demo/outbox', t.outbox]] : []),
  ]
  const items = links.map(([href, text]) => `<li><a href="${href}"><code>${href}</code></a><span>${text}</span></li>`)
  return `<section aria-labelledby="watch"><h2 id="watch">${t.watch}</h2><ul class="links">${items.join('')}</ul></section>`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const asHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!)
