/** A database on which every transaction meets another once: it fails like a deadlock at one of its statements, and is retried. */
import { type CompiledQuery, type QueryExecutor, sql } from 'kysely'
import type { Database, Tx } from '#platform/database/db.ts'

const STATEMENTS = 9

/** The first attempt at a transaction fails at its first statement, the next one's at its second, and so on; at its end where it has fewer. */
export function stumbling(db: Database): Database {
  let transactions = 0
  return {
    ...db,
    transact(orgId, work, readOnly) {
      const at = transactions++ % STATEMENTS
      let tried = false
      const attempt = async (tx: Tx) => {
        if (tried) return work(tx)
        tried = true
        const result = await work(stumblingAt(at, tx))
        await sql.raw(DEADLOCK).execute(tx)
        return result
      }
      return db.transact(orgId, attempt, readOnly)
    },
  }
}

/** What PostgreSQL says to whom it chose of two that wait for each other; the transaction is lost. */
const DEADLOCK = `do $$ begin raise exception 'a deadlock, made by the test' using errcode = '40P01'; end $$`

/** The transaction, one of whose statements fails. */
function stumblingAt(at: number, tx: Tx): Tx {
  const executor = tx.getExecutor()
  let statements = 0
  const executeQuery = (query: CompiledQuery) =>
    executor.executeQuery(statements++ === at ? { ...query, sql: DEADLOCK, parameters: [] } : query)
  const watched = changed<QueryExecutor>(executor, { executeQuery })
  return changed<Tx>(tx, { getExecutor: () => watched })
}

/** The object with some of its functions in other hands. */
function changed<T extends object>(of: T, others: Record<string, unknown>): T {
  return new Proxy(of, {
    get(target, name) {
      if (typeof name === 'string' && name in others) return others[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
