/** A small HTTP server on the loopback, which the built-in providers of demo and tests are made of. */
import { createServer, type IncomingMessage } from 'node:http'
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

/** Starts listening on a free port. It does not keep the process alive. A body that is text is answered as text. */
export async function listenOnLoopback(answer: (called: Called) => Reply): Promise<Loopback> {
  const server = createServer((request, response) => {
    read(request)
      .then((called) => {
        const { status, body, headers } = answer(called)
        const [type, text] =
          typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)]
        response.writeHead(status, { 'content-type': type, ...headers }).end(text)
      })
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
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
