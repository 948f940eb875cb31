/** Who asks, for which organisation, when: the explicit argument of every use case, and the transaction it runs in. */
import { EVERYTHING, NOTHING, type Scope, scopeOf, scopeOfCustomer } from '#domain/access.ts'
import { type Day, dayIn } from '#domain/day.ts'
import type { NewEvent } from '#domain/event.ts'
import type { Role } from '#domain/permission.ts'
import { Refusal } from '#domain/refusal.ts'
import type { Config } from '#platform/config.ts'
import type { Clock } from '#platform/clock.ts'
import { type Database, savepoint, type Tx } from '#platform/database/db.ts'
import { appendEvents } from '#platform/events/event-log.ts'
import type { ThreadPool, ThreadTask } from '#platform/work/thread-pool.ts'
import type { FileStore } from '#platform/files/storage.ts'
import type { Log } from '#platform/observability/log.ts'

export interface Organisation {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly currency: string
  readonly timeZone: string
  readonly locale: string
  readonly country: string
  readonly policies: Readonly<Record<string, unknown>>
}

export type Actor =
  | {
      readonly kind: 'user'
      readonly id: number
      readonly roles: readonly Role[]
      readonly sessionId: string
      /** The customer record of a customer's own login. */
      readonly customerId: number | null
      /** The one branch that they work for; absent: no one branch. */
      readonly branch?: string | null
    }
  /** Staff of the platform acting in an organisation that is not their own. */
  | {
      readonly kind: 'operator'
      readonly id: number
      readonly roles: readonly Role[]
      readonly sessionId: string
      readonly home: Organisation
    }
  /** Another institution with a key of its own. */
  | { readonly kind: 'third_party'; readonly id: number; readonly name: string; readonly roles: readonly Role[] }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'provider'; readonly name: string }
  | { readonly kind: 'system'; readonly name: string }

/** How an actor stands in events and journal entries: `user:12`, `provider:mpesa`, `system:close-of-business`. */
export function actorLabel(actor: Actor): string {
  if ('id' in actor) return `${actor.kind}:${actor.id}`
  return actor.kind === 'anonymous' ? 'anonymous' : `${actor.kind}:${actor.name}`
}

/** Whom the actor reaches: people by their roles and branch, the system and providers everybody, strangers nobody. */
export function scopeOfActor(actor: Actor): Scope {
  switch (actor.kind) {
    case 'user':
      return scopeOf({ ...actor, userId: actor.id })
    case 'operator':
    case 'third_party':
      return scopeOf({ roles: actor.roles, userId: null })
    case 'anonymous':
      return NOTHING
    case 'provider':
    case 'system':
      return EVERYTHING
  }
}

/** What the process is made of; built once in app.ts. */
export interface Services {
  readonly config: Config
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly files: FileStore
  readonly threads: ThreadPool
  /** Tells the worker of this process that there is something to read; others notice by themselves. */
  wakeWorker(): void
}

/** A request or job at the door: everything but the transaction. */
export interface Door {
  readonly services: Services
  readonly org: Organisation
  readonly actor: Actor
  /** Whom the actor reaches: views show nothing beyond it, locks find nothing beyond it. */
  readonly scope: Scope
  readonly contract: string
  readonly now: Date
  /** The organisation's business day. */
  readonly today: Day
  readonly requestId: string
  /** Where the request came from, for throttling. */
  readonly address: string
}

export interface Ctx extends Door {
  readonly tx: Tx
  /** Emitted so far; appended to the log right before the commit. */
  readonly events: NewEvent[]
  /** What was tried; appended also when the transaction is refused. */
  readonly attempts: NewEvent[]
}

/** A door of the system's own: jobs, subscribers, seeds. */
export function systemDoor(services: Services, org: Organisation, name: string): Door {
  return doorAt(services, { org, actor: { kind: 'system', name }, contract: 'system', requestId: name, address: '' })
}

/** Does what may take long in a thread, for whoever stands at the door. Refuses what the task refuses, and unavailable. */
export const inThread = <Input, Value>(door: Door, task: ThreadTask<Input, Value>, input: Input): Promise<Value> =>
  door.services.threads.run(task, input, { address: door.address, known: door.actor.kind !== 'anonymous' })

type Asked = Pick<Door, 'org' | 'actor' | 'contract' | 'requestId' | 'address'>

/** The door of one request, at the clock's now. */
export function doorAt(services: Services, asked: Asked): Door {
  const now = services.clock.now()
  return { services, ...asked, scope: scopeOfActor(asked.actor), now, today: dayIn(asked.org.timeZone, now) }
}

/** The same context for a rule that must hold whatever the actor may see. */
export const regardless = <C extends Pick<Ctx, 'scope'>>(ctx: C): C => ({ ...ctx, scope: EVERYTHING })

/** The same context with the reach of one customer: for whoever has just proved to be that customer, or acts by their leave. */
export const reachingCustomer = <C extends Pick<Ctx, 'scope'>>(ctx: C, customerId: number): C => ({
  ...ctx,
  scope: scopeOfCustomer(customerId),
})

/** The same context, acted in by somebody else. */
export const actingAs = <C extends Pick<Ctx, 'actor' | 'scope'>>(ctx: C, actor: Actor): C => ({
  ...ctx,
  actor,
  scope: scopeOfActor(actor),
})

/**
 * One use case, one transaction: a refusal or bug thrown anywhere rolls all of it back, events included. What was merely
 * tried (`emitAttempt`) is appended all the same when it was refused.
 */
export async function transact<T>(door: Door, work: (ctx: Ctx) => Promise<T>, readOnly = false): Promise<T> {
  const { db } = door.services
  let emitted = 0
  let attempts: NewEvent[] = []
  const run = async (tx: Tx): Promise<T> => {
    attempts = []
    const ctx: Ctx = { ...door, tx, events: [], attempts }
    const value = await work(ctx)
    ctx.events.push(...attempts)
    emitted = ctx.events.length
    if (emitted > 0) await appendEvents({ ...ctx, by: actorLabel(ctx.actor) }, ctx.events)
    return value
  }
  try {
    const result = await db.transact(door.org.id, run, readOnly)
    if (emitted > 0) door.services.wakeWorker()
    return result
  } catch (error) {
    if (error instanceof Refusal && attempts.length > 0) await transact(door, async (ctx) => stateAgain(ctx, attempts))
    throw error
  }
}

const stateAgain = (ctx: Ctx, facts: readonly NewEvent[]): void => void ctx.events.push(...facts)

/** Part of a use case that may be refused without undoing the rest; what it emitted is undone with it. */
export async function attempt<T>(ctx: Ctx, work: () => Promise<T>): Promise<T> {
  const emitted = ctx.events.length
  try {
    return await savepoint(ctx.tx, work)
  } catch (error) {
    ctx.events.length = emitted
    throw error
  }
}
