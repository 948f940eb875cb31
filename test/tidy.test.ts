import { describe, expect, it } from 'vitest'
import { findings, untestedRefusals } from '../scripts/tidy.ts'
import { checkHouse } from '../scripts/tidy-house.ts'
import { sourceOf } from '../scripts/tidy-source.ts'

const rulesBroken = (path: string, text: string) =>
  findings([sourceOf(path, text)]).map(({ rule, line }) => `${rule}:${line}`)
const importing = (from: string) => `import { x } from '${from}'\n`

describe('imports', () => {
  it.each([
    ['src/domain/loans/arrears.ts', '#domain/day.ts', true],
    ['src/domain/loans/arrears.ts', '#platform/database/db.ts', false],
    ['src/domain/loans/arrears.ts', 'node:fs', false],
    ['src/domain/loans/arrears.ts', 'zod', false],
    ['src/domain/loans/arrears.ts', '../day.ts', false],
    ['src/platform/http/http.ts', '#domain/refusal.ts', true],
    ['src/platform/http/http.ts', 'fastify', true],
    ['src/platform/http/http.ts', '#platform/config.ts', true],
    ['src/platform/http/http.ts', '#src/app.ts', false],
    ['src/platform/http/http.ts', '#modules/loan-records/views.ts', false],
    ['src/platform/http/http.ts', '#contracts/office/answers.ts', false],
    ['src/platform/http/http.ts', '#test/world.ts', false],
    ['src/modules/loans/loans.ts', '#modules/loan-records/store.ts', true],
    ['src/modules/loans/loans.ts', '#modules/ledger/ledger.ts', true],
    ['src/modules/loans/loans.ts', '#modules/ledger/store.ts', false],
    ['src/modules/loans/loans.ts', '#modules/identity/views.ts', true],
    ['src/modules/loans/loans.ts', '#modules/payments/payments.ts', false],
    ['src/modules/ledger/ledger.ts', '#modules/loan-records/views.ts', false],
    ['src/modules/reporting/reporting.ts', '#modules/payments/views.ts', true],
    ['src/modules/reporting/reporting.ts', '#modules/payments/payments.ts', false],
    ['src/modules/loans/loans.ts', '#platform/providers/sms/sms.ts', false],
    ['src/modules/loans/loans.ts', '#contracts/sokocredit/present.ts', false],
    ['src/contracts/sokocredit/loans.ts', '#modules/payments/payments.ts', true],
    ['src/contracts/sokocredit/loans.ts', '#modules/payments/store.ts', false],
    ['src/contracts/sokocredit/loans.ts', '#contracts/sokocredit/present.ts', true],
    ['src/contracts/sokocredit/loans.ts', '#contracts/office/present.ts', false],
    ['src/app.ts', '#contracts/office/contract.ts', true],
    ['src/modules/loans/loans.test.ts', '#modules/payments/store.ts', true],
  ])('%s imports %s: %s', (path, from, allowed) => {
    expect(rulesBroken(path, importing(from))).toEqual(allowed ? [] : ['imports:1'])
  })
})

it('sees an import that is called', () => {
  expect(rulesBroken('src/domain/a.ts', "\nconst x = (): import('#platform/database/db.ts').Database => y\n")).toEqual([
    'imports:2',
  ])
})

describe('words', () => {
  it.each([
    ['floats', 'src/domain/money.ts', 'const x = Math.round(y)', true],
    ['floats', 'src/modules/loans/loans.ts', 'x.toFixed(2)', true],
    ['floats', 'src/contracts/sokocredit/loans.ts', 'parseFloat(x)', true],
    ['floats', 'src/contracts/sokocredit/present.ts', 'x.toFixed(2)', false],
    ['floats', 'src/contracts/sokocredit/present-loans.ts', 'x.toFixed(2)', false],
    ['floats', 'src/platform/http/http.ts', 'Math.round(ms)', false],
    ['floats', 'src/domain/money.ts', 'const x = Math.ceil(y) // tidy: seconds', false],
    ['floats', 'src/domain/money.ts', '/** never Math.round */', false],
    ['coercion', 'src/contracts/office/loans.ts', 'const limit = z.coerce.number()', true],
    ['coercion', 'src/platform/config.ts', 'PORT: z.coerce.number()', false],
    ['sql', 'src/modules/loans/loans.ts', 'await sql`select 1`', true],
    ['coercion', 'src/contracts/office/loans.ts', 'const limit = z.coerce.number()', true],
    ['coercion', 'src/platform/config.ts', 'PORT: z.coerce.number()', false],
    ['sql', 'src/modules/loans/loans.ts', 'await sql<{ id: number }>`select 1`', true],
    ['sql', 'src/modules/loan-records/store.ts', 'await sql`select 1`', false],
    ['sql', 'src/modules/loan-day-end/store.ts', 'await sql`select 1`', false],
    ['sql', 'src/modules/loans/restore.ts', 'await sql`select 1`', true],
    ['sql', 'src/platform/events/events.ts', 'await sql`select 1`', false],
    ['sql', 'src/contracts/office/events.ts', 'await sql`select 1`', true],
    ['environment', 'src/platform/database/db.ts', 'process.env.X', true],
    ['environment', 'src/platform/config.ts', 'process.env', false],
    ['purity', 'src/domain/day.ts', 'new Date()', true],
    ['purity', 'src/domain/day.ts', 'new Date(0)', false],
    ['clock', 'src/modules/loans/loans.ts', 'Date.now()', true],
    ['network', 'src/modules/payments/payments.ts', 'await fetch(url)', true],
    ['network', 'src/modules/payments/store.ts', 'await prefetch(url)', false],
    ['words', 'src/modules/customers/customers.ts', "role === 'mama_mboga'", true],
    ['words', 'src/contracts/sokocredit/users.ts', "role === 'mama_mboga'", false],
    ['swallowed', 'src/contracts/movicuotas/devices.ts', '} catch {', true],
    ['swallowed', 'src/modules/savings/savings.ts', 'await insert().catch(() => null)', true],
    ['swallowed', 'src/modules/savings/savings.ts', '} catch (error) {', false],
    ['swallowed', 'src/platform/providers/mdm/mdm.ts', '} catch {', false],
    ['undone', 'src/domain/day.ts', `// ${'TO' + 'DO'} later`, true],
    ['undone', 'scripts/x.ts', `// tidy: x ${'FIX' + 'ME'}`, true],
    ['skipped', 'src/domain/day.test.ts', `it.${'on' + 'ly'}('x', () => expect(1))`, true],
    ['mocks', 'src/domain/day.test.ts', `vi.${'mo' + 'ck'}('./store')`, true],
  ])('%s in %s: %s → %s', (rule, path, line, found) => {
    expect(rulesBroken(path, `${line}\n`)).toEqual(found ? [`${rule}:1`] : [])
  })
})

describe('shape', () => {
  const lines = (n: number, line = 'x()') => `${line}\n`.repeat(n)

  it.each([
    ['a file at the limit', 'src/domain/a.ts', lines(400), []],
    ['a file over the limit', 'src/domain/a.ts', lines(401), ['size:401']],
    ['a function at the limit', 'src/domain/a.ts', `function f() {\n${lines(48)}}\n`, []],
    ['a function over the limit', 'src/domain/a.ts', `\nconst f = () => {\n${lines(49)}}\n`, ['size:2']],
    ['a long list of tests', 'src/domain/a.test.ts', `describe('x', () => {\n${lines(60)}})\n`, []],
    ['four parameters', 'src/domain/a.ts', 'function f(a, b, c, d) {}\n', ['size:1']],
    ['three and the context', 'src/modules/loans/a.ts', 'function f(ctx, a, b, c) {}\n', []],
    ['a row of a table of tests', 'src/domain/a.test.ts', "it.each([])('x', (a, b, c, d) => { expect(a) })\n", []],
    ['a name that says nothing', 'src/domain/utils.ts', '', ['names:1']],
    ['an export of everything', 'src/domain/a.ts', "export * from '#domain/b.ts'\n", ['exports:1']],
    ['a default export', 'src/domain/a.ts', 'export default 1\n', ['exports:1']],
    ['a default function', 'src/domain/a.ts', 'export default function f() {}\n', ['exports:1']],
    ['a tool that wants one', 'web/vite.config.ts', 'export default {}\n', []],
    ['a test without proof', 'src/domain/a.test.ts', "it('x', () => { f() })\n", ['proof:1']],
    ['a row of tests without proof', 'src/domain/a.test.ts', "it.each([1])('x', (n) => { f(n) })\n", ['proof:1']],
    [
      'a test that proves by a function',
      'src/domain/a.test.ts',
      "const same = () => expect(1)\nit('x', () => { same() })\n",
      [],
    ],
    [
      'one of the test folder',
      'src/domain/a.test.ts',
      "import { booksAgree } from '#test/books.ts'\nit('x', () => { booksAgree() })\n",
      [],
    ],
  ])('%s', (_name, path, text, found) => {
    expect(rulesBroken(path, text)).toEqual(found)
  })
})

it('reports the refusals that no test names', () => {
  const list = sourceOf(
    'src/domain/refusal.ts',
    "export type RefusalCode =\n  | 'loan_not_found'\n  | 'own_request' // why\n",
  )
  const test = sourceOf('test/stories/a.test.ts', "expect(code).toBe('loan_not_found')\n")
  expect(untestedRefusals([list, test])).toEqual(['own_request'])
})

it('files in a circle, rooms too full, modules that are not there and variables nobody is told of are found', () => {
  const file = (path: string, text = '') => sourceOf(path, text)
  const circle = [
    file('src/domain/a.ts', "import { b } from '#domain/b.ts'"),
    file('src/domain/b.ts', "import type { C } from '#domain/c.ts'"),
    file('src/domain/c.ts', "import { a } from '#domain/a.ts'"),
    file('src/domain/d.ts', "import { a } from '#domain/a.ts'"),
  ]
  const rules = (sources: Parameters<typeof checkHouse>[0], documents = '') =>
    checkHouse(sources, documents)
      .filter(({ reason }) => !/no such module/.test(reason))
      .map(({ rule, path }) => `${rule} ${path}`)
  expect(rules(circle)).toEqual(['circle src/domain/a.ts'])
  expect(rules(circle.slice(1))).toEqual([])
  const many = (folder: string, n: number) => Array.from({ length: n }, (_, i) => file(`${folder}/f${i}.ts`))
  expect(rules([...many('src', 6), ...many('src/platform/work', 15), ...many('src/domain/loans', 40)])).toEqual([])
  expect(rules([...many('src', 7), ...many('src/platform/work', 16)])).toEqual(['room src', 'room src/platform/work'])
  expect(rules([file('src/modules/hats/hats.ts')])).toEqual(['modules scripts/tidy-imports.ts'])
  const config = file('src/platform/config.ts', "'MKOPO_TOLD' 'MKOPO_UNTOLD'")
  expect(rules([config], 'set `MKOPO_TOLD`')).toEqual(['variables src/platform/config.ts'])
})
