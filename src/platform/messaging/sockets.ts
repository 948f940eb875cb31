/**
 * Notifications over Socket.IO: each person hears of his own only. Every web process looks for new ones in the database while
 * somebody of the organisation is connected to it, so it does not matter which process wrote them.
 */
import type { Server as HttpServer } from 'node:http'
import { type Namespace, Server, type Socket } from 'socket.io'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

/** A notification as far as delivery needs to know it. */
export interface Deliverable {
  readonly id: number
  readonly userId: number
}

export interface Admitted {
  readonly org: Organisation
  readonly userId: number
  readonly sessionId: string
  /** Whose token it is. */
  readonly contract: string
}

export interface SocketOptions<N extends Deliverable> {
  readonly namespace: string
  /** Whose token it is; null or a thrown refusal turns the connection away. */
  authenticate(token: string): Promise<Admitted | null>
  /** Whether the session was not ended meanwhile; asked now and then of those who are connected. */
  stillAdmitted(admitted: Admitted): Promise<boolean>
  /** The number of the organisation's newest notification. */
  last(ctx: Ctx): Promise<number>
  /** Notifications beyond a number, oldest first. */
  after(ctx: Ctx, id: number, limit: number): Promise<readonly N[]>
  present(notification: N): unknown
}

export interface Sockets {
  /** Something may have been written for people of the organisation: look at once. */
  wake(org: Organisation): void
  /** Puts out everybody whose session has ended; done every thirty seconds by itself. */
  check(): Promise<void>
  close(): void
}

const LOOK_EVERY_MS = 250
const CHECK_EVERY_MS = 30_000
const AT_ONCE = 500
/** Who comes back within this time misses nothing that was written meanwhile. */
const REMEMBERED_MS = 30_000

/** The connected people of one organisation, and how far its notifications were handed out. */
interface Audience {
  readonly org: Organisation
  readonly sockets: Set<Socket>
  seen: number
  lookedAt: number
  looking: boolean
  again: boolean
}

interface Hall<N extends Deliverable> {
  readonly services: Services
  readonly options: SocketOptions<N>
  readonly namespace: Namespace
  readonly audiences: Map<number, Audience>
}

/** Serves the namespace on the web server's own port. */
export function openSockets<N extends Deliverable>(
  server: HttpServer,
  services: Services,
  options: SocketOptions<N>,
): Sockets {
  const origins = services.config.corsOrigins
  const io = new Server(server, { cors: { origin: origins ? [...origins] : '*' }, serveClient: false })
  const hall: Hall<N> = { services, options, namespace: io.of(options.namespace), audiences: new Map() }
  // Nothing is served elsewhere, so nobody stays there either.
  io.use((_socket, next) => next(new Error('not authenticated')))
  hall.namespace.use((socket, next) => {
    admit(hall, socket).then(
      (admitted) => next(admitted ? undefined : new Error('not authenticated')),
      (error: unknown) => {
        services.log.error({ err: error }, 'a socket could not be admitted')
        next(new Error('unavailable'))
      },
    )
  })
  hall.namespace.on('connection', (socket) => seat(hall, socket))
  const looking = setInterval(() => {
    for (const audience of hall.audiences.values()) void deliver(hall, audience)
  }, LOOK_EVERY_MS)
  const check = async (): Promise<void> => {
    for (const { sockets } of hall.audiences.values()) await turnOut(hall, [...sockets])
  }
  const checking = setInterval(() => void check(), CHECK_EVERY_MS)
  return {
    wake(org) {
      const audience = hall.audiences.get(org.id)
      if (audience) void deliver(hall, audience)
    },
    check,
    close() {
      clearInterval(looking)
      clearInterval(checking)
      io.disconnectSockets(true)
      io.engine.close()
    },
  }
}

/** Whether the token opens the notifications; a database that fails says nothing about the token. */
async function admit<N extends Deliverable>(
  { services, options, audiences }: Hall<N>,
  socket: Socket,
): Promise<boolean> {
  const { auth, query } = socket.handshake
  const token = auth.token ?? query.token
  const admitted = typeof token === 'string' ? await options.authenticate(bare(token)) : null
  if (!admitted) return false
  socket.data = admitted
  const { org } = admitted
  const audience = audiences.get(org.id)
  if (audience && (audience.sockets.size > 0 || Date.now() - audience.lookedAt < REMEMBERED_MS)) return true
  const seen = await transact(systemDoor(services, org, 'sockets'), options.last, true)
  audiences.set(org.id, { org, sockets: new Set(), seen, lookedAt: Date.now(), looking: false, again: false })
  return true
}

/** Some clients put the whole header there. */
const bare = (token: string): string => token.replace(/^Bearer +/i, '')

function seat<N extends Deliverable>({ audiences }: Hall<N>, socket: Socket): void {
  const { org, userId } = socket.data as Admitted
  const audience = audiences.get(org.id)!
  audience.sockets.add(socket)
  void socket.join(roomOf(org, userId))
  socket.on('disconnect', () => {
    audience.sockets.delete(socket)
    audience.lookedAt = Date.now()
  })
}

const roomOf = (org: Organisation, userId: number): string => `${org.id}:${userId}`

/** One look at a time; a wake-up during a look leads to another. */
async function deliver<N extends Deliverable>(hall: Hall<N>, audience: Audience): Promise<void> {
  if (audience.sockets.size === 0) return
  audience.again = true
  if (audience.looking) return
  audience.looking = true
  try {
    while (audience.again) {
      audience.again = false
      while ((await deliverSome(hall, audience)) === AT_ONCE);
    }
  } catch (error) {
    hall.services.log.warn({ err: error, organisation: audience.org.slug }, 'notifications wait for the database')
  } finally {
    audience.looking = false
  }
}

async function deliverSome<N extends Deliverable>(hall: Hall<N>, audience: Audience): Promise<number> {
  const { services, options, namespace } = hall
  const door = systemDoor(services, audience.org, 'sockets')
  const found = await transact(door, (ctx) => options.after(ctx, audience.seen, AT_ONCE), true)
  const addressed = new Set(found.map(({ userId }) => userId))
  const listening = [...audience.sockets].filter(({ data }) => addressed.has((data as Admitted).userId))
  await turnOut(hall, listening)
  for (const notification of found) {
    const room = roomOf(audience.org, notification.userId)
    if (!namespace.adapter.rooms.has(room)) continue
    const body = options.present(notification)
    namespace.to(room).emit(`notification:${notification.userId}`, body)
    namespace.to(room).emit('notification', body)
  }
  audience.seen = found.at(-1)?.id ?? audience.seen
  audience.lookedAt = Date.now()
  return found.length
}

/** Whose session has ended (logout, another password, a closed account) hears nothing more. */
async function turnOut<N extends Deliverable>({ options }: Hall<N>, sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) {
    const admitted = await options.stillAdmitted(socket.data as Admitted).catch(() => true)
    if (!admitted) socket.disconnect(true)
  }
}
