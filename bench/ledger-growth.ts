/** A long history in the books: fees charged to the open loans and paid again, on the days of the last year. */
import { sql } from 'kysely'
import { addDays } from '#domain/day.ts'
import { FEE_INCOME, FEE_RECEIVABLE, MOBILE_MONEY } from '#domain/ledger/chart.ts'
import { credit, debit, type NewEntry } from '#domain/ledger/entry.ts'
import { post } from '#modules/ledger/ledger.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'

const ENTRIES_AT_ONCE = 1_000
const DAYS = 365

export interface Growth {
  readonly services: Services
  readonly org: Organisation
  /** A multiple of a thousand. */
  readonly entries: number
}

/** Posts so many entries, half of them charges, half their payment, so that every loan owes what its schedule says afterwards. */
export async function growLedger({ services, org, entries }: Growth): Promise<void> {
  const run = Date.now()
  const loans = await transact(systemDoor(services, org, 'bench'), openLoanIds, true)
  for (let done = 0; done < entries; done += ENTRIES_AT_ONCE) {
    await transact(systemDoor(services, org, 'bench'), async (ctx) => {
      const numbers = Array.from({ length: ENTRIES_AT_ONCE / 2 }, (_, n) => done / 2 + n)
      const outcomes = await post(
        ctx,
        numbers.flatMap((n) =>
          feeAndPayment(ctx, { key: `bench:${run}:${n}`, loan: loans[n % loans.length]!, daysAgo: DAYS - (n % DAYS) }),
        ),
      )
      if (outcomes.some(({ status }) => status !== 'posted')) throw new Error('the history was not posted')
    })
  }
}

async function openLoanIds(ctx: Ctx): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from loans where org_id = ${ctx.org.id} and status = 'active' order by id`.execute(ctx.tx)
  return rows.map(({ id }) => id)
}

function feeAndPayment(ctx: Ctx, of: { key: string; loan: number; daysAgo: number }): NewEntry[] {
  const common = { effectiveDay: addDays(ctx.today, -of.daysAgo), reference: `loan ${of.loan}` }
  return [
    {
      ...common,
      kind: 'fee',
      idemKey: `${of.key}:fee`,
      lines: [debit(FEE_RECEIVABLE, 100n, of.loan), credit(FEE_INCOME, 100n)],
    },
    {
      ...common,
      kind: 'repayment',
      idemKey: `${of.key}:paid`,
      lines: [debit(MOBILE_MONEY, 100n), credit(FEE_RECEIVABLE, 100n, of.loan)],
    },
  ]
}
