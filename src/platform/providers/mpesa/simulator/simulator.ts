/**
 * The built-in M-Pesa: a Daraja server of our own on the loopback, for demo and tests. It speaks Daraja's protocol over HTTP
 * and posts results to the URLs it is given; money does not move. Its own memory is all it has: a restart forgets.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MpesaAccount } from '#platform/config.ts'
import {
  accepted,
  conversationId,
  descriptionOf,
  errorMessage,
  payoutResult,
  receiptNumber,
  statusResult,
  type Transaction,
} from '#platform/providers/mpesa/simulator/messages.ts'
import { type GivenRule, openRules, type Rule, ruleSchema } from '#platform/providers/mpesa/simulator/outcomes.ts'
import { type Loopback, serveOnLoopback } from '#platform/providers/loopback.ts'

export interface MpesaSimulator {
  readonly url: string
  /** An account of it, for results to be sent to an address. */
  account(callbackUrl: string): MpesaAccount
  /** What shall become of payouts to come. */
  rule(rule: GivenRule): void
  clearRules(): void
  /** Everything it accepted; money that was paid has result 0. */
  transactions(): readonly Transaction[]
  /** Whole shillings paid to a phone, as it writes phones. */
  paidTo(phone: string): number
  /** Refuses tokens handed out so far, as when they end. */
  endTokens(): void
  close(): Promise<void>
}

export interface SimulatorOptions {
  readonly port?: number
  /** Of results, where no rule says otherwise. */
  readonly delayMs?: number
  now?(): Date
}

const KEY = 'simulator'
const SECRET = 'simulator-secret'
const SHORT_CODE = '600997'

/** Starts listening on the loopback. */
export async function startMpesaSimulator(options: SimulatorOptions = {}): Promise<MpesaSimulator> {
  const { port = 0, delayMs = 1_500, now = () => new Date() } = options
  const desk = openDesk({ delayMs, now })
  const server = await serveOnLoopback((request, response) => serve(desk, request, response), port)
  const { url } = server
  return {
    url,
    account: (callbackUrl) => ({
      ...{ url, consumerKey: KEY, consumerSecret: SECRET, shortCode: SHORT_CODE, callbackUrl },
      ...{ initiator: 'testapi', securityCredential: 'c2ltdWxhdG9y' },
    }),
    rule: desk.rules.set,
    clearRules: desk.rules.clear,
    transactions: () => [...desk.transactions.values()],
    paidTo: (phone) =>
      [...desk.transactions.values()]
        .filter((one) => one.phone === phone && one.result?.code === '0')
        .reduce((sum, one) => sum + one.shillings, 0),
    endTokens: () => desk.tokens.clear(),
    close: () => close(server, desk),
  }
}

interface Desk {
  readonly rules: ReturnType<typeof openRules>
  readonly tokens: Set<string>
  readonly transactions: Map<string, Transaction>
  readonly timers: Set<NodeJS.Timeout>
  now(): Date
}

const openDesk = ({ delayMs, now }: { delayMs: number; now(): Date }): Desk => ({
  ...{ rules: openRules(delayMs), tokens: new Set<string>(), transactions: new Map<string, Transaction>() },
  ...{ timers: new Set<NodeJS.Timeout>(), now },
})

function close(server: Loopback, desk: Desk): Promise<void> {
  for (const timer of desk.timers) clearTimeout(timer)
  return server.close()
}

type Reply = readonly [status: number, body: object]

async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readJson(request)
  const reply = answer(desk, request, body)
  if (reply === 'hang up') {
    response.destroy()
    return
  }
  response.writeHead(reply[0], { 'content-type': 'application/json' }).end(JSON.stringify(reply[1]))
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | null> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function answer(desk: Desk, request: IncomingMessage, body: Record<string, unknown> | null): Reply | 'hang up' {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const what = `${request.method} ${pathname}`
  if (what === 'GET /oauth/v1/generate') return grantToken(desk, request)
  if (what === 'GET /simulator/transactions') return [200, [...desk.transactions.values()]]
  if (what === 'POST /simulator/rules') return setRule(desk, body)
  if (!PATHS.has(pathname)) return [404, errorMessage('404.002.01', 'Resource not found')]
  if (request.method !== 'POST') return [405, errorMessage('405.001', 'Method Not Allowed')]
  if (!desk.tokens.has(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')) {
    return [404, errorMessage('404.001.03', 'Invalid Access Token')]
  }
  const sent = body && stringsOf(body)
  if (!sent) return [400, errorMessage('400.002.05', 'Invalid Request Payload')]
  return pathname === STATUS_PATH ? takeQuestion(desk, sent) : takePayout(desk, sent)
}

const STATUS_PATH = '/mpesa/transactionstatus/v1/query'
const PATHS: ReadonlySet<string> = new Set([
  '/mpesa/b2c/v3/paymentrequest',
  '/mpesa/b2c/v1/paymentrequest',
  STATUS_PATH,
])

type Sent = Readonly<Record<string, string>>

const stringsOf = (body: Record<string, unknown>): Sent =>
  Object.fromEntries(Object.entries(body).map(([key, value]) => [key, String(value ?? '')]))

function grantToken(desk: Desk, request: IncomingMessage): Reply {
  const expected = `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString('base64')}`
  if (request.headers.authorization !== expected)
    return [400, errorMessage('400.008.01', 'Invalid Authentication passed')]
  const token = randomBytes(21).toString('base64url')
  desk.tokens.add(token)
  return [200, { access_token: token, expires_in: '3599' }]
}

function setRule(desk: Desk, body: Record<string, unknown> | null): Reply {
  const rule = ruleSchema.safeParse(body)
  if (!rule.success) return [400, { error: rule.error.issues }]
  desk.rules.set(rule.data)
  return [201, rule.data]
}

function faultIn(sent: Sent): string | null {
  const { CommandID, Amount = '', PartyA = '', PartyB = '', Remarks = '' } = sent
  if (!sent.InitiatorName) return 'InitiatorName'
  if (!sent.SecurityCredential) return 'SecurityCredential'
  if (!['BusinessPayment', 'SalaryPayment', 'PromotionPayment'].includes(CommandID ?? '')) return 'CommandID'
  if (!/^\d{1,6}$/.test(Amount) || Number(Amount) < 10 || Number(Amount) > 250_000) return 'Amount'
  if (!/^\d{5,7}$/.test(PartyA)) return 'PartyA'
  if (!/^254[17]\d{8}$/.test(PartyB)) return 'PartyB'
  if (Remarks.length < 2 || Remarks.length > 100) return 'Remarks'
  return [sent.ResultURL, sent.QueueTimeOutURL].every((url) => /^https?:\/\//.test(url ?? '')) ? null : 'ResultURL'
}

function takePayout(desk: Desk, sent: Sent): Reply | 'hang up' {
  const fault = faultIn(sent)
  if (fault) return [400, errorMessage('400.002.02', `Bad Request - Invalid ${fault}`)]
  const originatorId =
    sent.OriginatorConversationID || `${randomBytes(4).toString('hex')}-${randomBytes(4).toString('hex')}-1`
  const rule = desk.transactions.has(originatorId) ? null : desk.rules.take(sent.PartyB!)
  if (!rule) return [500, errorMessage('500.002.1001', 'Duplicate OriginatorConversationID.')]
  if (rule.outcome === 'busy') return [500, errorMessage('500.003.02', 'Error Occurred: Spike Arrest Violation')]
  if (rule.outcome === 'invalid') return [400, errorMessage('400.002.02', 'Bad Request - Invalid PartyB')]
  if (rule.outcome === 'lost_before') return 'hang up'
  const transaction: Transaction = {
    originatorId,
    conversationId: conversationId(desk.now()),
    transactionId: receiptNumber(),
    phone: sent.PartyB!,
    shillings: Number(sent.Amount),
    shortCode: sent.PartyA!,
    at: desk.now(),
    result: null,
  }
  desk.transactions.set(originatorId, transaction)
  later(desk, rule.delayMs, () => decide(desk, { transaction, rule, sent }))
  return rule.outcome === 'lost_after' ? 'hang up' : [200, accepted(transaction)]
}

function later(desk: Desk, ms: number, work: () => void): void {
  const timer = setTimeout(() => {
    desk.timers.delete(timer)
    work()
  }, ms)
  desk.timers.add(timer)
}

interface Deciding {
  readonly transaction: Transaction
  readonly rule: Rule
  readonly sent: Sent
}

/** The money moves here, once, whatever is heard of it. */
function decide(desk: Desk, { transaction, rule, sent }: Deciding): void {
  const fails = rule.outcome === 'fail' || rule.outcome === 'silent_fail'
  const code = fails ? rule.resultCode : '0'
  desk.transactions.set(transaction.originatorId, {
    ...transaction,
    result: { code, description: descriptionOf(code) },
  })
  if (rule.outcome === 'silent' || rule.outcome === 'silent_fail') return
  if (rule.outcome === 'timeout') {
    tell(desk, [sent.QueueTimeOutURL!, payoutResult({ ...transaction }, '1037')])
    return
  }
  tell(desk, [sent.ResultURL!, payoutResult(transaction, code)])
  if (rule.outcome === 'twice') later(desk, 20, () => tell(desk, [sent.ResultURL!, payoutResult(transaction, code)]))
  if (rule.outcome === 'contradict')
    later(desk, 50, () => tell(desk, [sent.ResultURL!, payoutResult(transaction, '2040')]))
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

function takeQuestion(desk: Desk, sent: Sent): Reply {
  const { Initiator, SecurityCredential, CommandID, IdentifierType, ResultURL } = sent
  if (
    !Initiator ||
    !SecurityCredential ||
    CommandID !== 'TransactionStatusQuery' ||
    IdentifierType !== '4' ||
    !ResultURL
  ) {
    return [400, errorMessage('400.002.02', 'Bad Request - Invalid request')]
  }
  const asked = [...desk.transactions.values()].find(
    (one) => one.originatorId === sent.OriginalConversationID || one.transactionId === sent.TransactionID,
  )
  const ids = { originatorId: `${randomBytes(8).toString('hex')}-1`, conversationId: conversationId(desk.now()) }
  const status = !asked?.result ? 'Pending' : asked.result.code === '0' ? 'Completed' : 'Failed'
  later(desk, 10, () => tell(desk, [ResultURL, statusResult(asked ?? null, ids, status)]))
  return [200, accepted(ids)]
}
