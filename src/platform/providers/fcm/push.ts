/** Pushes through Firebase Cloud Messaging (HTTP v1), under a service account of Google. */
import { createSigner } from 'fast-jwt'
import type { PushAccount } from '#platform/config.ts'
import type { Delivery } from '#platform/providers/sms/sms.ts'

export interface Push {
  /** The application's registration token. */
  readonly token: string
  readonly title: string
  readonly body: string
  /** What the application is handed when the person touches the notification. */
  readonly data: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 15_000
/** The notification channel that the application has made on Android. */
const CHANNEL = 'movicuotas_channel'

/**
 * Hands one push to FCM. Never throws: what the network does is an outcome. An application that is gone from its phone, or
 * a token that is none, is rejected as an address that is gone; an access token that ended is renewed once.
 */
export async function sendPush(account: PushAccount, push: Push): Promise<Delivery> {
  const keeper = keeperOf(account)
  try {
    const first = await post(account, await keeper.get(), push)
    if (first.status !== 401) return outcomeOf(first)
    keeper.drop()
    return outcomeOf(await post(account, await keeper.get(), push))
  } catch (error) {
    return { outcome: 'try_again', error: `FCM cannot be reached: ${causeOf(error)}` }
  }
}

interface Reply {
  readonly status: number
  readonly retryAfter: string | null
  readonly said: {
    readonly name?: string
    readonly error?: {
      readonly message?: string
      readonly status?: string
      readonly details?: readonly { readonly errorCode?: string }[]
    }
  }
}

async function post(account: PushAccount, accessToken: string, push: Push): Promise<Reply> {
  const response = await fetch(`${account.url}/v1/projects/${account.projectId}/messages:send`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      message: {
        token: push.token,
        notification: { title: push.title, body: push.body },
        data: push.data,
        android: { priority: 'HIGH', notification: { channel_id: CHANNEL } },
      },
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const said = (await response.json().catch(() => ({}))) as Reply['said']
  return { status: response.status, retryAfter: response.headers.get('retry-after'), said }
}

/** Another project's token, or none at all: no later try makes it good. */
const GONE = new Set(['UNREGISTERED', 'SENDER_ID_MISMATCH'])

function outcomeOf({ status, retryAfter, said }: Reply): Delivery {
  if (status === 200 && said.name) return { outcome: 'sent', reference: said.name }
  const code = said.error?.details?.find(({ errorCode }) => errorCode)?.errorCode ?? said.error?.status ?? ''
  const error = `FCM ${status}: ${code} ${said.error?.message ?? ''}`.trim()
  if (GONE.has(code) || (code === 'INVALID_ARGUMENT' && /registration token/i.test(said.error?.message ?? ''))) {
    return { outcome: 'rejected', error, addressGone: true }
  }
  if (status === 400) return { outcome: 'rejected', error }
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number.parseInt(retryAfter!, 10) : undefined
  return { outcome: 'try_again', error, ...(seconds !== undefined && { retryAfterSeconds: seconds }) }
}

interface TokenKeeper {
  get(): Promise<string>
  drop(): void
}

const keepers = new WeakMap<PushAccount, TokenKeeper>()

function keeperOf(account: PushAccount): TokenKeeper {
  const keeper = keepers.get(account) ?? keepTokens(account)
  keepers.set(account, keeper)
  return keeper
}

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const LIFE_SECONDS = 3_600
/** A token is renewed this long before it ends. */
const BEFORE_END_MS = 60_000

/** One access token for all, by the machine's own time, since Google counts in it; those who want it at once wait for one request. */
function keepTokens(account: PushAccount): TokenKeeper {
  let kept: { readonly token: Promise<string>; until: number } | undefined
  const sign = createSigner({ algorithm: 'RS256', key: account.privateKey, iss: account.clientEmail })
  const fetchToken = async (): Promise<string> => {
    const now = Math.floor(Date.now() / 1_000)
    const assertion = sign({ scope: SCOPE, aud: account.tokenUri, iat: now, exp: now + LIFE_SECONDS })
    const response = await fetch(account.tokenUri, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const said = (await response.json().catch(() => ({}))) as { access_token?: string; expires_in?: number }
    if (!response.ok || !said.access_token) throw new Error(`no access token: ${response.status}`)
    if (kept) kept.until = performance.now() + (said.expires_in ?? 0) * 1_000 - BEFORE_END_MS
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

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300)
}
