/** The only reader of process.env: everything the server may be told, validated once. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { z } from 'zod'
import { parseTrustedProxies, type TrustedProxies } from '#platform/http/limits/trusted-proxies.ts'

const flag = z
  .enum(['0', '1', 'true', 'false', 'on', 'off'])
  .transform((value) => value === '1' || value === 'true' || value === 'on')

const schema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'give postgres://user:password@host/database')
    .optional(),
  MKOPO_DATA_DIR: z.string().min(1).default('./data'),
  MKOPO_MODE: z.enum(['demo', 'production']).default('demo'),
  MKOPO_SECRET: z.string().optional(),
  MKOPO_CLOCK: z.iso.datetime({ offset: true }).optional(),
  MKOPO_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  MKOPO_CORS_ORIGINS: z.string().optional(),
  MKOPO_DB_POOL: z.coerce.number().int().min(2).max(200).default(10),
  /** Off behind a pooler in transaction mode that cannot keep named statements. */
  MKOPO_DB_PREPARE: flag.default(true),
  /** Provider webhooks must carry it in the X-Webhook-Secret header; production takes none while it is not set. */
  MKOPO_WEBHOOK_SECRET: z.string().min(8).optional(),
  /** off, on (one proxy in front), how many proxies, or which: addresses, subnets, loopback, linklocal, uniquelocal. */
  MKOPO_TRUST_PROXY: z
    .string()
    .default('off')
    .transform((text, context): TrustedProxies => {
      const proxies = parseTrustedProxies(text)
      if (proxies !== null) return proxies
      context.addIssue({
        code: 'custom',
        message: 'give on, off, the number of proxies, or their addresses and subnets',
      })
      return z.NEVER
    }),
  /** Requests that a user, or an address without a session, may make in a minute, over all processes; off: as many as they like. */
  MKOPO_RATE_LIMIT: z.union([z.literal('off'), z.coerce.number().int().min(1)]).optional(),
  /** The SMS gateway, spoken to in the manner of Africa's Talking; all three or none. */
  MKOPO_SMS_URL: z.url({ protocol: /^https?$/ }).optional(),
  MKOPO_SMS_USERNAME: z.string().optional(),
  MKOPO_SMS_KEY: z.string().optional(),
  MKOPO_SMS_SENDER: z.string().optional(),
  /** Mail goes out by SMTP: smtp://user:password@host:587 or smtps://… */
  MKOPO_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MKOPO_MAIL_FROM: z.string().optional(),
  /** Pushes by Firebase Cloud Messaging: the service account's JSON file, or its text. */
  MKOPO_FCM_SERVICE_ACCOUNT: z.string().optional(),
  MKOPO_FCM_URL: z.url({ protocol: /^https?$/ }).default('https://fcm.googleapis.com'),
  /** M-Pesa by Safaricom's Daraja: https://api.safaricom.co.ke or https://sandbox.safaricom.co.ke; all or none. */
  MKOPO_MPESA_URL: z.url({ protocol: /^https?$/ }).optional(),
  MKOPO_MPESA_CONSUMER_KEY: z.string().optional(),
  MKOPO_MPESA_CONSUMER_SECRET: z.string().optional(),
  MKOPO_MPESA_SHORT_CODE: z
    .string()
    .regex(/^\d{5,7}$/, 'give five to seven digits')
    .optional(),
  MKOPO_MPESA_INITIATOR: z.string().optional(),
  /** The initiator's password, encrypted with the certificate of Daraja and in base64. */
  MKOPO_MPESA_SECURITY_CREDENTIAL: z.string().optional(),
  /** A device management service that speaks the protocol of docs/device-management.md; both or none. */
  MKOPO_MDM_URL: z.url({ protocol: /^https?$/ }).optional(),
  MKOPO_MDM_KEY: z.string().min(8).optional(),
  /** Accounts of organisations of their own, as JSON by slug: {"visionfund": {"url", "consumerKey", "consumerSecret", "shortCode", "initiator", "securityCredential"}}. */
  MKOPO_MPESA_ACCOUNTS: z.string().optional(),
  /** Where the world reaches this server, for results of M-Pesa and device management: https://loans.example */
  MKOPO_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Demo: the port of the built-in M-Pesa, on the loopback; 0: any. */
  MKOPO_MPESA_SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Demo: the port of the built-in device management, likewise. */
  MKOPO_MDM_SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
})

type Mode = 'demo' | 'production'

export interface Config {
  readonly host: string
  readonly port: number
  /** Undefined: the embedded PostgreSQL under dataDir. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly mode: Mode
  /** The one secret that every signing key is derived from. */
  readonly secret: string
  readonly clock: Date | undefined
  readonly logLevel: string
  /** Undefined: any origin (demo). */
  readonly corsOrigins: readonly string[] | undefined
  readonly poolSize: number
  readonly prepareStatements: boolean
  readonly webhookSecret: string | undefined
  readonly trustProxy: TrustedProxies
  /** Undefined: no limit. */
  readonly requestsPerMinute: number | undefined
  /** Undefined: no SMS gateway; demo simulates one. */
  readonly sms: SmsGateway | undefined
  /** Undefined: no mail server; demo simulates one. */
  readonly mail: MailServer | undefined
  /** Undefined: no push service; demo simulates one. */
  readonly push: PushAccount | undefined
  /** Undefined: no M-Pesa; demo simulates one. */
  readonly mpesa: MpesaAccount | undefined
  /** By the slug of the organisation; the others use `mpesa`. */
  readonly mpesaAccounts: ReadonlyMap<string, MpesaAccount>
  /** Undefined: the address that the server listens on. */
  readonly publicUrl: string | undefined
  readonly mpesaSimulatorPort: number
  /** Undefined: no device management; demo simulates one. */
  readonly mdm: MdmAccount | undefined
  readonly mdmSimulatorPort: number
}

export interface SmsGateway {
  readonly url: string
  readonly username: string
  readonly apiKey: string
  /** The name or short code that texts come from; undefined: the gateway's own. */
  readonly sender: string | undefined
}

export interface MailServer {
  readonly url: string
  readonly from: string
}

/** A service account of a Firebase project. */
export interface PushAccount {
  readonly url: string
  readonly projectId: string
  readonly clientEmail: string
  /** PEM. */
  readonly privateKey: string
  readonly tokenUri: string
}

/** An account with Daraja that money goes out from and comes in to. */
export interface MpesaAccount {
  readonly url: string
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly shortCode: string
  readonly initiator: string
  readonly securityCredential: string
  /** Where results are to be sent, without a slash at its end. */
  readonly callbackUrl: string
}

/** An account with a service that reaches phones. */
export interface MdmAccount {
  readonly url: string
  readonly key: string
  /** Where results are to be sent, without a slash at its end. */
  readonly callbackUrl: string
}

export class ConfigError extends Error {}

/** The configuration, or a ConfigError that names each variable that is wrong and what to do. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const given = parsed.data
  if (given.MKOPO_MODE === 'production') requireForProduction(given)
  return {
    host: given.HOST,
    port: given.PORT,
    databaseUrl: given.DATABASE_URL,
    dataDir: given.MKOPO_DATA_DIR,
    mode: given.MKOPO_MODE,
    secret: given.MKOPO_SECRET ?? DEMO_SECRET,
    clock: given.MKOPO_CLOCK ? new Date(given.MKOPO_CLOCK) : undefined,
    logLevel: given.MKOPO_LOG,
    corsOrigins: originsOf(given.MKOPO_CORS_ORIGINS, given.MKOPO_MODE),
    poolSize: given.MKOPO_DB_POOL,
    prepareStatements: given.MKOPO_DB_PREPARE,
    webhookSecret: given.MKOPO_WEBHOOK_SECRET,
    trustProxy: given.MKOPO_TRUST_PROXY,
    requestsPerMinute: limitOf(given),
    sms: smsOf(given),
    mail: mailOf(given),
    push: pushOf(given),
    mpesa: mpesaOf(given),
    mpesaAccounts: mpesaAccountsOf(given),
    publicUrl: given.MKOPO_PUBLIC_URL?.replace(/\/$/, ''),
    mpesaSimulatorPort: given.MKOPO_MPESA_SIMULATOR_PORT,
    mdm: mdmOf(given),
    mdmSimulatorPort: given.MKOPO_MDM_SIMULATOR_PORT,
  }
}

/** Published with the sources. */
const DEMO_SECRET = 'mkopo-demo-secret-never-used-in-production'
const LEAST_SECRET = 32
/** Random text does not shrink; repetitions and runs of letters do. */
const LEAST_COMPRESSED = 28

/** Too short, published, or so regular that it can be guessed. */
function isGuessable(secret: string): boolean {
  const steps = new Set([...secret].slice(1).map((char, n) => char.charCodeAt(0) - secret.charCodeAt(n)))
  return (
    secret.length < LEAST_SECRET ||
    secret.includes(DEMO_SECRET) ||
    steps.size < 10 ||
    deflateRawSync(secret, { level: 9 }).length < LEAST_COMPRESSED
  )
}

const USUAL_LIMIT = 600

function limitOf({ MKOPO_RATE_LIMIT: limit, MKOPO_MODE: mode }: z.infer<typeof schema>): number | undefined {
  if (limit === 'off') return undefined
  return limit ?? (mode === 'production' ? USUAL_LIMIT : undefined)
}

function requireForProduction(given: z.infer<typeof schema>): void {
  const wrong: string[] = []
  if (!given.DATABASE_URL) wrong.push('DATABASE_URL: production needs a PostgreSQL of yours')
  if (!given.MKOPO_SECRET || isGuessable(given.MKOPO_SECRET)) {
    wrong.push('MKOPO_SECRET: production needs at least 32 characters that nobody can guess (openssl rand -base64 48)')
  }
  if (given.MKOPO_CLOCK) wrong.push('MKOPO_CLOCK: the clock can be set in demo mode only')
  if (wrong.length > 0) throw new ConfigError(wrong.join('\n'))
}

function smsOf(given: z.infer<typeof schema>): SmsGateway | undefined {
  const { MKOPO_SMS_URL: url, MKOPO_SMS_USERNAME: username, MKOPO_SMS_KEY: apiKey, MKOPO_SMS_SENDER: sender } = given
  if (!url && !username && !apiKey) return undefined
  if (!url || !username || !apiKey) {
    throw new ConfigError('MKOPO_SMS_URL, MKOPO_SMS_USERNAME, MKOPO_SMS_KEY: give all three or none')
  }
  return { url, username, apiKey, sender }
}

function mailOf(given: z.infer<typeof schema>): MailServer | undefined {
  const { MKOPO_SMTP_URL: url, MKOPO_MAIL_FROM: from } = given
  if (!url && !from) return undefined
  if (!url || !from) throw new ConfigError('MKOPO_SMTP_URL, MKOPO_MAIL_FROM: give both or none')
  return { url, from }
}

const serviceAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(3),
  private_key: z.string().min(1),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
})

function pushOf(given: z.infer<typeof schema>): PushAccount | undefined {
  const named = given.MKOPO_FCM_SERVICE_ACCOUNT
  if (!named) return undefined
  try {
    const text = named.trimStart().startsWith('{') ? named : readFileSync(named, 'utf8')
    const account = serviceAccount.parse(JSON.parse(text))
    createPrivateKey(account.private_key)
    return {
      url: given.MKOPO_FCM_URL.replace(/\/$/, ''),
      projectId: account.project_id,
      clientEmail: account.client_email,
      privateKey: account.private_key,
      tokenUri: account.token_uri,
    }
  } catch {
    // Its text is never said: it is a secret.
    throw new ConfigError(
      'MKOPO_FCM_SERVICE_ACCOUNT: give the JSON file of a Google service account (project_id, client_email, private_key), or its text',
    )
  }
}

const ownAccount = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, '')),
  consumerKey: z.string().min(1),
  consumerSecret: z.string().min(1),
  shortCode: z.string().regex(/^\d{5,7}$/, 'give five to seven digits'),
  initiator: z.string().min(1),
  securityCredential: z.string().min(1),
})
const ownAccounts = z.record(z.string().min(1), ownAccount)

/** Said without the value: it holds secrets. */
function mpesaAccountsOf(given: z.infer<typeof schema>): ReadonlyMap<string, MpesaAccount> {
  if (given.MKOPO_MPESA_ACCOUNTS === undefined) return new Map()
  const callbackUrl = given.MKOPO_PUBLIC_URL?.replace(/\/$/, '')
  if (!callbackUrl) throw new ConfigError('MKOPO_MPESA_ACCOUNTS: give MKOPO_PUBLIC_URL too, for the results')
  const parsed = ownAccounts.safeParse(jsonOrNull(given.MKOPO_MPESA_ACCOUNTS))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    throw new ConfigError(`MKOPO_MPESA_ACCOUNTS: give JSON of accounts by organisation. ${wrong.join('; ')}`)
  }
  return new Map(Object.entries(parsed.data).map(([slug, account]) => [slug, { ...account, callbackUrl }]))
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function mpesaOf(given: z.infer<typeof schema>): MpesaAccount | undefined {
  const account = {
    url: given.MKOPO_MPESA_URL,
    consumerKey: given.MKOPO_MPESA_CONSUMER_KEY,
    consumerSecret: given.MKOPO_MPESA_CONSUMER_SECRET,
    shortCode: given.MKOPO_MPESA_SHORT_CODE,
    initiator: given.MKOPO_MPESA_INITIATOR,
    securityCredential: given.MKOPO_MPESA_SECURITY_CREDENTIAL,
  }
  const { url, consumerKey, consumerSecret, shortCode, initiator, securityCredential } = account
  if (Object.values(account).every((value) => value === undefined)) return undefined
  const callbackUrl = given.MKOPO_PUBLIC_URL?.replace(/\/$/, '')
  if (!url || !consumerKey || !consumerSecret || !shortCode || !initiator || !securityCredential || !callbackUrl) {
    throw new ConfigError(
      'MKOPO_MPESA_URL, …_CONSUMER_KEY, …_CONSUMER_SECRET, …_SHORT_CODE, …_INITIATOR, …_SECURITY_CREDENTIAL and MKOPO_PUBLIC_URL: give all or none',
    )
  }
  return {
    url: url.replace(/\/$/, ''),
    consumerKey,
    consumerSecret,
    shortCode,
    initiator,
    securityCredential,
    callbackUrl,
  }
}

function mdmOf(given: z.infer<typeof schema>): MdmAccount | undefined {
  const { MKOPO_MDM_URL: url, MKOPO_MDM_KEY: key, MKOPO_PUBLIC_URL: publicUrl } = given
  if (!url && !key) return undefined
  if (!url || !key || !publicUrl) {
    throw new ConfigError(
      'MKOPO_MDM_URL, MKOPO_MDM_KEY and MKOPO_PUBLIC_URL: give all three or neither of the first two',
    )
  }
  return { url: url.replace(/\/$/, ''), key, callbackUrl: publicUrl.replace(/\/$/, '') }
}

/** Open in demo, same-origin only in production unless origins are listed. */
function originsOf(list: string | undefined, mode: Mode): readonly string[] | undefined {
  if (list) return list.split(',').map((origin) => origin.trim())
  return mode === 'demo' ? undefined : []
}
