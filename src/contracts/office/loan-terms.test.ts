import { describe, expect, it } from 'vitest'
import { loanTerms, presentSchedule } from '#contracts/office/loan-terms.ts'
import { schedule } from '#domain/loans/schedule.ts'
import reference from '#test/vectors/schedules.json' with { type: 'json' }

describe('the reference schedules', () => {
  it.each(reference.vectors.map((v) => [v.id, v.group, v] as const))('%s | %s', (_, __, vector) => {
    const terms = loanTerms.parse(vector)
    const { rows, totals } = presentSchedule(schedule(terms), terms.decimals)
    expect(rows).toEqual(vector.expected)
    expect(totals).toEqual(vector.totals)
  })
})
