/** Statements that go through all rows of an organisation. */
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '#platform/database/db.ts'

/**
 * The rows of statements whose time grows with the organisation and no faster, whatever the planner knows of it: joined by
 * hashing or merging. Of an organisation that was small when the statistics were made, the planner would expect a row or
 * two and read one table anew for each row of another: a minute instead of the tenth of a second. Compiling such a statement
 * costs more than it saves.
 */
export async function wholeRowsOfAll<Row>(tx: Tx, statements: readonly RawBuilder<Row>[]): Promise<Row[][]> {
  const [, results] = await Promise.all([
    sql`select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)`.execute(tx),
    Promise.all(statements.map((statement) => statement.execute(tx))),
    sql`select set_config('enable_nestloop', 'on', true)`.execute(tx),
  ])
  return results.map(({ rows }) => rows)
}

/** The rows of one such statement. */
export async function wholeRows<Row>(tx: Tx, statement: RawBuilder<Row>): Promise<Row[]> {
  const [rows] = await wholeRowsOfAll(tx, [statement])
  return rows!
}
