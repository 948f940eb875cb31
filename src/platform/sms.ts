/** Text messages through an HTTP gateway in the manner of Africa's Talking, and a simulator that speaks the same protocol. */
import type { SmsGateway } from '#src/config.ts'

/** What became of a message: gone, refused for good, or worth another try. */
export type Delivery =
  | { readonly outcome: 'sent'; readonly reference: string }
  | { readonly outcome: 'rejected' | 'try_again'; readonly error: string }

export interface Sms {
  /** E.164. */
  readonly to: string
  readonly text: string
}

/** Hands one text to the gateway. Never throws: what the network does is an outcome. */
export async function sendSms(gateway: SmsGateway, sms: Sms, send: typeof fetch = fetch): Promise<Delivery> {
  const form = new URLSearchParams({ username: gateway.username, to: sms.to, message: sms.text })
  if (gateway.sender) form.set('from', gateway.sender)
  try {
    const response = await send(gateway.url, {
      method: 'POST',
      headers: { apiKey: gateway.apiKey, accept: 'application/json' },
      body: form,
      signal: AbortSignal.timeout(15_000),
    })
    if (!response.ok) return { outcome: 'try_again', error: `the SMS gateway answered ${response.status}` }
    return deliveryOf(await response.json())
  } catch (error) {
    return { outcome: 'try_again', error: `the SMS gateway cannot be reached: ${causeOf(error)}` }
  }
}

const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message : String(cause)
}

interface GatewayAnswer {
  readonly SMSMessageData?: {
    readonly Recipients?: readonly {
      readonly statusCode: number
      readonly status: string
      readonly messageId: string
    }[]
  }
}

const ACCEPTED = new Set([100, 101, 102])
/** Out of credit, or the gateway's own trouble: it will pass. Everything else is about the number or the text. */
const PASSING = new Set([405, 500, 501])

function deliveryOf(answer: unknown): Delivery {
  const recipient = (answer as GatewayAnswer).SMSMessageData?.Recipients?.[0]
  if (!recipient) return { outcome: 'try_again', error: 'the SMS gateway took no recipient' }
  if (ACCEPTED.has(recipient.statusCode)) return { outcome: 'sent', reference: recipient.messageId }
  const error = `the SMS gateway: ${recipient.status} (${recipient.statusCode})`
  return { outcome: PASSING.has(recipient.statusCode) ? 'try_again' : 'rejected', error }
}

export const SIMULATED_GATEWAY: SmsGateway = {
  url: 'http://sms.invalid/version1/messaging',
  username: 'sandbox',
  apiKey: 'sandbox',
  sender: undefined,
}

/** A gateway that takes every well-formed text of the sandbox account and sends nothing. */
export const simulatedGateway: typeof fetch = async (_url, init) => {
  const headers = new Headers(init?.headers)
  const form = new URLSearchParams(String(init?.body))
  if (headers.get('apiKey') !== SIMULATED_GATEWAY.apiKey || form.get('username') !== SIMULATED_GATEWAY.username) {
    return new Response('The supplied authentication is invalid', { status: 401 })
  }
  const number = form.get('to') ?? ''
  const taken = /^\+\d{7,15}$/.test(number) && (form.get('message') ?? '') !== ''
  const recipient = taken
    ? { statusCode: 101, number, status: 'Success', cost: 'KES 0.8000', messageId: `ATPid_${crypto.randomUUID()}` }
    : { statusCode: 403, number, status: 'InvalidPhoneNumber', cost: '0', messageId: 'None' }
  const data = { Message: `Sent to ${taken ? 1 : 0}/1 Total Cost: KES 0.8000`, Recipients: [recipient] }
  return Response.json({ SMSMessageData: data }, { status: 201 })
}
