/**
 * `npm start`: bundles src/ into dist/ when it has changed since, then runs it in this process.
 * Usage: start.mjs web|worker|all, or start.mjs organisation create …
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
const OLDEST = [20, 19]
const ENTRIES = { main: 'src/main.ts', organisation: 'src/cli/organisation.ts', threads: 'src/worker/threads.ts' }

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  fail(`Mkopo needs Node.js ${OLDEST.join('.')} or later; this is ${process.versions.node}.`)
}

const entry = process.argv[2] === 'organisation' ? 'organisation' : 'main'
const version = existsSync(join(ROOT, 'src')) ? fingerprint() : versionDeployed()
if (!existsSync(bundleOf(entry))) await bundle()
await import(pathToFileURL(bundleOf(entry)).href)

function bundleOf(name) {
  return join(DIST, `${name}.${version}.js`)
}

/** Names, sizes and times of all sources: the same means nothing has changed. */
function fingerprint() {
  const hash = createHash('sha256')
  const add = (path) => {
    const found = statSync(path)
    if (found.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name))
    else hash.update(`${path} ${found.size} ${found.mtimeMs}\n`)
  }
  for (const name of ['src', 'package.json', 'scripts/start.mjs']) add(join(ROOT, name))
  return hash.digest('hex').slice(0, 12)
}

/** An image may carry the bundle alone. */
function versionDeployed() {
  const found = existsSync(DIST) && readdirSync(DIST).find((name) => /^main\.\w+\.js$/.test(name))
  return found ? found.split('.')[1] : fail('There are neither sources nor a bundle to start.')
}

/** Made aside and moved into place file by file, so that processes that start together do not meet half a bundle. */
async function bundle() {
  const { build } = await import('esbuild').catch(() => fail('The dependencies are not installed: run npm ci first.'))
  mkdirSync(DIST, { recursive: true })
  const aside = mkdtempSync(join(DIST, 'new-'))
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [`${name}.${version}`, path])),
    outdir: aside,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    // The sources lie beside; the map tells the lines of a stack (src/platform/observability/source-lines.ts).
    sourcesContent: false,
    logLevel: 'error',
  }).catch(() => {
    rmSync(aside, { recursive: true, force: true })
    fail('The sources cannot be bundled; the messages above say where.')
  })
  const old = readdirSync(DIST).filter((name) => name.endsWith('.js') || name.endsWith('.map'))
  for (const name of readdirSync(aside)) renameSync(join(aside, name), join(DIST, name))
  for (const name of old.filter((name) => !name.includes(version))) rmSync(join(DIST, name), { force: true })
  keepRedoc(aside)
  rmSync(aside, { recursive: true, force: true })
}

/** The reference page's script comes with a package for development; a deployment without those packages needs its copy. */
function keepRedoc(aside) {
  const name = 'redoc.standalone.js'
  const packaged = join(ROOT, 'node_modules', 'redoc', 'bundles', name)
  if (!existsSync(packaged)) return
  copyFileSync(packaged, join(aside, name))
  renameSync(join(aside, name), join(DIST, name))
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
