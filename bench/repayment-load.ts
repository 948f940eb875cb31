/** The load generator, a process of its own: keeps so many payments in flight for a while and reports rate and latencies. */
import { PAYMENT, phoneOf } from './traders.ts'
import { connectWebhook } from './webhook-connection.ts'

export interface Load {
  readonly port: number
  readonly inFlight: number
  readonly loans: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Makes the M-Pesa codes of this run unlike those of any other. */
  readonly prefix: string
}

export interface LoadFigures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly worst: number
  /** Answers by status; 201 is a repayment recorded. */
  readonly statuses: Readonly<Record<string, number>>
}

/** Coprime to the number of loans, so that every loan has its turn and neighbours in time are not neighbours in the tables. */
const STRIDE = 7_919

async function drive(load: Load): Promise<LoadFigures> {
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  const begin = performance.now() + load.warmUpSeconds * 1000
  setTimeout(() => process.send!('begin'), load.warmUpSeconds * 1000)
  const end = begin + load.seconds * 1000
  let sent = 0
  const offset = Math.floor(Math.random() * load.loans)
  async function keepPaying(): Promise<void> {
    const connection = await connectWebhook(load.port)
    for (let before = performance.now(); before < end; ) {
      const n = sent++
      const phone = phoneOf((offset + n * STRIDE) % load.loans)
      const { status } = await connection.deliver({ phone, amount: PAYMENT.text, code: `${load.prefix}${n}` })
      const now = performance.now()
      if (before >= begin && now <= end) {
        latencies.push(now - before)
        statuses[status] = (statuses[status] ?? 0) + 1
      }
      before = now
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: load.inFlight }, keepPaying))
  return { perSecond: (statuses['201'] ?? 0) / load.seconds, ...percentiles(latencies), statuses }
}

function percentiles(values: readonly number[]): { p50: number; p99: number; worst: number } {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), worst: at(1) }
}

process.once('message', (load: Load) => {
  drive(load).then(
    (figures) => process.send!(figures, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`the load generator failed: ${String(error)}\n`)
      process.exit(1)
    },
  )
})
