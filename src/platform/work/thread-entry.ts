/** The file that threads run: a bundle beside that of this process, or one made of the sources when it is first needed. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { threadId } from 'node:worker_threads'
import type esbuild from 'esbuild'

const HERE = import.meta.url
/** Packages are found from there, as they are from the bundles that `npm start` makes. */
const FOLDER = new URL('../../../dist/threads/', HERE)

/** The entry of the application's own tasks: `src/worker/threads.ts`. */
export const THREADS = HERE.endsWith('.ts')
  ? new URL('../../worker/threads.ts', HERE)
  : new URL(HERE.replace(/\/[^/]+?\.(\w+)\.js$/, '/threads.$1.js'))

const made = new Map<string, URL>()

/** A file that Node runs as it is. Sources, in tests and tools, are bundled once a process. */
export function runnable(entry: URL): URL {
  if (!entry.pathname.endsWith('.ts')) return entry
  let file = made.get(entry.href)
  if (!file) {
    file = bundled(entry)
    made.set(entry.href, file)
  }
  return file
}

function bundled(entry: URL): URL {
  const { buildSync } = createRequire(HERE)('esbuild') as typeof esbuild
  const source = fileURLToPath(entry)
  const { outputFiles } = buildSync({
    ...{ entryPoints: [source], bundle: true, write: false, logLevel: 'silent' },
    ...{ platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
  })
  const file = new URL(`${basename(source, '.ts')}.js`, FOLDER)
  const aside = `${fileURLToPath(file)}.${process.pid}.${threadId}`
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(aside, outputFiles[0]!.contents)
  renameSync(aside, fileURLToPath(file))
  return pathToFileURL(fileURLToPath(file))
}
