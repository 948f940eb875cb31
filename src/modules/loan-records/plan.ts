/** What a loan's instalments follow from: its terms, or dues that stay as they were agreed on. */
import { type Plan, planOfFixedRows, planOfRows, planOfTerms } from '#domain/loans/course.ts'
import { addParts, NOTHING, type Parts, subtractParts, totalOf } from '#domain/loans/instalment.ts'
import { loanTermsOf } from '#modules/loan-products/loan-products.ts'
import type { Standing } from '#modules/loan-records/history-store.ts'
import type * as store from '#modules/loan-records/store.ts'

/** What the loan was agreed on: at its disbursement, or anew afterwards. */
export function planOf(loan: store.LoanRow): Plan {
  const { plan, terms, currency } = loan
  const duesFirst = !('order' in terms.allocation) || terms.allocation.order !== 'ranked'
  if (plan?.of === 'rows') {
    const rows = plan.rows.map(([nr, dueDay, due], n) => ({
      kind: 'instalment' as const,
      nr,
      fromDay: n === 0 ? plan.day : plan.rows[n - 1]![1],
      dueDay,
      due: unpackParts(due),
    }))
    return planOfRows(plan.day, rows, duesFirst)
  }
  const agreed = plan?.terms ?? terms
  const lent = plan
    ? { principal: BigInt(plan.principal), startDay: plan.day }
    : { principal: loan.principal, startDay: loan.disbursedOn! }
  return planOfTerms({
    terms: loanTermsOf(agreed, { ...lent, currency }),
    recalculation: agreed.recalculation ?? null,
    duesFirst,
    firstNr: plan?.firstNr ?? 1,
    carried: plan ? unpackParts(plan.carried) : NOTHING,
  })
}

const unpackParts = ([penalty, fee, interest, principal]: store.PackedParts): Parts => ({
  penalty: BigInt(penalty),
  fee: BigInt(fee),
  interest: BigInt(interest),
  principal: BigInt(principal),
})

export const packParts = (parts: Parts): store.PackedParts => [
  `${parts.penalty}`,
  `${parts.fee}`,
  `${parts.interest}`,
  `${parts.principal}`,
]

/** The dues as they are written, without what was charged, and lent again, since. */
export function fixedPlan(
  row: store.LoanRow,
  rows: readonly store.StoredInstalment[],
  items: readonly Standing[],
): Plan {
  const day = row.plan?.day ?? row.disbursedOn!
  const added = addedTo(items.filter(addsDues))
  const lent = addedTo(items.filter(({ kind }) => kind === 'credit_refund'))
  const planned = rows.flatMap(({ nr, dueDay, due }, n) => {
    // A row behind the last one that was made for what was lent again.
    if (n > 0 && totalOf(due) > 0n && totalOf(due) === totalOf(lent.get(nr) ?? NOTHING)) return []
    const own = subtractParts(due, added.get(nr) ?? NOTHING)
    return [{ kind: 'instalment' as const, nr, fromDay: n === 0 ? day : rows[n - 1]!.dueDay, dueDay, due: own }]
  })
  return planOfFixedRows(day, planned)
}

function addedTo(items: readonly Standing[]): ReadonlyMap<number, Parts> {
  const added = new Map<number, Parts>()
  for (const { nr, parts } of items.flatMap(({ lines }) => lines)) {
    added.set(nr, addParts(added.get(nr) ?? NOTHING, parts))
  }
  return added
}

/** Whether a transaction adds to what is due, and books it itself. */
export const addsDues = ({ kind }: Standing): boolean =>
  kind === 'fee' || kind === 'penalty' || kind === 'credit_refund'
