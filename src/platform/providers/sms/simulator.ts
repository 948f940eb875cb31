/** The built-in SMS gateway of demo and tests: it takes every well-formed text of its account over HTTP, and sends nothing. */
import { randomUUID } from 'node:crypto'
import type { SmsGateway } from '#platform/config.ts'
import { type Called, type Fault, listenOnLoopback, openFaults, type Reply } from '#platform/providers/loopback.ts'

export interface SmsSimulator {
  readonly gateway: SmsGateway
  /** What was taken, oldest first. */
  readonly taken: readonly { readonly to: string; readonly message: string }[]
  /** Answers the next calls with the fault. */
  fail(fault: Fault, times?: number): void
  close(): Promise<void>
}

const USERNAME = 'sandbox'
const API_KEY = 'sandbox'
const MOST_KEPT = 1_000

/** Starts the gateway on the loopback. */
export async function startSmsSimulator(): Promise<SmsSimulator> {
  const taken: { to: string; message: string }[] = []
  const faults = openFaults()
  const server = await listenOnLoopback((called) => faults.take() ?? answer(called, taken))
  return {
    gateway: { url: `${server.url}/version1/messaging`, username: USERNAME, apiKey: API_KEY, sender: undefined },
    taken,
    fail: (fault, times = 1) => faults.add(fault, times),
    close: server.close,
  }
}

function answer(called: Called, taken: { to: string; message: string }[]): Reply {
  if (called.method !== 'POST' || called.path !== '/version1/messaging') return { status: 404, body: 'Not Found' }
  const form = new URLSearchParams(called.body)
  if (called.headers.apikey !== API_KEY || form.get('username') !== USERNAME) {
    return { status: 401, body: 'The supplied authentication is invalid' }
  }
  const [to, message] = [form.get('to') ?? '', form.get('message') ?? '']
  if (!/^\+\d{7,15}$/.test(to) || message === '') return spoken(0, refused(to))
  taken.push({ to, message })
  taken.splice(0, taken.length - MOST_KEPT)
  return spoken(1, {
    ...{ statusCode: 101, number: to, status: 'Success', cost: 'KES 0.8000' },
    messageId: `ATPid_${randomUUID()}`,
  })
}

const refused = (number: string): object => ({
  ...{ statusCode: 403, number, status: 'InvalidPhoneNumber', cost: '0', messageId: 'None' },
})

const spoken = (sent: number, recipient: object): Reply => ({
  status: 201,
  body: { SMSMessageData: { Message: `Sent to ${sent}/1 Total Cost: KES 0.8000`, Recipients: [recipient] } },
})
