/** A person with a trace in every personal column of the database, for tests that look for what is left of one. */

export const NAME = 'Wanjiru Ñandú-Kamau'
export const EMAIL = 'wanjiru@example.com'
export const ID_NUMBER = '29384756'
const LOCAL = '712345099'
export const PHONE = `+254${LOCAL}`
export const MARKS = [NAME, EMAIL, ID_NUMBER, LOCAL, '712 345 099']
const PROFILE = JSON.stringify({ idNumber: ID_NUMBER, address: `c/o ${NAME}` })
const NOTE: readonly [string] = [`met ${NAME}`]

/** Statements of the database's owner, each with its values. */
const TRACES: readonly (readonly [statement: string, values?: readonly string[]])[] = [
  [
    `update customers set phone = $1, email = $2, business_name = $3, location = $4, profile = $5, search_text = lower($3) where org_id = :org and id = :id`,
    [PHONE, EMAIL, `${NAME} Stores`, `Behind ${NAME}`, PROFILE],
  ],
  [
    'update users set username = $1, email = $2, phone = $3, name = $4, profile = $5 where org_id = :org and id = :user',
    [`u-${LOCAL}`, EMAIL, PHONE, NAME, PROFILE],
  ],
  ['update payments set payer_phone = $1, account_ref = $2 where org_id = :org', [PHONE, ID_NUMBER]],
  [
    `insert into payouts (org_id, id, channel, originator_id, purpose, customer_id, phone, amount, currency, status, entry_id, created_at)
     values (:org, 1, 'mpesa', 'o', 'withdrawal', :id, $1, 1, 'KES', 'returned', 1, now())`,
    [PHONE],
  ],
  [
    `insert into collection_customers (org_id, customer_id, code, phone, address_line_1, address_line_2, city, state, pincode, do_not_call_reason)
     values (:org, :id, 'C1', '0${LOCAL}', $1, $1, $1, $1, $1, $1)`,
    NOTE,
  ],
  [
    `insert into interactions (org_id, id, kind, loan_id, customer_id, comment, disposition, created_at)
     values (:org, 1, 'field', :loan, null, $1, 'met', now())`,
    NOTE,
  ],
  [
    `insert into interaction_revisions (org_id, interaction_id, revision, change, comment, disposition, actor, at)
     values (:org, 1, 1, 'changed', $1, 'met', 'user:1', now())`,
    NOTE,
  ],
  [
    `insert into approvals (org_id, id, kind, subject, asked, reason, requested_by, requested_at)
     values (:org, 77, 'customer.phone', 'customer::id', jsonb_build_object('customerId', :id, 'value', '${PHONE}'), 'changed', 'user:9001', now())`,
  ],
  [
    `insert into messages (org_id, id, channel, recipient, subject, body, dedupe_key, data, created_at) values
       (:org, 901, 'sms', '${PHONE}', $1, 'Dear customer', 'a', '{}', now()),
       (:org, 902, 'mail', 'officer@lender.example', $1, $1, $2, jsonb_build_object('about', $1), now()),
       (:org, 903, 'sms', '+254700000009', null, 'call 0712 345 099 today', 'b', null, now()),
       (:org, 904, 'push', $3, null, 'x', 'c', null, now())`,
    [NOTE[0], `d:${EMAIL}`, `token of ${NAME}`],
  ],
  [
    `insert into notifications (org_id, id, user_id, type, title, message, data, created_at) values
       (:org, 901, :user, 'x', $1, $1, '{}', now()), (:org, 902, 1, 'x', $1, $1, jsonb_build_object('about', $1), now())`,
    NOTE,
  ],
  [
    `insert into request_log (org_id, id, contract, user_id, method, path, request, response, status, created_at) values
       (:org, 901, 'repaysync', :user, 'GET', '/me', '', '', 200, now()),
       (:org, 902, 'repaysync', 1, 'GET', $1, $1, $1, 200, now())`,
    NOTE,
  ],
  [
    `insert into device_tokens (org_id, id, token, user_id, platform, device_name, created_at, seen_at)
     values (:org, 1, $1, :user, 'android', $2, now(), now())`,
    [`token of ${NAME}`, `phone of ${NAME}`],
  ],
  [`insert into phone_models (org_id, id, brand, model, price, created_at) values (:org, 1, 'A', 'B', 1, now())`],
  [
    `insert into devices (org_id, id, imei, imei_doubtful, phone_model_id, loan_id, customer_id, activation_code, activated_token, created_at)
     values (:org, 1, '123456789012345', false, 1, :loan, :id, 'ABCDEF', $1, now())`,
    NOTE,
  ],
  [
    `insert into sessions (org_id, id, user_id, contract, created_at, expires_at, address)
     values (:org, gen_random_uuid(), :user, 'office', now(), now() + interval '1 day', $1)`,
    NOTE,
  ],
  [`insert into login_addresses values (:org, :user, $1, now(), now())`, NOTE],
]

export interface Planted {
  readonly org: number
  readonly customerId: number
  readonly userId: number
  readonly loanId: number
}

/** Writes the traces by `asOwner`; the customer, their login and a loan are there. */
export async function plantTraces(
  asOwner: (statement: string, values: readonly unknown[]) => Promise<unknown>,
  { org, customerId, userId, loanId }: Planted,
): Promise<void> {
  for (const [statement, values = []] of TRACES) {
    const filled = statement
      .replaceAll(':org', `${org}`)
      .replaceAll(':id', `${customerId}`)
      .replaceAll(':user', `${userId}`)
      .replaceAll(':loan', `${loanId}`)
    await asOwner(filled, values)
  }
}
