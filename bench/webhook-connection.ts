/** A kept-alive connection that delivers M-Pesa payments one after the other, made to cost the machine little: a socket, no HTTP library. */
import { connect, type Socket } from 'node:net'

export interface Delivery {
  readonly phone: string
  /** Decimal text, as the provider sends it. */
  readonly amount: string
  readonly code: string
}

export interface WebhookConnection {
  /** The answer's status and body. Rejects when the connection breaks before the answer is whole: its outcome is unknown. */
  deliver(delivery: Delivery): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

interface Waiting {
  resolve(answer: { status: number; body: string }): void
  reject(error: Error): void
}

/** Connects to the server on this machine; rejects when nobody listens there. */
export async function connectWebhook(port: number): Promise<WebhookConnection> {
  const socket = await opened(port)
  let waiting: Waiting | undefined
  let received = ''
  const fail = (error: Error): void => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.on('data', (text: string) => {
    received += text
    const answer = readAnswer(received)
    if (!answer || !waiting) return
    received = ''
    const { resolve } = waiting
    waiting = undefined
    resolve(answer)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  return {
    deliver(delivery) {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection is closed'))
        waiting = { resolve, reject }
        socket.write(requestOf(delivery))
      })
    },
    close: () => socket.destroy(),
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.setEncoding('latin1')
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

function requestOf({ phone, amount, code }: Delivery): string {
  const body = `{"phone_number":"${phone}","amount_paid":"${amount}","mpesa_code":"${code}"}`
  return `POST /repayments/mpesa-webhook HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** Null until the answer is whole. Every answer of the server has a content-length. */
function readAnswer(text: string): { status: number; body: string } | null {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return null
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0)
  const body = text.slice(end + 4)
  return body.length < length ? null : { status: Number(text.slice(9, 12)), body }
}
