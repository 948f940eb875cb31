/** A small HTTP server on the loopback, which the built-in providers of demo and tests are made of. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Called {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Loopback {
  readonly url: string
  close(): Promise<void>
}

/** Starts listening on the port, or on a free one, without keeping the process alive. What fails in `serve` breaks its connection. */
export async function serveOnLoopback(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<Loopback> {
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The same for a provider that answers each call at once. A body that is text is answered as text. */
export const listenOnLoopback = (answer: (called: Called) => Reply): Promise<Loopback> =>
  serveOnLoopback(async (request, response) => {
    const { status, body, headers } = answer(await read(request))
    const [type, text] = typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)]
    response.writeHead(status, { 'content-type': type, ...headers }).end(text)
  })

async function read(request: IncomingMessage): Promise<Called> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = 'GET', url = '/', headers } = request
  return { method, path: new URL(url, 'http://localhost').pathname, headers, body: Buffer.concat(chunks).toString() }
}

export interface Fault {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Faults {
  /** Answers the next `times` calls with the fault. */
  add(fault: Fault, times: number): void
  take(): Reply | null
}

/** Failures that tests order beforehand. */
export function openFaults(): Faults {
  const ordered: Fault[] = []
  return {
    add: (fault, times) => void ordered.push(...Array.from({ length: times }, () => fault)),
    take() {
      const fault = ordered.shift()
      return fault ? { body: '', ...fault } : null
    },
  }
}
