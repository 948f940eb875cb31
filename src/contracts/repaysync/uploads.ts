/** 5.4 and 7.3 Bulk uploads: CSV as it streams in, a batch at a time, every bad row named and none in the way of the others. */
import { z } from 'zod'
import { Refusal, refuse } from '#domain/refusal.ts'
import { answers } from '#contracts/repaysync/answers.ts'
import { me } from '#contracts/repaysync/auth.ts'
import { customerFields, customerOf, section as customersSection } from '#contracts/repaysync/customers.ts'
import { choice, day, noSuch, optionalText, pk, requiredText } from '#contracts/repaysync/fields.ts'
import { section as interactionsSection } from '#contracts/repaysync/interactions.ts'
import { createCustomers, recordInteractions } from '#modules/collections/collections.ts'
import { type Ctx, type Door, transact } from '#platform/context.ts'
import { type CsvRow, csvRows } from '#platform/files/csv-import.ts'
import { violatedKey } from '#platform/database/db.ts'
import type { Answer, Operation, Request } from '#platform/http/route.ts'

const MOST_BYTES = 64 * 1024 * 1024
const ROWS_AT_ONCE = 1_000
const ERRORS_SHOWN = 1_000
const ATTEMPTS = 5

interface RowError {
  /** From 0, the header not counted. */
  readonly row: number
  /** From 1, as an editor counts. */
  readonly line: number
  readonly field: string | null
  readonly reason: string
  readonly errors: Readonly<Record<string, readonly string[]>>
}

/** Null: the row is in. */
type Outcome = Readonly<Record<string, string>> | null
type Import = (ctx: Ctx, rows: readonly CsvRow[]) => Promise<readonly Outcome[]>

const uploadAnswers: Operation['answers'] = {
  200: { description: 'Nothing was created', example: { records_created: 0, errors: [] } },
  201: {
    description: `Created; \`errors\` names the first ${ERRORS_SHOWN} rows that were not, \`errors_count\` says how many there are`,
    example: { records_created: 10, errors: [] },
  },
}

const upload = { maxBytes: MOST_BYTES, streamed: true }

export const uploadCustomers: Operation = {
  section: customersSection,
  summary: 'Bulk upload customers',
  description:
    'Columns: customer_code (optional), name, phone, email, address_line_1, address_line_2, city, state, pincode, date_of_birth. The caller looks after them. The same file again creates nothing twice where codes are given.',
  transaction: 'own',
  upload,
  answers: uploadAnswers,
  handle: (door: Door, request: Request) => importFile(door, request, takeCustomers),
}

export const uploadInteractions: Operation = {
  section: interactionsSection,
  summary: 'Bulk upload interactions',
  description:
    'Columns: loan_id (or loan_account_number), comment, disposition, next_call_date, interaction_type (optional, field).',
  transaction: 'own',
  upload,
  answers: uploadAnswers,
  handle: (door: Door, request: Request) => importFile(door, request, takeInteractions),
}

/** Refuses file_missing, file_unreadable; once rows are in, what stops the reading is told among the errors. */
async function importFile(door: Door, { streamed }: Request, take: Import): Promise<Answer> {
  const file = streamed ?? refuse('file_missing')
  let created = 0
  let wrong = 0
  let lastLine = 0
  let stopped: string | null = null
  const errors: RowError[] = []
  try {
    for await (const rows of csvRows(file.bytes, ROWS_AT_ONCE)) {
      const outcomes = await takeBatch(door, rows, take)
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome === null) created++
        else if (wrong++ < ERRORS_SHOWN) errors.push(errorOf(rows[n]!, outcome))
      }
      lastLine = rows.at(-1)!.line
    }
  } catch (error) {
    if (!(error instanceof Refusal) || created + wrong === 0) throw error
    stopped = reasonOf(error)
  }
  const body = {
    records_created: created,
    errors,
    ...(wrong > 0 ? { errors_count: wrong } : {}),
    ...(stopped === null ? {} : { error: `The rows after line ${lastLine} were not read: ${stopped}` }),
  }
  return { status: created > 0 ? 201 : 200, body }
}

function reasonOf(refusal: Refusal): string {
  const [, text] = answers[refusal.code]
  return typeof text === 'function' ? text(refusal.data) : text
}

/** A batch that met another on a code or a phone is done again: then it sees what the other has taken. */
async function takeBatch(door: Door, rows: readonly CsvRow[], take: Import): Promise<readonly Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transact(door, (ctx) => take(ctx, rows))
    } catch (error) {
      if (violatedKey(error) === null || attempt >= ATTEMPTS) throw error
    }
  }
}

function errorOf({ row, line }: CsvRow, outcome: Readonly<Record<string, string>>): RowError {
  const [[field, reason] = ['', '']] = Object.entries(outcome)
  const errors = Object.fromEntries(Object.entries(outcome).map(([name, text]) => [name, [text]]))
  return { row, line, field: field === WHOLE_ROW ? null : field, reason, errors }
}

const WHOLE_ROW = 'row'

type Read<T> = { readonly is: T } | { readonly fault: Readonly<Record<string, string>> }

function readRow<T>(schema: z.ZodType<T>, { cells, fault }: CsvRow): Read<T> {
  if (fault !== null) return { fault: { [WHOLE_ROW]: fault } }
  const result = schema.safeParse(cells)
  if (result.success) return { is: result.data }
  return {
    fault: Object.fromEntries(result.error.issues.map(({ path, message }) => [path.join('.') || WHOLE_ROW, message])),
  }
}

/** The outcomes of all rows, once those that could be read have been taken. */
async function takeReadable<T, R>(
  reads: readonly Read<T>[],
  take: (rows: readonly T[]) => Promise<readonly R[]>,
  outcomeOf: (result: R, row: T) => Outcome,
): Promise<Outcome[]> {
  const rows = reads.flatMap((read) => ('is' in read ? [read.is] : []))
  const results = rows.length > 0 ? await take(rows) : []
  let n = 0
  return reads.map((read) => ('is' in read ? outcomeOf(results[n++]!, read.is) : read.fault))
}

const customerRow = z.object(customerFields)

const takeCustomers: Import = (ctx, rows) => {
  const assignedTo = me(ctx)
  return takeReadable(
    rows.map((row) => readRow(customerRow, row)),
    (read) =>
      createCustomers(
        ctx,
        read.map((row) => ({ ...customerOf(row), assignedTo })),
      ),
    (taken) => ('id' in taken ? null : { customer_code: reasonOf(new Refusal(taken.refused)) }),
  )
}

const interactionRow = z
  .object({
    loan_id: pk(),
    loan_account_number: optionalText(100),
    comment: requiredText(10_000),
    disposition: requiredText(50),
    next_call_date: day,
    interaction_type: choice(['field', 'calling'] as const),
  })
  .refine((row) => row.loan_id || row.loan_account_number, { path: ['loan_id'], message: 'This field is required.' })
type InteractionRow = z.output<typeof interactionRow>

const takeInteractions: Import = (ctx, rows) =>
  takeReadable(
    rows.map((row) => readRow(interactionRow, row)),
    (read) => recordInteractions(ctx, read.map(contactOf)),
    (recorded, row) => ('id' in recorded ? null : interactionFault(recorded.refused, row)),
  )

const contactOf = (row: InteractionRow) => ({
  kind: row.interaction_type ?? ('field' as const),
  loanId: row.loan_id ?? null,
  accountNo: row.loan_account_number ?? null,
  comment: row.comment,
  disposition: row.disposition,
  nextActionOn: row.next_call_date ?? null,
})

type InteractionRefusal = 'loan_not_found' | 'not_yours' | 'do_not_call' | 'invalid_input'

function interactionFault(code: InteractionRefusal, row: InteractionRow): Outcome {
  if (code === 'invalid_input') return { disposition: `"${row.disposition}" is not a valid choice.` }
  const field = row.loan_id ? 'loan_id' : 'loan_account_number'
  return {
    [field]: code === 'loan_not_found' ? noSuch(row.loan_id ?? row.loan_account_number) : reasonOf(new Refusal(code)),
  }
}
