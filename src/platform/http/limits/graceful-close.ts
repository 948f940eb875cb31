/** How a web server stops without cutting anybody off: a restart is seen by its clients as a wait, not as broken connections. */
import { Server, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface Parting {
  /** /health/ready says 503 and every answer ends its connection: proxies turn elsewhere, clients come back to another process. */
  readonly drainMs: number
  /** The door is shut; who was let in just before it still says what he wants. */
  readonly lateMs: number
}

const PARTING: Parting = { drainMs: 200, lateMs: 100 }

/**
 * Prepares a server for its end, and answers how to bring it about: drain, shut the door, hear out who is inside, and then
 * end the connections that merely wait for their client, however long they may wait. It resolves when nothing is in flight.
 */
export function prepareToLeave(app: FastifyInstance, parting: Parting = PARTING): () => Promise<void> {
  const inside = new Set<Socket>()
  let leaving = false
  let cameIn = 0
  app.server.on('connection', (socket: Socket) => {
    cameIn++
    inside.add(socket)
    socket.once('close', () => inside.delete(socket))
  })
  app.addHook('onSend', async (_, reply) => {
    if (leaving) reply.header('connection', 'close')
  })
  return async () => {
    leaving = true
    await pause(parting.drainMs)
    await nobodyAtTheDoor(() => cameIn)
    // Unlike the HTTP server's own close it leaves those alone who are inside.
    Server.prototype.close.call(app.server)
    await pause(parting.lateMs)
    const rest = setInterval(() => {
      app.server.closeIdleConnections()
      for (const socket of inside) if (socket.bytesRead === 0) socket.destroy()
    }, 50)
    await app.close().finally(() => clearInterval(rest))
  }
}

const SHORT_TURN_MS = 0.2
const PATIENCE_MS = 500

/**
 * Until a short turn of the event loop in which nobody came in: it lets in one a turn, so whoever had knocked is inside then.
 * The system breaks connections that wait at a door which is shut.
 */
async function nobodyAtTheDoor(cameIn: () => number): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (let waiting = true; waiting && performance.now() < until; ) {
    const before = performance.now()
    const had = cameIn()
    await new Promise((resolve) => setImmediate(resolve))
    waiting = cameIn() !== had || performance.now() - before > SHORT_TURN_MS
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
