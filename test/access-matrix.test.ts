/**
 * Every route of the office, asked by somebody of every role about what belongs to another customer, team, branch and
 * organisation: nothing is shown, nothing is changed. A route without its row in `access/rows-*.ts` fails.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Matrix, openMatrix, PATIENCE, shutOut, unproved, walk } from '#test/access/matrix.ts'
import { ABROAD, HOME, NOBODY, STRANGERS } from '#test/access/people.ts'
import { OFFICE } from '#test/access/rows-office.ts'
import { INSIDERS, nameOf, routesOf } from '#test/access/walk.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
}, PATIENCE)
afterAll(() => matrix?.close())

const contract = 'office'

it('has a row for every route, and no row for none', () => {
  expect(Object.keys(OFFICE).toSorted()).toEqual(routesOf(contract).map(nameOf).toSorted())
})

describe.each(INSIDERS)('%s', (name) => {
  it(
    'finds what is their own',
    async () => {
      expect(await shutOut(matrix, OFFICE, { contract, person: matrix.people[name] })).toEqual([])
    },
    PATIENCE,
  )

  it(
    'finds and changes nothing of another owner, team or branch',
    async () => {
      expect(await walk(matrix, OFFICE, { contract, person: matrix.people[name] })).toEqual([])
    },
    PATIENCE,
  )
})

it(
  'is shut to nobody in particular',
  async () => {
    expect(await walk(matrix, OFFICE, { contract, person: NOBODY })).toEqual([])
  },
  PATIENCE,
)

it.each(STRANGERS.flatMap((role) => [[role, HOME] as const, [role, ABROAD] as const]))(
  'shows and does nothing for a %s of another organisation who asks at %s',
  async (role, org) => {
    const person = matrix.strangers.find((one) => one.role === role)!
    expect(await walk(matrix, OFFICE, { contract, person, org })).toEqual([])
  },
  PATIENCE,
)

it(
  'is there for those who may: each request would have found it',
  async () => {
    expect(await unproved(matrix, contract, OFFICE)).toEqual([])
  },
  PATIENCE,
)
