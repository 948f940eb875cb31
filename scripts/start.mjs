/** `npm start`: bundles src/ into dist/ when it has changed since, then runs it in this process. Usage: start.mjs [web|worker|all]. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
const STAMP = join(DIST, 'sources')
const OLDEST = [20, 19]

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  fail(`Mkopo needs Node.js ${OLDEST.join('.')} or later; this is ${process.versions.node}.`)
}

/** Names, sizes and times of all sources: the same means nothing has changed. */
function fingerprint() {
  const hash = createHash('sha256').update(process.versions.node)
  const add = (path) => {
    const found = statSync(path)
    if (!found.isDirectory()) return hash.update(`${path} ${found.size} ${found.mtimeMs}\n`)
    for (const name of readdirSync(path).sort()) add(join(path, name))
  }
  for (const name of ['src', 'package.json', 'scripts/start.mjs']) add(join(ROOT, name))
  return hash.digest('hex')
}

async function bundle() {
  const { build } = await import('esbuild').catch(() => fail('The dependencies are not installed: run npm ci first.'))
  rmSync(DIST, { recursive: true, force: true })
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: 'src/main.ts' },
    outdir: DIST,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'error',
  }).catch(() => fail('The sources cannot be bundled; the messages above say where.'))
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const deployedWithoutSources = !existsSync(join(ROOT, 'src'))
if (!deployedWithoutSources) {
  const now = fingerprint()
  const built = existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : ''
  if (built !== now) {
    await bundle()
    mkdirSync(DIST, { recursive: true })
    writeFileSync(STAMP, now)
  }
}
process.setSourceMapsEnabled(true)
await import(pathToFileURL(join(DIST, 'main.js')).href)
