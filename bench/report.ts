/** The figures as a table for people. */
import type { BulkFigures } from './bulk-csv.ts'
import type { CloseFigures } from './close-of-business.ts'
import type { Machine } from './machine.ts'
import type { RepaymentFigures } from './measure-repayments.ts'
import type { MoneyFigures } from './money.ts'
import type { OpenEndpointFigures } from './open-endpoints.ts'
import type { Measured } from './schedules.ts'

const count = (n: number): string => Math.round(n).toLocaleString('en')
const line = (what: string, perSecond: number, beside = ''): string =>
  `  ${what.padEnd(62)}${count(perSecond).padStart(9)} / s  ${beside}`.trimEnd()

export function machineLines(machine: Machine): string[] {
  const { cpu, cores, memoryGigabytes, node, postgres, settings, loadBefore } = machine
  const shown = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  return [
    `${cpu}, ${cores} cores, ${memoryGigabytes} GB; load before: ${loadBefore}`,
    `Node ${node}; embedded PostgreSQL ${postgres}: ${shown.join(', ')}`,
    '',
  ]
}

export const pureLines = (pure: readonly Measured[]): string[] => [
  ...pure.map(({ what, perSecond }) => line(what, perSecond)),
  ...(pure.length > 0 ? [''] : []),
]

export function moneyLines({ a, aLast, b, c, d, rounds, loans, grownBy, agreement }: MoneyFigures): string[] {
  const { entries, blocks, problems } = agreement
  return [
    line('a  a posting as single statements, 8 connections', a.perSecond, `median of ${rounds} runs each, in turns`),
    line('   the same, rows shared by all postings locked last', aLast.perSecond, ratio(aLast, a, 'a')),
    ...(b ? [line('b  ledger.post, batched, 256 in flight', b.perSecond, ratio(b, a, 'a'))] : []),
    ...(c ? repaymentLines(`c  repayments over HTTP, 64 in flight, ${count(loans)} loans`, c, ratio(c, a, 'a')) : []),
    ...(c && d ? repaymentLines(`d  the same after ${count(grownBy)} more journal entries`, d, ratio(d, c, 'c')) : []),
    problems.length === 0
      ? `  verify: ok, ${count(entries)} entries in ${count(blocks)} blocks; schedules, histories, payments and balances agree`
      : `  verify: NOT ok: ${problems.join('; ')}`,
  ]
}

const ratio = (of: { perSecond: number }, to: { perSecond: number }, name: string): string =>
  `${(of.perSecond / to.perSecond).toFixed(2)} × ${name}`

function repaymentLines(what: string, figures: RepaymentFigures, beside: string): string[] {
  const { p50, p99, worst, memory, cost, statuses, backlog } = figures
  const others = Object.entries(statuses).filter(([status]) => status !== '201')
  return [
    line(what, figures.perSecond, beside),
    `     p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${worst.toFixed(0)} ms; server at most ${count(memory / 2 ** 20)} MB`,
    `     processor a repayment: server ${cost.server} µs, PostgreSQL ${cost.postgres} µs; unread events at the end: ${count(backlog)}`,
    ...(others.length > 0 ? [`     other answers: ${others.map(([status, n]) => `${n} × ${status}`).join(', ')}`] : []),
  ]
}

export const closeLines = (closes: readonly CloseFigures[]): string[] =>
  closes.map(
    ({ loans, firstSeconds, nextSeconds, microsecondsALoan, reconciledSeconds, killed, verified }) =>
      `  close of business, ${count(loans)} loans: first ${firstSeconds} s, next day ${nextSeconds} s (${microsecondsALoan} µs a loan), reconciled with the books in ${reconciledSeconds} s; ` +
      `killed after ${killed.afterSeconds.toFixed(1)} s and gone on with in ${killed.resumedSeconds} s, totals ${killed.sameTotals ? 'the same' : 'NOT the same'}; books ${verified ? 'ok' : 'NOT ok'}`,
  )

export const csvLines = (csv: readonly BulkFigures[]): string[] =>
  csv.map(({ rows, rowsPerSecond }) => line(`customers from a CSV file of ${count(rows)} rows`, rowsPerSecond))

export const openLines = (open: readonly OpenEndpointFigures[]): string[] => [
  ...(open.length > 0
    ? ['  /health/live while 20 connections attack an open operation with its most expensive request:']
    : []),
  ...open.map(({ what, p50, p99, worst, perSecond, statuses }) => {
    const answers = Object.entries(statuses).map(([status, n]) => `${count(n)} × ${status}`)
    const times = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${worst.toFixed(0)} ms`
    return `    ${what.padEnd(40)}${times}; ${count(perSecond)} / s: ${answers.join(', ')}`
  }),
]
