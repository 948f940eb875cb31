/** Text messages through an HTTP gateway in the manner of Africa's Talking. */
import type { SmsGateway } from '#platform/config.ts'

/** What became of a message: gone, refused for good, or worth another try. */
export type Delivery =
  | { readonly outcome: 'sent'; readonly reference: string }
  /** `addressGone`: nobody is there any more; nothing needs to be sent there again. */
  | { readonly outcome: 'rejected'; readonly error: string; readonly addressGone?: boolean }
  | { readonly outcome: 'try_again'; readonly error: string; readonly retryAfterSeconds?: number }

export interface Sms {
  /** E.164. */
  readonly to: string
  readonly text: string
}

/** Hands one text to the gateway. Never throws: what the network does is an outcome. */
export async function sendSms(gateway: SmsGateway, sms: Sms): Promise<Delivery> {
  const form = new URLSearchParams({ username: gateway.username, to: sms.to, message: sms.text })
  if (gateway.sender) form.set('from', gateway.sender)
  try {
    const response = await fetch(gateway.url, {
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
