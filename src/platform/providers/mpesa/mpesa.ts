/** M-Pesa through Safaricom's Daraja: paying out (B2C) and asking what became of it. Never throws: what the network does is an outcome. */
import type { MpesaAccount } from '#platform/config.ts'
import type { Handover } from '#domain/payouts/order.ts'

export interface PayoutRequest {
  /** Our own name of the order: Daraja takes one name once, so sending it again never pays twice. */
  readonly originatorId: string
  /** E.164. */
  readonly phone: string
  /** Whole shillings. */
  readonly shillings: string
  readonly remarks: string
  readonly resultUrl: string
  readonly timeoutUrl: string
}

interface StatusQuestion {
  readonly originatorId: string
  readonly resultUrl: string
  readonly timeoutUrl: string
}

export interface Daraja {
  payOut(request: PayoutRequest): Promise<Handover>
  /** Asks; the answer comes to the result URL like any other. */
  ask(question: StatusQuestion): Promise<Handover>
}

const TIMEOUT_MS = 20_000
/** A token is renewed this long before it ends. */
const BEFORE_END_MS = 60_000

/** Opens an account with Daraja; its token is fetched when it is needed and kept until shortly before its end. */
export function openDaraja(account: MpesaAccount, send: typeof fetch = fetch): Daraja {
  const post = poster(account, send)
  const { initiator, securityCredential, shortCode } = account
  return {
    payOut: (request) =>
      post('/mpesa/b2c/v3/paymentrequest', {
        OriginatorConversationID: request.originatorId,
        InitiatorName: initiator,
        SecurityCredential: securityCredential,
        CommandID: 'BusinessPayment',
        Amount: request.shillings,
        PartyA: shortCode,
        PartyB: request.phone.replace('+', ''),
        Remarks: request.remarks,
        QueueTimeOutURL: request.timeoutUrl,
        ResultURL: request.resultUrl,
        // Daraja's own spelling.
        Occassion: request.remarks,
      }),
    ask: (question) =>
      post('/mpesa/transactionstatus/v1/query', {
        Initiator: initiator,
        SecurityCredential: securityCredential,
        CommandID: 'TransactionStatusQuery',
        OriginalConversationID: question.originatorId,
        PartyA: shortCode,
        // An organisation's short code.
        IdentifierType: '4',
        ResultURL: question.resultUrl,
        QueueTimeOutURL: question.timeoutUrl,
        Remarks: 'Status of a payout',
        Occasion: question.originatorId,
      }),
  }
}

type Body = Readonly<Record<string, string>>

interface Reply {
  readonly status: number
  readonly said: {
    readonly ConversationID?: string
    readonly ResponseCode?: string
    readonly ResponseDescription?: string
    readonly errorCode?: string
    readonly errorMessage?: string
  }
}

function poster(account: MpesaAccount, send: typeof fetch): (path: string, body: Body) => Promise<Handover> {
  const tokens = tokenKeeper(account, send)
  const once = async (path: string, body: Body): Promise<Reply> => {
    const response = await send(`${account.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokens.get()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, said: (await response.json().catch(() => ({}))) as Reply['said'] }
  }
  return async (path, body) => {
    try {
      const reply = await once(path, body)
      if (!tokenIsRefused(reply)) return outcomeOf(reply)
      tokens.drop()
      return outcomeOf(await once(path, body))
    } catch (error) {
      return error instanceof NoToken || neverArrived(error)
        ? { outcome: 'not_reached', reason: reasonOf(error) }
        : { outcome: 'unheard', reason: reasonOf(error) }
    }
  }
}

const TOKEN_REFUSED = new Set(['404.001.03', '400.003.01', '401.002.01', '401.003.01'])

const tokenIsRefused = ({ status, said }: Reply): boolean => status === 401 || TOKEN_REFUSED.has(said.errorCode ?? '')

/** Too many requests a second, a quota used up: nothing was taken, later it will be. */
const TOO_BUSY = new Set(['500.003.02', '500.003.03'])

function outcomeOf(reply: Reply): Handover {
  const { status, said } = reply
  const reason =
    `Daraja ${status}: ${said.errorCode ?? said.ResponseCode ?? ''} ${said.errorMessage ?? said.ResponseDescription ?? ''}`.trim()
  if (status === 200 && String(said.ResponseCode) === '0' && said.ConversationID) {
    return { outcome: 'accepted', conversationId: said.ConversationID }
  }
  if (/duplicate/i.test(`${said.errorMessage} ${said.ResponseDescription}`)) return { outcome: 'known_already' }
  if (tokenIsRefused(reply) || status === 429 || TOO_BUSY.has(said.errorCode ?? ''))
    return { outcome: 'not_reached', reason }
  if (status === 400 && said.errorCode) return { outcome: 'refused', reason }
  return status >= 403 && status <= 405 ? { outcome: 'not_reached', reason } : { outcome: 'unheard', reason }
}

class NoToken extends Error {}

interface TokenKeeper {
  get(): Promise<string>
  drop(): void
}

/** One token for all, by the machine's own time, since Daraja counts in it; those who want it at once wait for one request. */
function tokenKeeper(account: MpesaAccount, send: typeof fetch): TokenKeeper {
  let kept: { readonly token: Promise<string>; until: number } | undefined
  const fetchToken = async (): Promise<string> => {
    const basic = Buffer.from(`${account.consumerKey}:${account.consumerSecret}`).toString('base64')
    const response = await send(`${account.url}/oauth/v1/generate?grant_type=client_credentials`, {
      headers: { authorization: `Basic ${basic}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => Promise.reject(new NoToken(`no token from Daraja: ${reasonOf(error)}`)))
    const said = (await response.json().catch(() => ({}))) as { access_token?: string; expires_in?: string }
    if (!response.ok || !said.access_token) throw new NoToken(`no token from Daraja: ${response.status}`)
    if (kept) kept.until = performance.now() + Number(said.expires_in ?? 0) * 1_000 - BEFORE_END_MS
    return said.access_token
  }
  return {
    get() {
      if (!kept || kept.until <= performance.now()) {
        kept = { token: fetchToken(), until: Number.POSITIVE_INFINITY }
        kept.token.catch(() => {
          kept = undefined
        })
      }
      return kept.token
    },
    drop() {
      kept = undefined
    },
  }
}

const NEVER_ARRIVED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
])

/** No connection was made, so nothing can have been taken. */
const neverArrived = (error: unknown): boolean => NEVER_ARRIVED.has(codeOf(error))

function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  if (cause instanceof AggregateError) return codeOf(cause.errors[0])
  return cause instanceof Error ? codeOf(cause) : ''
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return (cause instanceof Error ? cause.message || codeOf(cause) : String(cause)).slice(0, 300)
}
