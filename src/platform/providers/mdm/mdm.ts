/** Device management over HTTP, in the protocol of docs/device-management.md. Never throws: what the network does is an outcome. */
import type { MdmAccount } from '#platform/config.ts'
import type { CommandHandover, CommandKind, CommandReport } from '#domain/devices/command.ts'

export interface PhoneCommand {
  readonly imei: string
  /** Our own name of it: the service takes one name once, so sending it again never does it twice. */
  readonly key: string
  /** Grows with every command of a phone: the service never carries out an older one after a newer one. */
  readonly sequence: number
  readonly kind: CommandKind
  /** What the locked phone shows. */
  readonly message: string
  readonly supportPhone: string | null
  /** What a locked phone still does. */
  readonly allowed: readonly string[]
  readonly emergencyNumbers: readonly string[]
  /** Of `enrol` only: what the phone checks unlock codes with. */
  readonly offlineSecret: Uint8Array | null
  readonly expiresAt: Date
  readonly callbackUrl: string
}

export interface DeviceManagement {
  send(command: PhoneCommand): Promise<CommandHandover>
  /** What became of a command. */
  ask(command: { readonly imei: string; readonly key: string }): Promise<CommandReport>
}

const TIMEOUT_MS = 15_000

interface Reply {
  readonly status: number
  readonly said: { readonly id?: unknown; readonly status?: unknown; readonly reason?: unknown }
}

/** Opens an account with a service. */
export function openMdm(account: MdmAccount, send: typeof fetch = fetch): DeviceManagement {
  const request = async (path: string, init: RequestInit): Promise<Reply> => {
    const headers = { ...init.headers, authorization: `Bearer ${account.key}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await send(`${account.url}${path}`, { ...init, headers, signal, redirect: 'error' })
    return { status: response.status, said: (await response.json().catch(() => ({}))) as Reply['said'] }
  }
  return {
    async send(command) {
      const { imei, key } = command
      const init = { method: 'POST', headers: { 'idempotency-key': key }, body: JSON.stringify(bodyOf(command)) }
      try {
        return handoverOf(await request(`/v1/devices/${imei}/commands`, init))
      } catch (error) {
        return { outcome: 'not_reached', reason: reasonOf(error) }
      }
    },
    async ask({ imei, key }) {
      try {
        return reportOf(await request(`/v1/devices/${imei}/commands/${key}`, { method: 'GET' }))
      } catch {
        return { report: 'waiting' }
      }
    },
  }
}

const bodyOf = (command: PhoneCommand): object => ({
  command_id: command.key,
  sequence: command.sequence,
  command: command.kind,
  message: command.message,
  support_phone: command.supportPhone,
  allowed: command.allowed,
  emergency_numbers: command.emergencyNumbers,
  ...(command.offlineSecret && { offline_secret: Buffer.from(command.offlineSecret).toString('base64') }),
  expires_at: command.expiresAt.toISOString(),
  callback_url: command.callbackUrl,
})

/** Statuses after which the same request will never be taken; others (credentials, haste, trouble there) may pass. */
const NEVER_TAKEN = new Set([400, 404, 409, 410, 422])

function handoverOf({ status, said }: Reply): CommandHandover {
  if (status >= 200 && status < 300 && typeof said.id === 'string') return { outcome: 'accepted', remoteId: said.id }
  const reason = `device management ${status}: ${textOf(said.reason)}`
  return NEVER_TAKEN.has(status) ? { outcome: 'refused', reason } : { outcome: 'not_reached', reason }
}

/** What a status, asked for or posted to us, says. */
export function statusReport(said: { readonly status?: unknown; readonly reason?: unknown }): CommandReport {
  if (said.status === 'done') return { report: 'done' }
  const failed = said.status === 'failed' || said.status === 'superseded'
  return failed ? { report: 'failed', reason: textOf(said.reason) || String(said.status) } : { report: 'waiting' }
}

function reportOf({ status, said }: Reply): CommandReport {
  if (status === 404) return { report: 'unknown' }
  return status === 200 ? statusReport(said) : { report: 'waiting' }
}

const textOf = (reason: unknown): string => (typeof reason === 'string' ? reason.slice(0, 200) : '')

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return `device management is out of reach: ${cause instanceof Error ? cause.message : String(cause)}`.slice(0, 300)
}
