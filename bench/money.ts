/** Postings and repayments, measured in turns: what is compared is measured minutes apart at most, several times. */
import { type Agreement, checkAgreement } from './agreement.ts'
import { measureBatchedPostings } from './batched-postings.ts'
import type { Rate } from './duration.ts'
import { growLedger } from './ledger-growth.ts'
import { measureRepayments, type RepaymentFigures } from './measure-repayments.ts'
import { openLoans } from './open-loans.ts'
import type { Place } from './place.ts'
import { measureSingleStatements } from './single-statements.ts'

/** `ledger`: a and b; `repayments`: a and c; `million`: c before and after the books have grown. */
export type MoneyPart = 'ledger' | 'repayments' | 'million'

export interface MoneyFigures {
  readonly rounds: number
  readonly loans: number
  readonly grownBy: number
  /** Single statements, shared rows locked first; and as well as such a transaction can, locked last. */
  readonly a: Rate
  readonly aLast: Rate
  readonly b?: Rate
  readonly c?: RepaymentFigures
  readonly d?: RepaymentFigures
  readonly agreement: Agreement
}

const ROUNDS = 3
const LOANS = 10_000
const GROWTH = 1_000_000
const POSTING_SECONDS = 4
const REPAYMENT_SECONDS = 8
const WARM_UP_SECONDS = 4

/** Medians of several rounds of everything asked for, and whether the books agree afterwards. */
export async function measureMoney(place: Place, parts: readonly MoneyPart[]): Promise<MoneyFigures> {
  const { services } = place
  const lender = place.organisation('sokocredit')
  const overHttp = parts.includes('repayments') || parts.includes('million')
  if (overHttp) await openLoans(services, lender, LOANS)
  await place.takeStatistics()
  const measured: Measured = { a: [], aLast: [], b: [], c: [], d: [] }
  for (let round = 0; round < ROUNDS; round++) {
    measured.a.push(await baseline(place, 'first'))
    measured.aLast.push(await baseline(place, 'last'))
    if (parts.includes('ledger')) measured.b.push(await batched(place))
    if (overHttp) measured.c.push(await repayments(place))
  }
  if (parts.includes('million')) {
    await growLedger({ services, org: lender, entries: GROWTH })
    await place.takeStatistics()
    for (let round = 0; round < ROUNDS; round++) measured.d.push(await repayments(place))
  }
  return {
    ...{ rounds: ROUNDS, loans: LOANS, grownBy: GROWTH },
    a: median(measured.a)!,
    aLast: median(measured.aLast)!,
    ...ifMeasured('b', measured.b),
    ...ifMeasured('c', measured.c),
    ...ifMeasured('d', measured.d),
    agreement: await checkAgreement(services, lender),
  }
}

interface Measured {
  readonly a: Rate[]
  readonly aLast: Rate[]
  readonly b: Rate[]
  readonly c: RepaymentFigures[]
  readonly d: RepaymentFigures[]
}

const baseline = ({ connection, organisation }: Place, shared: 'first' | 'last'): Promise<Rate> =>
  measureSingleStatements({
    ...{ connection, shared, loans: LOANS, seconds: POSTING_SECONDS },
    orgId: organisation('visionfund').id,
  })

const batched = ({ services, organisation }: Place): Promise<Rate> =>
  measureBatchedPostings({ services, org: organisation('chamahub'), loans: LOANS, seconds: POSTING_SECONDS })

const repayments = ({ folder }: Place): Promise<RepaymentFigures> =>
  measureRepayments({ folder, loans: LOANS, warmUpSeconds: WARM_UP_SECONDS, seconds: REPAYMENT_SECONDS })

/** The run in the middle, with its own latencies. */
function median<R extends Rate>(runs: readonly R[]): R | undefined {
  return [...runs].sort((x, y) => x.perSecond - y.perSecond)[Math.floor(runs.length / 2)]
}

function ifMeasured<K extends string, R extends Rate>(key: K, runs: readonly R[]): Partial<Record<K, R>> {
  const run = median(runs)
  return run ? ({ [key]: run } as Record<K, R>) : {}
}
