/**
 * How many customers a second a bulk upload takes in, and how much memory it needs: a file of so many rows, one in a hundred
 * bad, sent over HTTP as it is made, to a server of its own.
 * Usage: tsx bench/bulk-csv.ts [rows …]; default 50000 200000.
 */
import { request } from 'node:http'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { freePort, startServer } from './server-process.ts'

export interface BulkFigures {
  readonly rows: number
  readonly created: number
  readonly refused: number
  readonly seconds: number
  readonly rowsPerSecond: number
  /** Of the web process, over what it held before the upload. */
  readonly megabytesMore: number
}

const BOUNDARY = 'mkopo-bench'
const HEADER = 'customer_code,name,phone,email,address_line_1,address_line_2,city,state,pincode,date_of_birth\r\n'
const ROWS_A_PIECE = 500

/** Measures uploads of so many rows each, one after the other, on one server in demo mode with a database of its own. */
export async function measureBulkCsv(sizes: readonly number[]): Promise<readonly BulkFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mkopo-bulk-'))
  const port = await freePort()
  const server = await startServer({ folder, port })
  try {
    const token = await signIn(port)
    await upload({ port, token, rows: 2_000, series: 'warm' })
    const figures: BulkFigures[] = []
    for (const [n, rows] of sizes.entries()) {
      const before = server.memory()
      let highest = before
      const watch = setInterval(() => (highest = Math.max(highest, server.memory())), 20)
      const begun = performance.now()
      const { created, refused } = await upload({ port, token, rows, series: `s${n}` })
      const seconds = (performance.now() - begun) / 1000
      clearInterval(watch)
      const rowsPerSecond = Math.round(rows / seconds)
      const megabytesMore = Math.round((highest - before) / 1_048_576)
      figures.push({ rows, created, refused, seconds: Math.round(seconds * 10) / 10, rowsPerSecond, megabytesMore })
    }
    return figures
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function signIn(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/token/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'manager1', password: 'password' }),
  })
  return ((await response.json()) as { access: string }).access
}

interface Sending {
  readonly port: number
  readonly token: string
  readonly rows: number
  /** Makes the codes of this file its own. */
  readonly series: string
}

function upload({ port, token, rows, series }: Sending): Promise<{ created: number; refused: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const path = '/api/customers/bulk/upload/'
    const sending = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { records_created: number; errors_count?: number }
        resolve({ created: body.records_created, refused: body.errors_count ?? 0 })
      })
    })
    sending.on('error', reject)
    Readable.from(form(rows, series)).pipe(sending)
  })
}

function* form(rows: number, series: string): Generator<string> {
  yield `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="customers.csv"\r\ncontent-type: text/csv\r\n\r\n${HEADER}`
  for (let at = 0; at < rows; at += ROWS_A_PIECE) {
    const piece = Array.from({ length: Math.min(ROWS_A_PIECE, rows - at) }, (_, n) => row(at + n, series))
    yield piece.join('')
  }
  yield `\r\n--${BOUNDARY}--\r\n`
}

const row = (n: number, series: string): string =>
  `${series}-${n},${n % 100 === 7 ? '' : `"Customer, ${n}"`},+91${9_000_000_000 + n},c${n}@example.com,${n} Main St,,Kolkata,WB,0${70_000 + (n % 100)},1990-01-01\r\n`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = process.argv.slice(2).map(Number)
  console.table(await measureBulkCsv(sizes.length > 0 ? sizes : [50_000, 200_000]))
}
