/** The API references: the schema itself, and Swagger UI and Redoc over it, all served from here. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '#domain/refusal.ts'
import { type Asset, fileAt, load, sendAsset, serveAsset } from '#src/site/asset.ts'
import { describeInTurns } from '#platform/openapi/openapi.ts'
import type { Contract } from '#platform/http/route.ts'
import { VERSION } from '#platform/version.ts'

/** Both pages style elements in place, and Redoc searches in a worker made from a blob; nothing comes from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** `/api/schema/`, `/api/docs/` and `/api/redoc/`, with and without slash. */
export function mountReferences(app: FastifyInstance, contracts: readonly Contract[]): void {
  mountSchema(app, contracts)
  mountSwagger(app, contracts)
  mountRedoc(app)
}

function mountSchema(app: FastifyInstance, contracts: readonly Contract[]): void {
  const written = new Map<string, Promise<Asset>>()
  const write = async (chosen: readonly Contract[]): Promise<Buffer> =>
    Buffer.from(JSON.stringify(await describeInTurns(chosen, VERSION)))
  bothSlashes(app, '/api/schema', async (request, reply) => {
    const { contract } = request.query as { contract?: unknown }
    const name = typeof contract === 'string' ? contract : ''
    const chosen = name === '' ? contracts : contracts.filter((one) => one.name === name)
    if (chosen.length === 0 && name !== '') refuse('route_not_found')
    const schema = written.get(name) ?? load(() => write(chosen))
    written.set(name, schema)
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache')
    return sendAsset(request, reply, await schema)
  })
}

type Page = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>

function bothSlashes(app: FastifyInstance, path: string, page: Page): void {
  for (const url of [path, `${path}/`]) app.get(url, page)
}

const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', PAGE_POLICY)
    .header('cache-control', 'no-cache')
    .send(html)

const require = createRequire(import.meta.url)
const text = (content: string) => (): Promise<Buffer> => Promise.resolve(Buffer.from(content))
const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'

function mountSwagger(app: FastifyInstance, contracts: readonly Contract[]): void {
  const folder = join(dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static')
  const asset = (name: string, type: string) =>
    serveAsset(app, `/api/docs/${name}`, { type, read: fileAt(join(folder, name)) })
  asset('swagger-ui-bundle.js', JAVASCRIPT)
  asset('swagger-ui-standalone-preset.js', JAVASCRIPT)
  asset('swagger-ui.css', CSS)
  serveAsset(app, '/api/docs/start.js', { type: JAVASCRIPT, read: text(swaggerStart(contracts)) })
  bothSlashes(app, '/api/docs', (_query, reply) => sendPage(reply, SWAGGER_PAGE))
}

function swaggerStart(contracts: readonly Contract[]): string {
  const all = { url: '/api/schema/', name: 'All contracts' }
  const single = contracts.map(({ name, title }) => ({
    url: `/api/schema/?contract=${encodeURIComponent(name)}`,
    name: title,
  }))
  return `window.ui = SwaggerUIBundle({
  urls: ${JSON.stringify([all, ...single])},
  dom_id: '#reference',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`
}

const head = (title: string, rest: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
${rest}
</head>`

const SWAGGER_PAGE = `${head('Mkopo API', '<link rel="stylesheet" href="/api/docs/swagger-ui.css">')}
<body style="margin:0">
<main id="reference"><noscript>This page needs JavaScript. The schema itself is at <a href="/api/schema/">/api/schema/</a>.</noscript></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/swagger-ui-standalone-preset.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`

const REDOC_BUNDLE = 'redoc.standalone.js'

/** Beside the built server, or in the packages where it was installed for development. */
function redocBundle(): string | null {
  const here = dirname(fileURLToPath(import.meta.url))
  const places = [join(here, REDOC_BUNDLE), join(process.cwd(), 'dist', REDOC_BUNDLE), installedRedoc()]
  return places.find((place) => place !== null && existsSync(place)) ?? null
}

function installedRedoc(): string | null {
  try {
    return join(dirname(require.resolve('redoc/package.json')), 'bundles', REDOC_BUNDLE)
  } catch {
    return null
  }
}

function mountRedoc(app: FastifyInstance): void {
  const bundle = redocBundle()
  if (bundle) {
    serveAsset(app, `/api/redoc/${REDOC_BUNDLE}`, { type: JAVASCRIPT, read: withoutOutsideLogo(bundle) })
    serveAsset(app, '/api/redoc/start.js', { type: JAVASCRIPT, read: text(REDOC_START) })
  }
  bothSlashes(app, '/api/redoc', (_query, reply) => sendPage(reply, bundle ? REDOC_PAGE : REDOC_ABSENT))
}

/** Redoc's mark of origin would be fetched from elsewhere; its words stay. */
const withoutOutsideLogo = (bundle: string) => async (): Promise<Buffer> => {
  const script = (await fileAt(bundle)()).toString('utf8')
  return Buffer.from(script.replaceAll('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,'))
}

const REDOC_START = `const query = new URLSearchParams(location.search)
const contract = query.get('contract')
const url = '/api/schema/' + (contract ? '?contract=' + encodeURIComponent(contract) : '')
const options = { hideDownloadButton: false, expandResponses: '200,201', sortRequiredPropsFirst: true, nativeScrollbars: true }
Redoc.init(url, options, document.getElementById('reference'))
`

const REDOC_STYLE = `<style>body{margin:0}a[href*="redocly.com/redoc"] img{display:none}</style>`
const REDOC_PAGE = `${head('Mkopo API', REDOC_STYLE)}
<body>
<main id="reference"><noscript>This page needs JavaScript. The schema itself is at <a href="/api/schema/">/api/schema/</a>.</noscript></main>
<script src="/api/redoc/${REDOC_BUNDLE}"></script>
<script src="/api/redoc/start.js"></script>
</body>
</html>
`

const REDOC_ABSENT = `${head('Mkopo API', '')}
<body>
<p>Redoc was left out of this installation. The same reference is at <a href="/api/docs/">/api/docs/</a>, the schema at
<a href="/api/schema/">/api/schema/</a>.</p>
</body>
</html>
`
