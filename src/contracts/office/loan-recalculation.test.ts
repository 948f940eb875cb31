import { describe, expect, test } from 'vitest'
import { loanTerms } from '#contracts/office/loan-terms.ts'
import { day } from '#domain/day.ts'
import { formatMinor } from '#domain/money.ts'
import { agreementOf } from '#domain/loans/agreement.ts'
import { recalculate } from '#domain/loans/recalculation.ts'
import reference from '#test/vectors/schedules.json' with { type: 'json' }

const declining = reference.vectors.filter((vector) => vector.interestMethod === 'declining')

describe('recalculated with nothing paid, the reference schedules of declining interest come out', () => {
  test.each(declining.map((v) => [v.id, v.group, v] as const))('%s | %s', (_id, _group, vector) => {
    const terms = loanTerms.parse(vector)
    const agreement = agreementOf(terms)
    const paid = agreement.book.periods.map(() => ({ interest: 0n, principal: 0n }))
    const overdue = vector.overdueRecalculation ?? null
    const rest = overdue && overdue.rest !== 'daily' ? 'perInstalment' : 'daily'
    const asOf = { day: day(overdue?.asOf ?? vector.disbursementDate), settling: null }
    const dues = recalculate({ agreement, rule: { rest, overdueBearsInterest: true }, paid, payments: [] }, asOf)
    const printed = vector.expected.filter((row) => row.kind === 'installment').slice(0, dues.length)
    expect(dues.map((due) => formatMinor(due.principal, terms.decimals))).toEqual(
      printed.map((row) => row.principalDue),
    )
    expect(dues.map((due) => formatMinor(due.interest, terms.decimals))).toEqual(printed.map((row) => row.interestDue))
  })
})
