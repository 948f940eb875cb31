/** So many further phones sold as one of the demo's was, each some days later or earlier than it: rows only, for reports to read. */
import { sql } from 'kysely'
import { transact } from '#platform/context.ts'
import type { World } from '#test/world.ts'

const LIKE = 2
/** Copies are numbered from here. */
const FROM = 1_000

/** Sells copies of the late customer's phone; their due days lie up to `spread` days apart. */
export function sellAlike(world: World, count: number, spread: number): Promise<void> {
  const copies = sql`generate_series(0, ${count - 1}::integer) n`
  const id = sql`${FROM}::integer + n`
  return transact(world.door('movicuotas'), async ({ org, tx }) => {
    const of = sql`org_id = ${org.id}`
    await sql`
      insert into customers (org_id, id, full_name, phone, search_text, created_at, updated_at)
      select org_id, ${id}, full_name || ' ' || n, '+5045' || n, search_text, created_at, updated_at from customers, ${copies} where ${of} and id = ${LIKE}
    `.execute(tx)
    await sql`
      insert into loans (org_id, id, customer_id, product_id, officer_id, principal, currency, terms, status, applied_at, disbursed_at, disbursed_on)
      select org_id, ${id}, ${id}, product_id, officer_id, principal, currency, terms, status, applied_at, disbursed_at, disbursed_on
        from loans, ${copies} where ${of} and id = ${LIKE}`.execute(tx)
    await sql`
      insert into instalments (org_id, id, loan_id, nr, due_day, principal_due, interest_due)
      select org_id, 10000 + n * 100 + nr, ${id}, nr, due_day - n % ${spread}::integer, principal_due, interest_due
        from instalments, ${copies} where ${of} and loan_id = ${LIKE}`.execute(tx)
    await sql`
      insert into sales (org_id, loan_id, customer_id, contract_number, branch_contract_code, branch_number, price, approved_amount, down_payment, rate_shown, created_at)
      select org_id, ${id}, ${id}, 'C-' || n, 'B-' || n, 'S' || n % 20, price, approved_amount, down_payment, rate_shown, created_at
        from sales, ${copies} where ${of} and loan_id = ${LIKE}`.execute(tx)
    await sql`
      insert into devices (org_id, id, imei, imei_doubtful, phone_model_id, loan_id, customer_id, activation_code, created_at)
      select org_id, ${id}, '9' || lpad(n::text, 14, '0'), true, phone_model_id, ${id}, ${id}, 'N' || n, created_at
        from devices, ${copies} where ${of} and loan_id = ${LIKE}`.execute(tx)
  })
}
