import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type MailServer, readConfig, type SmsGateway } from '#platform/config.ts'
import { startMessageSimulators } from '#platform/messaging/gateways.ts'
import { sendMail, simulateMail } from '#platform/providers/mail/mail.ts'
import { type QueuedMessage, sendMessage } from '#platform/messaging/messages.ts'
import { startSmsSimulator } from '#platform/providers/sms/simulator.ts'
import { sendSms } from '#platform/providers/sms/sms.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return (server.address() as AddressInfo).port
}

interface Received {
  readonly headers: Record<string, unknown>
  readonly form: Record<string, string>
}

/** A gateway as the providers document it, which keeps what it was sent. */
async function openGateway(answer: {
  status: number
  body: string
}): Promise<{ gateway: SmsGateway; received: Received[] }> {
  const received: Received[] = []
  const server = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    received.push({ headers: request.headers, form })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
  })
  const port = await listen(server)
  const gateway = {
    url: `http://127.0.0.1:${port}/version1/messaging`,
    username: 'mkopo',
    apiKey: 'key',
    sender: 'SOKO',
  }
  return { gateway, received }
}

const answerOf = (statusCode: number, status: string): string =>
  JSON.stringify({
    SMSMessageData: { Recipients: [{ statusCode, status, messageId: 'ATPid_1', number: '+254700000003' }] },
  })

const SMS = { to: '+254700000003', text: 'Msimbo wako ni 123456' }

describe('a text message', () => {
  it('is posted as a form with the account and its key', async () => {
    const { gateway, received } = await openGateway({ status: 201, body: answerOf(101, 'Success') })
    expect(await sendSms(gateway, SMS)).toEqual({ outcome: 'sent', reference: 'ATPid_1' })
    expect(received).toHaveLength(1)
    expect(received[0]!.headers).toMatchObject({ apikey: 'key', accept: 'application/json' })
    expect(received[0]!.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    expect(received[0]!.form).toEqual({ username: 'mkopo', to: SMS.to, message: SMS.text, from: 'SOKO' })
  })

  it.each([
    // gateway's answer                                  | outcome
    [201, answerOf(102, 'Queued'), 'sent'],
    [201, answerOf(403, 'InvalidPhoneNumber'), 'rejected'],
    [201, answerOf(406, 'UserInBlacklist'), 'rejected'],
    [201, answerOf(405, 'InsufficientBalance'), 'try_again'],
    [201, answerOf(501, 'GatewayError'), 'try_again'],
    [201, '{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}', 'try_again'],
    [201, 'not json', 'try_again'],
    [401, 'The supplied authentication is invalid', 'try_again'],
    [503, '', 'try_again'],
  ])('answered with %i %s is %s', async (status, body, outcome) => {
    const { gateway } = await openGateway({ status, body })
    expect((await sendSms(gateway, SMS)).outcome).toBe(outcome)
  })

  it('waits when the gateway cannot be reached', async () => {
    const { gateway } = await openGateway({ status: 201, body: '' })
    servers.splice(0).forEach((server) => void server.close())
    const delivery = await sendSms(gateway, SMS)
    expect(delivery).toMatchObject({ outcome: 'try_again', error: expect.stringContaining('ECONNREFUSED') })
  })

  it('is understood by the simulated gateway as by the real one', async () => {
    const { gateway, taken, fail, close } = await startSmsSimulator()
    expect((await sendSms(gateway, SMS)).outcome).toBe('sent')
    expect((await sendSms(gateway, { ...SMS, to: 'nobody' })).outcome).toBe('rejected')
    expect((await sendSms({ ...gateway, apiKey: 'x' }, SMS)).outcome).toBe('try_again')
    fail({ status: 503 })
    expect((await sendSms(gateway, SMS)).outcome).toBe('try_again')
    expect(taken).toEqual([{ to: SMS.to, message: SMS.text }])
    await close()
  })
})

/** An SMTP server that takes one mail a connection, or refuses its recipient. */
async function openMailServer(refusal?: string): Promise<{ server: MailServer; mails: string[] }> {
  const mails: string[] = []
  const smtp = createServer((socket) => {
    let data: string | null = null
    const say = (line: string): unknown => socket.write(`${line}\r\n`)
    const command = (line: string): unknown => {
      if (/^(EHLO|MAIL)/i.test(line)) return say('250 ok')
      if (/^RCPT/i.test(line)) return say(refusal ?? '250 ok')
      if (/^QUIT/i.test(line)) return socket.end('221 bye\r\n')
      if (!/^DATA/i.test(line)) return say('250 ok')
      data = ''
      return say('354 go on')
    }
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (data === null) return void command(chunk.toString())
      data += chunk.toString()
      if (!data.endsWith('\r\n.\r\n')) return
      mails.push(data)
      data = null
      say('250 taken')
    })
    say('220 mail.example')
  })
  return { server: { url: `smtp://127.0.0.1:${await listen(smtp)}`, from: 'Soko <soko@example.com>' }, mails }
}

const MAIL = {
  to: 'mama1@sokocredit.com',
  subject: 'Nenosiri',
  text: 'Bonyeza hapa',
  messageId: '<sokocredit.7@mkopo>',
}

describe('a mail', () => {
  it('goes out over SMTP with its own lasting name', async () => {
    const { server, mails } = await openMailServer()
    expect(await sendMail(server, MAIL)).toEqual({ outcome: 'sent', reference: MAIL.messageId })
    expect(mails[0]).toContain('From: Soko <soko@example.com>')
    expect(mails[0]).toContain('To: mama1@sokocredit.com')
    expect(mails[0]).toContain('Message-ID: <sokocredit.7@mkopo>')
    expect(mails[0]).toContain('Bonyeza hapa')
  })

  it.each([
    ['550 no such user', 'rejected'],
    ['451 try later', 'try_again'],
  ])('whose recipient is answered %s is %s', async (refusal, outcome) => {
    const { server } = await openMailServer(refusal)
    expect((await sendMail(server, MAIL)).outcome).toBe(outcome)
  })

  it('waits when the server cannot be reached, and is composed by the simulator', async () => {
    expect((await sendMail({ url: 'smtp://127.0.0.1:1', from: 'a@example.com' }, MAIL)).outcome).toBe('try_again')
    expect(await simulateMail('a@example.com', MAIL)).toEqual({ outcome: 'sent', reference: MAIL.messageId })
    expect((await simulateMail('a@example.com', { ...MAIL, to: 'nobody' })).outcome).toBe('rejected')
  })
})

describe('the driver of a channel', () => {
  const message = (channel: QueuedMessage['channel'], recipient: string): QueuedMessage => ({
    id: 7,
    channel,
    recipient,
    subject: null,
    body: 'Habari',
    data: null,
    attempts: 1,
  })
  const config = readConfig({})
  const production = {
    config: { ...config, mode: 'production' as const },
    gateways: { sms: undefined, push: undefined },
  }

  it('is simulated in demo', async () => {
    const { sms, fcm, close } = await startMessageSimulators()
    const demo = { config, gateways: { sms: sms.gateway, push: fcm.account } }
    const token = 't'.repeat(60)
    const sent = [message('sms', SMS.to), message('mail', MAIL.to), message('push', token)]
    for (const one of sent) expect((await sendMessage(demo, 'sokocredit', one)).outcome).toBe('sent')
    expect([sms.taken[0]?.to, fcm.taken[0]?.token]).toEqual([SMS.to, token])
    await close()
  })

  it.each([
    ['sms', 'MKOPO_SMS_URL'],
    ['mail', 'MKOPO_SMTP_URL'],
    ['push', 'MKOPO_FCM_SERVICE_ACCOUNT'],
  ] as const)('of %s is never simulated in production: it says what is missing', async (channel, variable) => {
    const delivery = await sendMessage(production, 'sokocredit', message(channel, SMS.to))
    expect(delivery).toEqual({ outcome: 'try_again', error: `${variable} is not configured` })
  })

  it('is the real one when it is configured, in demo too', async () => {
    const { gateway, received } = await openGateway({ status: 201, body: answerOf(101, 'Success') })
    const { server, mails } = await openMailServer()
    const ways = { config: { ...config, mail: server }, gateways: { sms: gateway, push: undefined } }
    expect((await sendMessage(ways, 'sokocredit', message('sms', SMS.to))).outcome).toBe('sent')
    expect((await sendMessage(ways, 'sokocredit', message('mail', MAIL.to))).outcome).toBe('sent')
    expect([received.length, mails.length]).toEqual([1, 1])
  })
})
