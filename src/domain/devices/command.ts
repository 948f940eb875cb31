/**
 * A command to a phone, by way of a device management service that reaches it when it is on the network. requested → sent →
 * acknowledged | failed | expired. It may be handed over any number of times under the same key and is done once. A later
 * command supersedes an earlier one, whose result then changes nothing.
 */

/** `enrol` hands the phone what it needs to be locked and to check unlock codes; `release` lets go of it for good. */
export const COMMAND_KINDS = ['enrol', 'lock', 'unlock', 'release'] as const
export type CommandKind = (typeof COMMAND_KINDS)[number]
export const COMMAND_STATUSES = ['requested', 'sent', 'acknowledged', 'failed', 'expired', 'superseded'] as const
export type CommandStatus = (typeof COMMAND_STATUSES)[number]

/** What came of handing a command over. */
export type CommandHandover =
  | { readonly outcome: 'accepted'; readonly remoteId: string }
  /** It will never be taken: the service does not know the phone, or the command is wrong. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Not taken, or not known whether: it is sent again under the same key. */
  | { readonly outcome: 'not_reached'; readonly reason: string }

/** What the service says became of a command. */
export type CommandReport =
  | { readonly report: 'done' }
  | { readonly report: 'failed'; readonly reason: string }
  /** The phone has not been heard of yet, or the service could not be asked. */
  | { readonly report: 'waiting' }
  /** The service has no such command. */
  | { readonly report: 'unknown' }

export interface Command {
  readonly kind: CommandKind
  readonly status: CommandStatus
  readonly attempts: number
  readonly questions: number
  /** How many commands for the same end have failed before it. */
  readonly retry: number
  readonly expiresAt: Date
  /** No later command has been given to the phone. */
  readonly isLatest: boolean
}

/** Where a command stands now. */
export interface CommandStep {
  readonly status: CommandStatus
  /** When it is to be sent, or asked about, again; null: never. */
  readonly nextTry: Date | null
  readonly failure: string | null
  /** A new command for the same end is to be given at this time. */
  readonly retryAt: Date | null
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

/** Handed over and not heard of: who is at it has died, and the next one may try. */
export const COMMAND_LEASE_MS = MINUTE
const FIRST_QUESTION_AFTER = 5 * MINUTE
const QUESTION_PAUSE_AT_MOST = 6 * 60 * MINUTE
const TRY_PAUSE_AT_MOST = 30 * MINUTE
const RETRY_AFTER = 10 * MINUTE
const RETRIES_AT_MOST = 3

/** How long a command is worth carrying out. What frees a phone is tried for a year. */
const LIFE_DAYS: Readonly<Record<CommandKind, number>> = { enrol: 365, lock: 30, unlock: 365, release: 365 }

export const expiryOf = (kind: CommandKind, now: Date): Date => new Date(now.getTime() + LIFE_DAYS[kind] * DAY)

const isOpen = ({ status }: Command): boolean => status === 'requested' || status === 'sent'

const stay = ({ status }: Command, nextTry: Date | null = null): CommandStep => ({
  ...{ status, nextTry, failure: null, retryAt: null },
})

/** Pauses that double, up to a most. */
function pause(now: Date, { first, times, most }: { first: number; times: number; most: number }): Date {
  return new Date(now.getTime() + Math.min(first * 2 ** Math.min(times, 20), most))
}

/** After a try to hand it over; one that was superseded or reported on meanwhile stays as it is. */
export function afterCommandHandover(command: Command, handover: CommandHandover, now: Date): CommandStep {
  if (!isOpen(command)) return stay(command)
  if (handover.outcome === 'refused') return { ...stay(command), status: 'failed', failure: handover.reason }
  if (handover.outcome === 'accepted') {
    return { ...stay(command), status: 'sent', nextTry: new Date(now.getTime() + FIRST_QUESTION_AFTER) }
  }
  if (now >= command.expiresAt) return { ...stay(command), status: 'expired', failure: handover.reason }
  const times = command.attempts - 1
  const nextTry = pause(now, { first: 10 * SECOND, times, most: TRY_PAUSE_AT_MOST })
  return { ...stay(command, nextTry), failure: handover.reason }
}

/**
 * After the service said what became of it, however late and however often. Only the latest command of a phone counts; one
 * that had expired and was done after all is acknowledged. A failed one is given again, three times at most.
 */
export function afterReport(command: Command, report: CommandReport, now: Date): CommandStep {
  if (!command.isLatest) return stay(command)
  if (report.report === 'done' && (isOpen(command) || command.status === 'expired')) {
    return { ...stay(command), status: 'acknowledged' }
  }
  if (!isOpen(command)) return stay(command)
  if (report.report === 'failed') return failed(command, report.reason, now)
  if (now >= command.expiresAt) return { ...stay(command), status: 'expired', failure: 'the phone was not heard of' }
  if (report.report === 'unknown') return { ...stay(command, now), status: 'requested' }
  const times = command.questions
  return stay(command, pause(now, { first: FIRST_QUESTION_AFTER, times, most: QUESTION_PAUSE_AT_MOST }))
}

function failed(command: Command, failure: string, now: Date): CommandStep {
  const again = command.retry < RETRIES_AT_MOST
  const retryAt = again ? pause(now, { first: RETRY_AFTER, times: command.retry, most: DAY }) : null
  return { ...stay(command), status: 'failed', failure, retryAt }
}

/**
 * Whether a phone may be locked after what it was told so far: then calling a lock off takes a command. What never left us
 * does not count.
 */
export function mayBeLocked(told: readonly Pick<Command, 'kind' | 'status' | 'attempts'>[]): boolean {
  const last = told.findLast(({ kind, attempts }) => kind !== 'enrol' && attempts > 0)
  return last !== undefined && (last.kind === 'lock' || last.status !== 'acknowledged')
}
