/** What the keys of the table of customers keep out, as refusals: two who come at once are told apart by the database alone. */
import { refuse } from '#domain/refusal.ts'
import { sqlState, violatedKey } from '#platform/database/db.ts'

/** Runs a write. Refuses phone_taken, profile_exists, user_not_found, customer_has_loans. */
export async function refusing(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const key = violatedKey(error)
    if (key === 'customers_by_phone') refuse('phone_taken')
    if (key === 'customers_by_user') refuse('profile_exists')
    if (sqlState(error) !== '23503') throw error
    const { constraint, table } = error as { constraint?: string; table?: string }
    refuse(table === 'customers' && constraint?.includes('user_id') ? 'user_not_found' : 'customer_has_loans')
  }
}
