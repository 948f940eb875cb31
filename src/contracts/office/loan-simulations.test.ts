import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { simulatedSchema, simulatedSteps } from '#contracts/office/loan-simulations-present.ts'
import { loanSimulationBody } from '#contracts/office/loan-simulations-terms.ts'

type Row = Record<string, unknown>

interface Expected {
  readonly schedule?: Row[]
  readonly totals?: Row
  readonly transactions?: Row[]
}

interface Case {
  readonly id: string
  readonly source: { readonly scenario: string }
  readonly strategy: string
  readonly steps: (Row & { readonly expect?: Expected })[]
}

const url = new URL('../../../test/vectors/allocations.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: Case[] }

/** The answer without the keys that the expectation does not print. */
const shownAs = (expected: Row, found: Row): Row =>
  Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]]))

function compared(expected: Row[], found: readonly Row[]): Row[] {
  return found.map((row, at) => (expected[at] ? shownAs(expected[at], row) : row))
}

describe('the reference cases, every printed figure of every step', () => {
  test.each(cases)('$id $source.scenario', (vector) => {
    const { steps } = simulatedSteps(loanSimulationBody.parse(vector))
    expect(steps.length).toBe(vector.steps.length)
    expect(simulatedSchema.parse({ steps })).toEqual({ steps })
    for (const [at, { expect: expected }] of vector.steps.entries()) {
      const found = steps[at]!
      if (expected?.schedule) expect(compared(expected.schedule, found.schedule)).toEqual(expected.schedule)
      if (expected?.totals) expect(found.totals).toEqual(expected.totals)
      if (expected?.transactions) {
        expect(compared(expected.transactions, found.transactions)).toEqual(expected.transactions)
      }
    }
  })
})
