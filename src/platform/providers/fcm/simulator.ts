/**
 * The built-in FCM of demo and tests: Google's token endpoint and HTTP v1 sending in one, over HTTP. It checks the signed
 * assertion and the access token as Google does, and shows nothing on any phone.
 */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { createVerifier } from 'fast-jwt'
import type { PushAccount } from '#platform/config.ts'
import { type Called, type Fault, listenOnLoopback, openFaults, type Reply } from '#platform/providers/loopback.ts'

interface PushedMessage {
  readonly token: string
  readonly notification?: { readonly title?: string; readonly body?: string }
  readonly data?: Readonly<Record<string, string>>
  readonly android?: Readonly<Record<string, unknown>>
}

export interface FcmSimulator {
  readonly account: PushAccount
  /** The service account as Google hands it out, for MKOPO_FCM_SERVICE_ACCOUNT. */
  readonly serviceAccount: string
  /** What was taken, oldest first. */
  readonly taken: readonly PushedMessage[]
  /** How many access tokens were handed out. */
  tokensGranted(): number
  /** Answers the next sendings with the fault. */
  fail(fault: Fault, times?: number): void
  /** Refuses access tokens handed out so far, as when they end. */
  endTokens(): void
  close(): Promise<void>
}

const PROJECT = 'mkopo-simulated'
const EMAIL = `push@${PROJECT}.iam.gserviceaccount.com`
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const MOST_KEPT = 1_000

interface Desk {
  readonly taken: PushedMessage[]
  readonly tokens: Set<string>
  granted: number
  /** Refuses an assertion that this account did not sign for this address. */
  check(assertion: string): void
}

/** Starts it on the loopback, with a key of its own. */
export async function startFcmSimulator(): Promise<FcmSimulator> {
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  let check = (_: string): void => undefined
  const desk: Desk = { taken: [], tokens: new Set(), granted: 0, check: (assertion) => check(assertion) }
  const faults = openFaults()
  const server = await listenOnLoopback((called) =>
    called.path === '/token' ? grant(desk, called) : (faults.take() ?? take(desk, called)),
  )
  const tokenUri = `${server.url}/token`
  const verify = createVerifier({ key: keys.publicKey, algorithms: ['RS256'], allowedAud: tokenUri, allowedIss: EMAIL })
  check = (assertion) => {
    const { scope, iat, exp } = verify(assertion) as { scope?: string; iat: number; exp: number }
    if (scope !== SCOPE || exp - iat > 3_600) throw new Error('the scope or the lifetime is wrong')
  }
  const account = { url: server.url, projectId: PROJECT, clientEmail: EMAIL, privateKey: keys.privateKey, tokenUri }
  return {
    account,
    serviceAccount: JSON.stringify({
      ...{ type: 'service_account', project_id: PROJECT, private_key: keys.privateKey },
      ...{ client_email: EMAIL, token_uri: tokenUri },
    }),
    taken: desk.taken,
    tokensGranted: () => desk.granted,
    fail: (fault, times = 1) => faults.add(fault, times),
    endTokens: () => desk.tokens.clear(),
    close: server.close,
  }
}

function grant(desk: Desk, { body }: Called): Reply {
  const form = new URLSearchParams(body)
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    return { status: 400, body: { error: 'unsupported_grant_type', error_description: 'Invalid grant_type' } }
  }
  try {
    desk.check(form.get('assertion') ?? '')
  } catch (error) {
    return { status: 400, body: { error: 'invalid_grant', error_description: (error as Error).message } }
  }
  const token = `ya29.${randomBytes(24).toString('base64url')}`
  desk.tokens.add(token)
  desk.granted++
  return { status: 200, body: { access_token: token, expires_in: 3_599, token_type: 'Bearer' } }
}

const SEND_PATH = `/v1/projects/${PROJECT}/messages:send`

/** Tokens named `UNREGISTERED…` are of applications that are gone; what is shorter than Google's is no token at all. */
function take(desk: Desk, called: Called): Reply {
  if (called.method !== 'POST' || called.path !== SEND_PATH) return refusal(404, 'NOT_FOUND', 'Not found')
  const bearer = /^Bearer (.+)$/.exec(called.headers.authorization ?? '')?.[1] ?? ''
  if (!desk.tokens.has(bearer))
    return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
  const message = messageIn(called.body)
  if (!message) return refusal(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.')
  if (!/^[\w:-]{50,4096}$/.test(message.token)) {
    return refusal(400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token')
  }
  if (message.token.startsWith('UNREGISTERED')) return refusal(404, 'UNREGISTERED', 'Requested entity was not found.')
  desk.taken.push(message)
  desk.taken.splice(0, desk.taken.length - MOST_KEPT)
  return { status: 200, body: { name: `projects/${PROJECT}/messages/0:${randomBytes(8).toString('hex')}` } }
}

/** The message, if it is one: all of its data are strings. */
function messageIn(body: string): PushedMessage | null {
  try {
    const { message } = JSON.parse(body) as { message?: PushedMessage }
    const values = Object.values(message?.data ?? {})
    return typeof message?.token === 'string' && values.every((value) => typeof value === 'string') ? message : null
  } catch {
    return null
  }
}

const STATUS: Readonly<Record<number, string>> = { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 404: 'NOT_FOUND' }

function refusal(code: number, errorCode: string, message: string): Reply {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]
  return { status: code, body: { error: { code, message, status: STATUS[code], details } } }
}
