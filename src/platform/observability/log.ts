/** Structured logs with everything secret or personal struck out. */
import { pino, type Logger } from 'pino'
import { inSources } from '#platform/observability/source-lines.ts'

export type Log = Logger

/** Never in a log, at any depth we log: secrets, tokens, identity numbers, file contents. */
const STRUCK = [
  'password',
  'new_password',
  'current_password',
  'old_password',
  'token',
  'access',
  'refresh',
  'access_token',
  'refresh_token',
  'reset_token',
  'otp',
  'code',
  'secret',
  'authorization',
  'cookie',
  'id_number',
  'identification_number',
  'national_id',
  'receipt',
  'file',
  'phone',
  'phone_number',
  'payer_phone',
  'payerPhone',
  'email',
]

/** What PostgreSQL tells of the row that it refused. */
const IN_ERRORS = ['err.detail', 'err.where', 'err.hint']

/** An error's code says what went wrong (`23505`, `ECONNREFUSED`); a code that somebody was sent has six digits. */
const DIAGNOSIS = /^(?:[0-9A-Z]{5}|[A-Z][A-Z0-9]*_[A-Z0-9_]+|E[A-Z]+)$/

const censor = (value: unknown, [of, name]: readonly string[]): unknown =>
  of === 'err' && name === 'code' && typeof value === 'string' && DIAGNOSIS.test(value) ? value : '[redacted]'

function told(error: Error): object {
  const about = pino.stdSerializers.err(error)
  return typeof about?.stack === 'string' ? Object.assign(about, { stack: inSources(about.stack) }) : about
}

interface Output {
  write(line: string): void
}

/** Writes to standard output unless told otherwise. */
export function openLog(level: string, to?: Output): Log {
  const paths = STRUCK.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*["${key}"]`])
  const redact = { paths: [...new Set([...paths, ...IN_ERRORS])], censor }
  if (!to) output ??= openOutput()
  return pino({ level, redact, base: null, serializers: { err: told } }, to ?? output)
}

let output: Output | undefined

/** Lines of one turn of the event loop are written in one go: under load that is some hundred requests at a time. */
function openOutput(): Output {
  const destination = pino.destination(1)
  let lines = ''
  const flush = (): void => {
    if (lines !== '') destination.write(lines)
    lines = ''
  }
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}
