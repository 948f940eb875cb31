/** Mail by SMTP, and a simulator that composes the same messages and sends none. */
import { createTransport, type Transporter } from 'nodemailer'
import type { MailServer } from '#platform/config.ts'
import type { Delivery } from '#platform/providers/sms/sms.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Names the message for ever, so that a mail server can tell a second delivery from a second message. */
  readonly messageId: string
}

const transports = new Map<string, Transporter>()

/** Hands one mail to the server. Never throws: what the network does is an outcome. */
export async function sendMail(server: MailServer, mail: Mail): Promise<Delivery> {
  let transport = transports.get(server.url)
  if (!transport) {
    transport = createTransport({ url: server.url, connectionTimeout: 15_000, socketTimeout: 30_000 })
    transports.set(server.url, transport)
  }
  return handOver(transport, server.from, mail)
}

/** Composes the mail as for a server, refuses what a server would refuse at once, and sends nothing. */
export async function simulateMail(from: string, mail: Mail): Promise<Delivery> {
  if (!/^[^\s@]+@[^\s@]+$/.test(mail.to)) return { outcome: 'rejected', error: 'not a mail address' }
  return handOver(createTransport({ streamTransport: true, buffer: true }), from, mail)
}

async function handOver(transport: Transporter, from: string, mail: Mail): Promise<Delivery> {
  const { to, subject, text, messageId } = mail
  try {
    const sent = await transport.sendMail({ from, to, subject, text, messageId })
    return { outcome: 'sent', reference: sent.messageId }
  } catch (error) {
    const { responseCode, message } = error as Error & { responseCode?: number }
    const forGood = responseCode !== undefined && responseCode >= 500
    return { outcome: forGood ? 'rejected' : 'try_again', error: `the mail server: ${message}` }
  }
}
