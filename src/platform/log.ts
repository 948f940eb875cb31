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

export function openLog(level: string): Log {
  const paths = STRUCK.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*["${key}"]`])
  return pino({ level, redact: { paths: [...new Set(paths)], censor: '[redacted]' }, base: null })
}
