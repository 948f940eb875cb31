/**
 * The built-in device management: a server of our own on the loopback, for demo and tests, that speaks the protocol of
 * docs/device-management.md. Its phones are on the network until they are said to be off it; a restart forgets them.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { MdmAccount } from '#platform/config.ts'
import {
  type GivenMdmRule,
  type MdmRule,
  mdmRuleSchema,
  openMdmRules,
  phoneSchema,
} from '#platform/providers/mdm/simulator/outcomes.ts'
import { type Loopback, serveOnLoopback } from '#platform/providers/loopback.ts'

const commandSchema = z.object({
  command_id: z.string().min(8).max(64),
  sequence: z.int().min(1),
  command: z.enum(['enrol', 'lock', 'unlock', 'release']),
  message: z.string().max(500),
  support_phone: z.string().nullable(),
  allowed: z.array(z.string()),
  emergency_numbers: z.array(z.string()),
  offline_secret: z.base64().optional(),
  expires_at: z.iso.datetime(),
  callback_url: z.url({ protocol: /^https?$/ }),
})

type TakenCommand = z.output<typeof commandSchema> & {
  readonly id: string
  readonly imei: string
  readonly rule: MdmRule
  status: 'queued' | 'done' | 'failed' | 'superseded'
}

interface SimulatedPhone {
  readonly imei: string
  online: boolean
  state: 'free' | 'locked' | 'released'
  /** What it does while it is locked. */
  allowed: readonly string[]
  offlineSecret: string | null
  /** The newest of its commands to lock and unlock that it has carried out. */
  sequence: number
}

export interface MdmSimulator {
  readonly url: string
  /** An account with it, for results to be sent to an address. */
  account(callbackUrl: string): MdmAccount
  /** What shall become of commands to come. */
  rule(rule: GivenMdmRule): void
  clearRules(): void
  /** Takes a phone off the network, or brings it back: then it carries out what waits for it. */
  setOnline(imei: string, online: boolean): void
  phone(imei: string): Readonly<SimulatedPhone>
  /** Everything it took, in the order of taking. */
  commands(imei: string): readonly TakenCommand[]
  close(): Promise<void>
}

export interface MdmSimulatorOptions {
  readonly port?: number
  /** Of results, where no rule says otherwise. */
  readonly delayMs?: number
}

const KEY = 'mdm-simulator-key'

/** Starts listening on the loopback. */
export async function startMdmSimulator(options: MdmSimulatorOptions = {}): Promise<MdmSimulator> {
  const { port = 0, delayMs = 1_500 } = options
  const desk = openDesk(delayMs)
  const server = await serveOnLoopback((request, response) => serve(desk, request, response), port)
  const { url } = server
  return {
    url,
    account: (callbackUrl) => ({ url, key: KEY, callbackUrl }),
    rule: desk.rules.set,
    clearRules: desk.rules.clear,
    setOnline: (imei, online) => setOnline(desk, { imei, online }),
    phone: (imei) => phoneOf(desk, imei),
    commands: (imei) => [...desk.commands.values()].filter((one) => one.imei === imei),
    close: () => close(server, desk),
  }
}

interface Desk {
  readonly rules: ReturnType<typeof openMdmRules>
  readonly commands: Map<string, TakenCommand>
  readonly phones: Map<string, SimulatedPhone>
  readonly timers: Set<NodeJS.Timeout>
}

const openDesk = (delayMs: number): Desk => ({
  ...{ rules: openMdmRules(delayMs), commands: new Map<string, TakenCommand>() },
  ...{ phones: new Map<string, SimulatedPhone>(), timers: new Set<NodeJS.Timeout>() },
})

function close(server: Loopback, desk: Desk): Promise<void> {
  for (const timer of desk.timers) clearTimeout(timer)
  return server.close()
}

function phoneOf(desk: Desk, imei: string): SimulatedPhone {
  const fresh = { imei, online: true, state: 'free', allowed: [], offlineSecret: null, sequence: 0 } as const
  const phone: SimulatedPhone = desk.phones.get(imei) ?? { ...fresh }
  desk.phones.set(imei, phone)
  return phone
}

type Reply = readonly [status: number, body: object]

async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = answer(desk, request, await readJson(request))
  if (reply === 'hang up') {
    response.destroy()
    return
  }
  response.writeHead(reply[0], { 'content-type': 'application/json' }).end(JSON.stringify(reply[1]))
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return null
  }
}

const COMMANDS_PATH = /^\/v1\/devices\/(\d{15})\/commands(?:\/([\w-]+))?$/

function answer(desk: Desk, request: IncomingMessage, body: unknown): Reply | 'hang up' {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const what = `${request.method} ${pathname}`
  if (what === 'GET /simulator/phones') return [200, [...desk.phones.values()].map(({ offlineSecret, ...one }) => one)]
  if (what === 'POST /simulator/phones') return control(phoneSchema, body, (phone) => setOnline(desk, phone))
  if (what === 'POST /simulator/rules') return control(mdmRuleSchema, body, desk.rules.set)
  const [, imei, key] = COMMANDS_PATH.exec(pathname) ?? []
  if (!imei) return [404, { reason: 'there is no such path' }]
  if (request.headers.authorization !== `Bearer ${KEY}`) return [401, { reason: 'the key is wrong' }]
  if (request.method === 'POST' && !key) return take(desk, imei, body)
  if (request.method !== 'GET' || !key) return [405, { reason: 'the method is not allowed' }]
  const found = desk.commands.get(key)
  if (!found || found.rule.outcome === 'forgotten') return [404, { reason: 'there is no such command' }]
  return [200, statusOf(found)]
}

function control<T>(schema: z.ZodType<T>, body: unknown, act: (given: T) => void): Reply {
  const parsed = schema.safeParse(body)
  if (!parsed.success) return [400, { error: parsed.error.issues }]
  act(parsed.data)
  return [201, parsed.data as object]
}

const statusOf = ({ id, command_id, status, rule }: TakenCommand): object => ({
  ...{ id, command_id, status },
  ...(status === 'failed' && { reason: rule.reason }),
})

/** One command of a name is taken once; the same again is answered like the first. */
function take(desk: Desk, imei: string, body: unknown): Reply | 'hang up' {
  const parsed = commandSchema.safeParse(body)
  if (!parsed.success) return [422, { reason: parsed.error.issues.map(({ path }) => path.join('.')).join(', ') }]
  const known = desk.commands.get(parsed.data.command_id)
  if (known) return [202, statusOf(known)]
  const rule = desk.rules.take(imei)
  if (rule.outcome === 'busy') return [429, { reason: 'too many requests' }]
  if (rule.outcome === 'unknown_device') return [404, { reason: 'no such device is enrolled' }]
  if (rule.outcome === 'lost_before') return 'hang up'
  const id = randomBytes(8).toString('hex')
  const command: TakenCommand = { ...parsed.data, id, imei, rule, status: 'queued' }
  desk.commands.set(command.command_id, command)
  later(desk, rule.delayMs, () => phoneOf(desk, imei).online && carryOut(desk, command))
  return rule.outcome === 'lost_after' ? 'hang up' : [202, statusOf(command)]
}

function later(desk: Desk, ms: number, work: () => void): void {
  const timer = setTimeout(() => {
    desk.timers.delete(timer)
    work()
  }, ms)
  desk.timers.add(timer)
}

function setOnline(desk: Desk, { imei, online }: { imei: string; online: boolean }): void {
  phoneOf(desk, imei).online = online
  if (!online) return
  const waiting = [...desk.commands.values()].filter((one) => one.imei === imei && one.status === 'queued')
  for (const command of waiting.sort((a, b) => b.sequence - a.sequence)) carryOut(desk, command)
}

const STATES = { lock: 'locked', unlock: 'free', release: 'released' } as const

/** An older command is never carried out after a newer one, and nothing locks a phone that was let go. */
function carryOut(desk: Desk, command: TakenCommand): void {
  const phone = phoneOf(desk, command.imei)
  if (command.status !== 'queued') return
  if (command.rule.outcome === 'fail') command.status = 'failed'
  else if (command.command === 'enrol') enrol(phone, command)
  else if (command.sequence < phone.sequence || phone.state === 'released') command.status = 'superseded'
  else {
    phone.sequence = command.sequence
    phone.state = STATES[command.command]
    phone.allowed = command.command === 'lock' ? command.allowed : []
    command.status = 'done'
  }
  report(desk, command)
}

function enrol(phone: SimulatedPhone, command: TakenCommand): void {
  phone.offlineSecret = command.offline_secret ?? null
  if (phone.state === 'released') phone.state = 'free'
  command.status = 'done'
}

function report(desk: Desk, command: TakenCommand): void {
  const { outcome } = command.rule
  if (outcome === 'silent' || outcome === 'forgotten') return
  const body = statusOf(command)
  tell(desk, [command.callback_url, body])
  if (outcome === 'twice') later(desk, 20, () => tell(desk, [command.callback_url, body]))
  const otherwise = { ...body, status: 'failed', reason: command.rule.reason }
  if (outcome === 'contradict') later(desk, 40, () => tell(desk, [command.callback_url, otherwise]))
}

const TELLS_AT_MOST = 5

/** Posts a result, some times over where nobody takes it. */
function tell(desk: Desk, to: readonly [url: string, body: object], tries = 1): void {
  const [url, body] = to
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    .then((response) => response.ok || Promise.reject(new Error(String(response.status))))
    .catch(() => {
      if (tries < TELLS_AT_MOST) later(desk, 200 * 2 ** tries, () => tell(desk, to, tries + 1))
    })
}
