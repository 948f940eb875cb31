/** Structured logs with everything secret or personal struck out. */
import { pino, type Logger } from 'pino'

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
]

/** Writes to standard output. */
export function openLog(level: string): Log {
  const paths = STRUCK.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*["${key}"]`])
  const redact = { paths: [...new Set(paths)], censor: '[redacted]' }
  output ??= openOutput()
  return pino({ level, redact, base: null }, output)
}

let output: { write(line: string): void } | undefined

/** Lines of one turn of the event loop are written in one go: under load that is some hundred requests at a time. */
function openOutput(): { write(line: string): void } {
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
