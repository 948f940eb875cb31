/** `ledger.post` as the product uses it: postings that arrive while a batch is being written form the next one. */
import { CAPITAL, INTEREST_RECEIVABLE, LOAN_PRINCIPAL, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit, type NewEntry } from '#domain/ledger/entry.ts'
import { openBooks, type Outcome, post } from '#modules/ledger/ledger.ts'
import { createBatcher } from '#platform/work/batcher.ts'
import { type Door, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { during, type Rate } from './duration.ts'

const IN_FLIGHT = 256

export interface PostingOptions {
  readonly services: Services
  /** An organisation of its own: it gets loans that are in the books only. */
  readonly org: Organisation
  readonly loans: number
  readonly seconds: number
}

/** Postings per second, 256 in flight, each of one entry with three lines: 200.00 in, 20.00 interest, 180.00 principal. */
export async function measureBatchedPostings({ services, org, loans, seconds }: PostingOptions): Promise<Rate> {
  const door = systemDoor(services, org, 'bench')
  await oweMuch(door, loans)
  const ledger = createBatcher<NewEntry, Outcome>({
    maxBatch: IN_FLIGHT,
    maxWaiting: 2 * IN_FLIGHT,
    overloaded: () => new Error('more waits than was sent'),
    run: (entries) => transact(door, (ctx) => post(ctx, entries)),
  })
  let sent = Number(Date.now()) * 1_000
  return during(seconds, IN_FLIGHT, async () => {
    const number = sent++
    const outcome = await ledger.submit(repayment(door, 1 + (number % loans), number))
    if (outcome.status !== 'posted') throw new Error(`a posting of the bench was ${outcome.status}`)
  })
}

const repayment = (door: Door, loan: number, number: number): NewEntry => ({
  kind: 'repayment',
  effectiveDay: door.today,
  reference: `BENCH${number}`,
  idemKey: `bench:${number}`,
  lines: [
    debit(MOBILE_MONEY, 20_000n),
    credit(INTEREST_RECEIVABLE, 2_000n, loan),
    credit(LOAN_PRINCIPAL, 18_000n, loan),
  ],
})

/** So that no guard stops a posting. */
async function oweMuch(door: Door, loans: number): Promise<void> {
  const amount = 1_000_000_000_000n
  await transact(door, async (ctx) => {
    await openBooks(ctx)
    await post(
      ctx,
      Array.from({ length: loans }, (_, n) => ({
        kind: 'capital',
        effectiveDay: ctx.today,
        reference: null,
        idemKey: `bench:owed:${n + 1}`,
        lines: [
          debit(LOAN_PRINCIPAL, amount, n + 1),
          debit(INTEREST_RECEIVABLE, amount, n + 1),
          credit(CAPITAL, 2n * amount),
        ],
      })),
    )
  })
}
