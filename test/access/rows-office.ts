/** The office's routes, and what each is asked about the other side of the wall. */
import type { Asked, Exception, Row, Rows } from '#test/access/walk.ts'
import type { Objects } from '#test/access/objects.ts'

type Id = keyof {
  [key in keyof Objects as Objects[key] extends number ? key : never]: 1
}

/** About one thing there, under the name that the path gives it. */
const about = (id: Id, more: Omit<Asked, 'params'> = {}, name = 'id'): Row => ({
  ask: (there) => [{ params: { [name]: there[id] }, ...more }],
})
const aboutSale = (more: Omit<Asked, 'params'> = {}): Row => ({
  ask: (there) => [
    { params: { loan_id: there.loan }, ...more },
    { params: { loan_id: there.askedSale }, ...more },
  ],
})
const reason = { reason: 'because' }
const why = { body: reason }

/** A list, and the list filtered for what is there. */
const list = (filter?: (there: Objects) => string): Row => ({
  ask: (there) => [{}, ...(filter ? [{ query: filter(there) }] : [])],
})

const FOUND: Exception = { because: 'customers are found at every branch', kinds: ['person'] }
const TREATED: Exception = { because: 'customers are found, and looked after, at every branch' }
const CALLED: Exception = { because: 'calling agents may call anybody', kinds: ['person', 'money', 'calls'] }
/** Whoever works for a branch, with roles that reach every customer. */
const found = { seller: FOUND, cashier: FOUND, head: FOUND }
const treated = { seller: TREATED, cashier: TREATED, head: TREATED }

const with_ = (row: Row, open: NonNullable<Exclude<Row, { none: string }>['open']>): Row =>
  'none' in row ? row : { ...row, open }

const SESSION = { none: 'it is about the session of whoever asks' }
const PRODUCT = { none: 'products are the organisation’s, nobody’s own' }
const SETTINGS = { none: 'settings of the organisation' }
const PERIOD = { none: 'until when the organisation’s books are closed' }

const WITHOUT_ADDRESS = 'a code cannot be sent to somebody without an address'

const OFFICE_USERS: Rows = {
  'GET /office/v1/users': list(),
  'POST /office/v1/users': { none: 'makes a new user' },
  'GET /office/v1/users/:id': about('collector'),
  'PATCH /office/v1/users/:id': about('collector', { body: { branch_number: 'S02' } }),
  'POST /office/v1/users/:id/deactivate': about('collector', why),
  'POST /office/v1/users/:id/reactivate': about('collector', why),
  'POST /office/v1/users/:id/invite': { ...about('collector'), unproved: WITHOUT_ADDRESS } as Row,
  'POST /office/v1/users/:id/reset-password': { ...about('collector'), unproved: WITHOUT_ADDRESS } as Row,
  'POST /office/v1/users/:id/end-sessions': about('collector'),
}

const OFFICE_CUSTOMERS: Rows = {
  'POST /office/v1/auth/token': SESSION,
  'POST /office/v1/auth/refresh': SESSION,
  'POST /office/v1/auth/logout': SESSION,
  'POST /office/v1/auth/password': { none: 'asks for the code that was sent to the owner' },
  'PUT /office/v1/auth/password': SESSION,
  'GET /office/v1/auth/me': list(),
  'POST /office/v1/loan-quotes': { none: 'reckons; no database involved' },
  'POST /office/v1/loan-simulations': { none: 'reckons; no database involved' },
  'GET /office/v1/customers': with_(
    list((there) => `search=${there.words.person[0]}`),
    found,
  ),
  'POST /office/v1/customers': {
    ask: (there) => [{ body: { full_name: 'New', phone: '0799000001', user_id: there.login.id } }],
    unproved: 'the customer has a login already',
  },
  'GET /office/v1/customers/:id': with_(about('customer'), found),
  'PATCH /office/v1/customers/:id': with_(about('customer', { body: { city: 'Elsewhere' } }), treated),
  'PUT /office/v1/customers/:id/documents/:type': {
    ask: (there) => [{ params: { id: there.customer, type: 'id_front' }, body: {} }],
    open: treated,
    unproved: 'a form with a file is asked for, and nothing is written without one',
  },
  'GET /office/v1/customers/:id/documents/:type': {
    ask: (there) => [{ params: { id: there.customer, type: 'id_front' } }],
    open: found,
  },
  'POST /office/v1/customers/:id/contact-confirmations': {
    ask: (there) => [{ params: { id: there.customer }, body: { approval_id: 1, code: '123456' } }],
    open: treated,
    unproved: 'no change of contact details waits there',
  },
  'POST /office/v1/customers/:id/login': with_(about('customer', { body: { email: 'taken@example.com' } }), treated),
  'POST /office/v1/customers/:id/end-sessions': with_(about('customer', why), treated),
  'GET /office/v1/customers/:id/merges': about('customer'),
  'POST /office/v1/customers/:id/merges': {
    ask: (there, here) => [
      { params: { id: there.customer }, body: { customer_id: here.customer } },
      { params: { id: here.customer }, body: { customer_id: there.customer } },
    ],
  },
  'POST /office/v1/customers/:id/erasure': {
    ...about('customer', why),
    unproved: 'the customer has a running loan',
  } as Row,
  'POST /office/v1/customer-merges/:id/undo': {
    ask: () => [{ params: { id: 1 }, ...why }],
    unproved: 'no records were merged there',
  },
}

const OFFICE_LOANS: Rows = {
  'GET /office/v1/loan-products': PRODUCT,
  'POST /office/v1/loan-products': PRODUCT,
  'GET /office/v1/loan-products/:id': PRODUCT,
  'PATCH /office/v1/loan-products/:id': PRODUCT,
  'DELETE /office/v1/loan-products/:id': PRODUCT,
  'POST /office/v1/loan-products/:id/quotes': PRODUCT,
  'GET /office/v1/loans': list((there) => `customer_id=${there.customer}`),
  'POST /office/v1/loans': {
    ask: (there, here) => [
      { body: { customer_id: here.customer, loan_product_id: 1, amount: '9000.00', tops_up: there.lent } },
    ],
    unproved: 'the loan that is topped up belongs to another customer',
  },
  'GET /office/v1/loans/:id': about('loan'),
  'POST /office/v1/loans/:id/approve': about('pending'),
  'POST /office/v1/loans/:id/reject': about('another', why),
  'POST /office/v1/loans/:id/withdraw': about('approved', why),
  'POST /office/v1/loans/:id/undo-approval': about('approved', why),
  'POST /office/v1/loans/:id/disburse': about('approved', { body: { account: 1010 } }),
  'POST /office/v1/loans/:id/undo-disbursement': about('lent', why),
  'POST /office/v1/loans/:id/repayments': about('lent', { body: { amount: '5.00', account: 1000 } }),
  'GET /office/v1/loans/:id/pay-off-quote': about('lent'),
  'POST /office/v1/loans/:id/pay-off': about('lent', { body: {} }),
  'POST /office/v1/loans/:id/refund-credit': about('lent', why),
  'GET /office/v1/loans/:id/schedule': about('loan'),
  'GET /office/v1/loans/:id/transactions': about('lent'),
  'POST /office/v1/loans/:id/transactions/:transaction_id/reverse': {
    ask: (there, here) => [
      { params: { id: there.lent, transaction_id: there.transaction }, body: reason },
      { params: { id: here.lent, transaction_id: there.transaction }, body: reason },
    ],
  },
  'GET /office/v1/loans/:id/statement': about('lent'),
  'POST /office/v1/loans/:id/charges': about('lent', { body: { component: 'fee', amount: '5.00', ...reason } }),
  'POST /office/v1/loans/:id/waivers': about('lent', { body: { component: 'principal', amount: '1.00', ...reason } }),
  'POST /office/v1/loans/:id/reschedule': about('lent', { body: { instalments: 8, ...reason } }),
  'POST /office/v1/loans/:id/re-age': about('lent', {
    body: { instalments: 8, first_due_day: '2026-04-01', ...reason },
  }),
  'POST /office/v1/loans/:id/re-amortise': about('lent', why),
  'POST /office/v1/loans/:id/undo-restructure': about('lent', why),
  'POST /office/v1/loans/:id/write-off': about('lent', why),
  'POST /office/v1/loans/:id/charge-off': about('lent', why),
}

const OFFICE_APPROVALS: Rows = {
  'GET /office/v1/approvals': list((there) => `about=loan:${there.lent}`),
  'GET /office/v1/approvals/:id': { ...about('approval'), foreign: 'managers ask here, and managers decide' } as Row,
  'POST /office/v1/approvals/:id/approve': about('approval', { body: {} }),
  'POST /office/v1/approvals/:id/reject': about('approval', why),
  'POST /office/v1/approvals/:id/withdraw': { ...about('approval'), unproved: 'only whoever asked may' } as Row,
}

const OFFICE_MONEY: Rows = {
  'GET /office/v1/payments': {
    ask: () => [{}, { query: 'status=pending&order=locked_first' }, { query: 'status=applied' }],
  },
  'GET /office/v1/payments/:id': about('claimed'),
  'GET /office/v1/payments/:id/receipt': about('claimed'),
  'POST /office/v1/payments/:id/match': {
    ask: (there, here) => [
      { params: { id: there.paid }, body: { loan_id: here.lent } },
      { params: { id: here.paid }, body: { loan_id: there.lent } },
    ],
  },
  'POST /office/v1/payments/:id/verify': about('claimed'),
  'POST /office/v1/payments/:id/reject': about('claimed', why),
  'POST /office/v1/payments/:id/reverse': about('paid', why),
  'GET /office/v1/payouts': list(),
  'GET /office/v1/payouts/:id': about('payout'),
  'POST /office/v1/payouts/:id/confirm': about('payout', { body: { receipt: 'X1' } }),
  'POST /office/v1/payouts/:id/return': about('payout', why),
  'POST /office/v1/payouts/:id/ask': about('payout'),
  'POST /office/v1/payouts/:id/debt-repayments': about('payout', {
    body: { amount: '5.00', account: 1000, reference: 'X2' },
  }),
  'GET /office/v1/ledger/trial-balance': list(),
  'GET /office/v1/ledger/accounts/:code/statement': { ask: () => [{ params: { code: 1100 } }] },
  'GET /office/v1/ledger/verify': list(),
  'GET /office/v1/ledger/closing': PERIOD,
  'POST /office/v1/ledger/close': PERIOD,
  'POST /office/v1/ledger/reopen': PERIOD,
  'GET /office/v1/portfolio': list(),
  'GET /office/v1/portfolio/late-loans': with_(list(), { agent: CALLED }),
  'GET /office/v1/portfolio/business-days': list(),
  'GET /office/v1/reports/overdue-devices': list(),
  'GET /office/v1/reports/overdue-devices.csv': list(),
  'GET /office/v1/reports/overdue-devices.xlsx': list(),
  'GET /office/v1/reports/collections': list(),
  'GET /office/v1/reports/collections.csv': list(),
  'GET /office/v1/reports/branches': list(),
  'GET /office/v1/reports/dashboard': list(),
  'GET /office/v1/reports/loans.csv': list(),
  'GET /office/v1/reports/payments.csv': list(),
  'GET /office/v1/organisation': SETTINGS,
  'PATCH /office/v1/organisation': SETTINGS,
  'GET /office/v1/events': list(),
  'POST /office/v1/jobs/:name/run': { none: 'runs a job for the whole organisation, without an answer about anybody' },
}

const SALE = { preset: 'movi-quincenal', price: '3500.00', down_payment_percent: 30, instalments: 12 }

const OFFICE_SALES: Rows = {
  'GET /office/v1/phone-models': { none: 'a catalogue' },
  'POST /office/v1/phone-models': { none: 'a catalogue' },
  'POST /office/v1/phone-models/:id/retire': { none: 'a catalogue' },
  'POST /office/v1/phone-models/:id/restore': { none: 'a catalogue' },
  'POST /office/v1/sale-quotes': { none: 'reckons; no database involved' },
  'GET /office/v1/sales': {
    ask: (there) => [{}, { query: 'branch=S02' }, { query: `customer_id=${there.customer}` }],
  },
  'POST /office/v1/sales': {
    ask: (there, here) => [
      { body: { ...SALE, customer_id: here.customer, phone_model_id: 1, imei: there.imei, branch_number: 'S02' } },
    ],
    unproved: 'the phone is on another loan',
  },
  'GET /office/v1/sales/:loan_id': aboutSale(),
  'GET /office/v1/sales/:loan_id/contract.pdf': aboutSale(),
  'GET /office/v1/sales/:loan_id/assessment': aboutSale(),
  'POST /office/v1/sales/:loan_id/decide': aboutSale({ body: {} }),
  'POST /office/v1/sales/:loan_id/sign': aboutSale({ body: {} }),
  'POST /office/v1/sales/:loan_id/down-payment': aboutSale({ body: { method: 'cash' } }),
  'GET /office/v1/sales/:loan_id/down-payment/receipt': {
    ...aboutSale(),
    unproved: 'it was paid down in cash: there is no receipt',
  } as Row,
  'POST /office/v1/sales/:loan_id/down-payment/verify': aboutSale(),
  'POST /office/v1/sales/:loan_id/down-payment/reject': aboutSale(why),
  'POST /office/v1/sales/:loan_id/activate': aboutSale(),
  'POST /office/v1/sales/:loan_id/undo-activation': aboutSale(why),
  'POST /office/v1/sales/:loan_id/cancel': aboutSale(why),
  'GET /office/v1/sales-staff': list(),
  'PUT /office/v1/sales-staff/:user_id': about('seller', { body: { branch_number: 'S02' } }, 'user_id'),
  'GET /office/v1/devices': {
    ask: (there) => [{}, { query: `imei=${there.imei}` }, { query: `loan_id=${there.loan}` }],
  },
  'POST /office/v1/devices/bulk-lock': {
    ask: (there) => [
      { body: { device_ids: [there.device], ...reason } },
      { body: { min_days_past_due: 1, branch: 'S02', ...reason } },
      { body: { device_ids: [there.device], ...reason, dry_run: true } },
    ],
  },
  'GET /office/v1/devices/:id': about('device'),
  'POST /office/v1/devices/:id/lock': about('device', why),
  'POST /office/v1/devices/:id/confirm-lock': about('device'),
  'POST /office/v1/devices/:id/unlock': about('device', why),
  'POST /office/v1/devices/:id/repeat-command': about('device'),
  'GET /office/v1/devices/:id/unlock-codes': about('device'),
  'POST /office/v1/devices/:id/unlock-codes': about('device', { body: { valid_days: 3, ...reason } }),
  'POST /office/v1/devices/:id/unlock-codes/redeem': about('device', { body: { code: '12345678' } }),
  'POST /office/v1/devices/:id/activation-code': about('device'),
  'POST /office/v1/devices/:id/reset-activation': about('device'),
}

const contacted = { ...found, agent: CALLED }

const OFFICE_COLLECTIONS: Rows = {
  'GET /office/v1/collections/worklist': {
    ask: () => [{ query: 'list=all' }, { query: 'list=due_today' }, { query: 'list=never_contacted' }],
    open: { agent: CALLED },
  },
  'POST /office/v1/collections/assignments': {
    ask: (_, here) => [{ body: { to_user: here.collector, reason: 'because' } }],
  },
  'GET /office/v1/collections/customers/:id/assignments': with_(about('customer'), contacted),
  'GET /office/v1/collections/customers/:id/contact-advice': with_(about('customer'), contacted),
  'PUT /office/v1/collections/customers/:id/do-not-call': with_(
    about('customer', { body: { do_not_call: true, ...reason } }),
    treated,
  ),
  'GET /office/v1/collections/loans/:id': {
    ask: (there) => [{ params: { id: there.loan } }, { params: { id: there.filed } }],
    open: { agent: CALLED },
  },
  'GET /office/v1/collections/interactions/:id/revisions': {
    ask: (there) => [{ params: { id: there.visit } }, { params: { id: there.call } }],
  },
  'GET /office/v1/collections/promises': with_(
    list((there) => `loan_id=${there.loan}`),
    { agent: CALLED },
  ),
  'POST /office/v1/collections/promises': {
    ask: (there) => [{ body: { loan_id: there.loan, amount: '5.00', due_on: '2026-03-20', channel: 'calling' } }],
    open: { agent: { because: 'whoever calls notes what was promised to them' } },
  },
  'POST /office/v1/collections/promises/:id/withdraw': about('promise'),
  'GET /office/v1/collections/dispositions': { none: 'the outcomes that a contact may have' },
  'PUT /office/v1/collections/dispositions/:code': { none: 'the outcomes that a contact may have' },
}

export const OFFICE: Rows = {
  ...OFFICE_USERS,
  ...OFFICE_CUSTOMERS,
  ...OFFICE_LOANS,
  ...OFFICE_APPROVALS,
  ...OFFICE_MONEY,
  ...OFFICE_SALES,
  ...OFFICE_COLLECTIONS,
}
