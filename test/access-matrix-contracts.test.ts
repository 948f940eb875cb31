/** The same walk as access-matrix.test.ts, through the four contracts, which all serve one organisation here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTRACTS } from '#src/contracts.ts'
import { type Matrix, openMatrix, PATIENCE, shutOut, unproved, walk } from '#test/access/matrix.ts'
import { NOBODY, STRANGERS } from '#test/access/people.ts'
import { CONTRACT_ROWS } from '#test/access/rows-contracts.ts'
import { INSIDERS, nameOf, routesOf } from '#test/access/walk.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
}, PATIENCE)
afterAll(() => matrix?.close())

it('is walked through every contract', () => {
  expect([...Object.keys(CONTRACT_ROWS), 'office'].toSorted()).toEqual(CONTRACTS.map(({ name }) => name).toSorted())
})

describe.each(Object.entries(CONTRACT_ROWS))('%s', (contract, rows) => {
  it('has a row for every route, and no row for none', () => {
    expect(Object.keys(rows).toSorted()).toEqual(routesOf(contract).map(nameOf).toSorted())
  })

  it.each(INSIDERS)(
    'shows %s what is their own',
    async (name) => {
      expect(await shutOut(matrix, rows, { contract, person: matrix.people[name] })).toEqual([])
    },
    PATIENCE,
  )

  it.each(INSIDERS)(
    'shows and lets %s change nothing of another owner, team or branch',
    async (name) => {
      expect(await walk(matrix, rows, { contract, person: matrix.people[name] })).toEqual([])
    },
    PATIENCE,
  )

  it.each(['nobody', ...STRANGERS])(
    'is shut to %s, of another organisation',
    async (role) => {
      const person = matrix.strangers.find((one) => one.role === role) ?? NOBODY
      expect(await walk(matrix, rows, { contract, person })).toEqual([])
    },
    PATIENCE,
  )
})

it.each(Object.entries(CONTRACT_ROWS))(
  '%s is there for those who may: each request would have found it',
  async (contract, rows) => {
    expect(await unproved(matrix, contract, rows)).toEqual([])
  },
  PATIENCE,
)
