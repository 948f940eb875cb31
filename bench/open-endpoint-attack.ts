/** A process that attacks: so many connections, each with one request after the other, every one from another address. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ATTACKS, type Attack } from '#test/attacks.ts'

/** Attacks nothing: how soon a server answers that has nothing else to do. */
export const NOBODY = 'nobody'

export interface AttackOrder {
  /** `POST /office/v1/loan-quotes` */
  readonly what: string
  readonly port: number
  readonly atOnce: number
  readonly seconds: number
}

export interface AttackFigures {
  readonly perSecond: number
  readonly statuses: Readonly<Record<string, number>>
}

process.on('message', (order: AttackOrder) => void attack(order))

async function attack({ what, port, atOnce, seconds }: AttackOrder): Promise<void> {
  const statuses: Record<string, number> = {}
  const made = ATTACKS[what] ?? (() => ({ method: 'GET', url: what.split(' ')[1]! }) satisfies Attack)
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  process.send!('begin')
  const begun = performance.now()
  let n = Math.floor(Math.random() * 1_000_000) * 50
  const one = async (): Promise<void> => {
    while (performance.now() - begun < seconds * 1_000) {
      const status = await send(made(n), { n: n++, port, agent }).catch(() => 'broken')
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await (what === NOBODY ? sleep(seconds * 1_000) : Promise.all(Array.from({ length: atOnce }, one)))
  const all = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  process.send!({ perSecond: Math.round(all / seconds), statuses } satisfies AttackFigures)
  process.disconnect()
}

interface Sending {
  readonly n: number
  readonly port: number
  readonly agent: Agent
}

function send({ method, url, body }: Attack, { n, port, agent }: Sending): Promise<string> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    'x-forwarded-for': `11.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: url, method, headers, agent }, (response) => {
      response.resume().on('end', () => resolve(String(response.statusCode)))
    })
      .on('error', reject)
      .end(text)
  })
}
