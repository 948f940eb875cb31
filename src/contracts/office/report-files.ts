/** Reports as files, written while they are read: nothing is kept, whatever their length. */
import { amountText, dayText, headings, momentText, STATUS_TEXTS } from '#contracts/office/report-texts.ts'
import { allBands, bandName, percentText } from '#contracts/office/present-reports.ts'
import {
  overdueFilterOf,
  overdueQuery,
  type OverdueQuery,
  periodQuery,
  type PeriodQuery,
  section,
} from '#contracts/office/reports.ts'
import { languageOf } from '#domain/language.ts'
import {
  type CollectionReport,
  collectionReport,
  loanPages,
  overdueDevicePages,
  paymentPages,
  periodOf,
} from '#modules/reporting/reporting.ts'
import type { LoanRow, OverdueDevice, PaymentLine } from '#modules/reporting/views.ts'
import type { Ctx, Door, Organisation } from '#platform/context.ts'
import { CSV_TYPE, csvStream } from '#platform/files/csv.ts'
import type { Answer, Operation } from '#platform/http/route.ts'
import { type Row, XLSX_TYPE, xlsxStream } from '#platform/files/spreadsheet.ts'

const CSV_ANSWERS = {
  200: { description: 'A file of text/csv, UTF-8 with a byte order mark, with a heading', file: ['text/csv'] },
}
const IN_ITS_LANGUAGE = 'Headings and dates are Spanish where the organisation is, else English.'

type Pages = AsyncIterable<readonly Row[]>

const csv = (name: string, header: readonly string[], pages: Pages): Answer => ({
  status: 200,
  headers: { 'content-type': CSV_TYPE, 'content-disposition': `attachment; filename="${name}.csv"` },
  stream: csvStream(header, pages, { marked: true }),
})

async function* rowsOf<T>(pages: AsyncIterable<readonly T[]>, rowOf: (item: T) => Row): AsyncGenerator<readonly Row[]> {
  for await (const page of pages) yield page.map(rowOf)
}

/** Whom to call, about which phone, and how much for how long: eleven columns. */
const overdueRow =
  (org: Organisation) =>
  (row: OverdueDevice): Row => [
    ...[row.contractNumber, row.customerName, row.phone, row.branch, `${row.brand} ${row.model}`, row.imei],
    ...[row.overdueCount, amountText(row.totalOverdue, org), dayText(row.firstOverdue, org), row.daysOverdue],
    STATUS_TEXTS[languageOf(org.locale)]?.[row.lockStatus] ?? row.lockStatus,
  ]

const overduePages = (door: Door, query: OverdueQuery): Pages =>
  rowsOf(overdueDevicePages(door, overdueFilterOf(door, query), query.sort), overdueRow(door.org))

export const downloadOverdueDevices: Operation = {
  id: 'downloadOverdueDevices',
  section,
  summary: 'All overdue phones that match, as CSV',
  description: IN_ITS_LANGUAGE,
  transaction: 'own',
  query: overdueQuery,
  answers: CSV_ANSWERS,
  handle: async (door: Door, { query }: { query: OverdueQuery }) =>
    csv('overdue-devices', headings('overdue', door.org), overduePages(door, query)),
}

export const downloadOverdueWorkbook: Operation = {
  id: 'downloadOverdueWorkbook',
  section,
  summary: 'All overdue phones that match, as a workbook (XLSX)',
  description: IN_ITS_LANGUAGE,
  transaction: 'own',
  query: overdueQuery,
  answers: { 200: { description: 'A workbook of one sheet', file: [XLSX_TYPE] } },
  async handle(door: Door, { query }: { query: OverdueQuery }): Promise<Answer> {
    const sheet = { name: 'Overdue', header: headings('overdue', door.org) }
    const headers = { 'content-type': XLSX_TYPE, 'content-disposition': 'attachment; filename="overdue-devices.xlsx"' }
    return { status: 200, headers, stream: xlsxStream(sheet, overduePages(door, query)) }
  },
}

/** The report as one table: what a line is part of, what it says, how many, how much. */
function collectionRows(report: CollectionReport, org: Organisation): Row[] {
  const { byDays, byBranch, locks, recovery, claims } = report
  const line = (part: string, name: string, counted: { count: number | null; amount: bigint | null }): Row => [
    ...[part, name, counted.count, counted.amount === null ? null : amountText(counted.amount, org)],
  ]
  const counts = (name: string, count: number): Row => line('summary', name, { count, amount: null })
  return [
    line('summary', 'total_overdue', allBands(byDays)),
    counts('devices_blocked', locks.locked),
    counts('devices_at_risk', locks.atRisk),
    ...byDays.map((band) => line('by_days', bandName(band.fromDays), band)),
    ...byBranch.map(({ branch, loans, amount }) => line('by_branch', branch ?? '', { count: loans, amount })),
    line('recovery', 'overdue_at_start', { count: null, amount: recovery.overdueAtStart }),
    line('recovery', 'recovered', { count: null, amount: recovery.recovered }),
    ['recovery', 'rate_percent', null, percentText(recovery.recovered, recovery.overdueAtStart)],
    ...Object.entries(claims).map(([name, counted]) => line('payments', name, counted)),
    ...report.recentLocks.map(
      (lock): Row => [...['recent_blocks', `${lock.imei} ${lock.customerName}`, null, momentText(lock.at, org)]],
    ),
  ]
}

export const downloadCollections: Operation = {
  id: 'downloadCollectionReport',
  section,
  summary: 'The report of collection as CSV',
  description: 'One table: the part of the report, the figure’s name, how many, how much.',
  query: periodQuery,
  answers: CSV_ANSWERS,
  async handle(ctx: Ctx, { query }: { query: PeriodQuery }): Promise<Answer> {
    const rows = collectionRows(await collectionReport(ctx, periodOf(ctx, query)), ctx.org)
    return csv('collections', headings('collections', ctx.org), onePage(rows))
  },
}

async function* onePage(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows
}

const loanRow =
  (org: Organisation) =>
  (loan: LoanRow): Row => [
    ...[loan.id, loan.accountNo, loan.contractNumber, loan.branch, loan.customerId, loan.customerName, loan.phone],
    ...[loan.product, loan.officer, loan.status, loan.currency],
    ...[loan.principal, loan.due, loan.paid, loan.outstanding, loan.overdue].map((minor) => amountText(minor, org)),
    ...[loan.daysPastDue, dayText(loan.disbursedOn, org), dayText(loan.completedOn, org)],
  ]

export const downloadLoans: Operation = {
  id: 'downloadLoans',
  section,
  summary: 'All loans as CSV',
  description: `In order of their ids, as they stand while the file is read. ${IN_ITS_LANGUAGE}`,
  transaction: 'own',
  answers: CSV_ANSWERS,
  handle: async (door: Door) => csv('loans', headings('loans', door.org), rowsOf(loanPages(door), loanRow(door.org))),
}

const paymentRow =
  (org: Organisation) =>
  (payment: PaymentLine): Row => [
    ...[payment.id, payment.provider, payment.reference, payment.payerPhone, payment.customerId, payment.customerName],
    ...[
      payment.contractNumber,
      payment.currency,
      amountText(payment.amount, org),
      amountText(payment.overpayment, org),
    ],
    ...[dayText(payment.valueDay, org), momentText(payment.receivedAt, org), payment.status, payment.reason],
    ...[payment.decidedBy, momentText(payment.decidedAt, org)],
  ]

export const downloadPayments: Operation = {
  id: 'downloadPayments',
  section,
  summary: 'All payments as CSV',
  description: `In order of their ids, pending and rejected ones included. ${IN_ITS_LANGUAGE}`,
  transaction: 'own',
  answers: CSV_ANSWERS,
  handle: async (door: Door) =>
    csv('payments', headings('payments', door.org), rowsOf(paymentPages(door), paymentRow(door.org))),
}
