/** The four contracts' routes, and what each is asked about the other side of the wall. */
import type { Objects } from '#test/access/objects.ts'
import type { Asked, Exception, Rows } from '#test/access/walk.ts'

const SESSION = { none: 'it is about the session of whoever asks' }
const OWN = { none: 'it takes and shows what the caller says of themselves, and names nobody else' }
const PRODUCT = { none: 'products are the organisation’s, nobody’s own' }

const FOUND: Exception = { because: 'customers are found at every branch', kinds: ['person'] }
const TREATED: Exception = { because: 'customers are found, and looked after, at every branch' }
const found = { seller: FOUND, cashier: FOUND, head: FOUND }
const treated = { seller: TREATED, cashier: TREATED, head: TREATED }

const one =
  (name: string, id: (there: Objects) => number, more: Omit<Asked, 'params'> = {}) =>
  (there: Objects): readonly Asked[] => [{ params: { [name]: id(there) }, ...more }]

const customer = (more?: Omit<Asked, 'params'>) => one('customer_id', (there) => there.customer, more)
const client = (more?: Omit<Asked, 'params'>) => one('client_id', (there) => there.login.id, more)
const nothing = (): readonly Asked[] => [{}]

export const SOKOCREDIT: Rows = {
  'POST /auth/login': SESSION,
  'POST /auth/register': { none: 'makes a new user' },
  'GET /auth/me': { ask: nothing },
  'POST /auth/refresh-token': SESSION,
  'POST /auth/logout': SESSION,
  'POST /auth/logout-all': SESSION,
  'POST /auth/forgot-password': { none: 'tells the owner of the address, and whoever asks nothing' },
  'POST /auth/reset-password': { none: 'asks for the secret that was sent to the owner' },
  'POST /auth/verify-email': OWN,
  'POST /auth/verify-phone': OWN,
  'POST /auth/send-email-otp': OWN,
  'POST /auth/send-phone-otp': OWN,
  'POST /auth/check-availability': { none: 'says whether a name is free, which a registration says too' },
  'POST /auth/upload-document': OWN,
  'PUT /api/users/change-password': OWN,
  'GET /api/users/notifications/': { ask: nothing },
  'PUT /api/users/notifications/:id/read': { ask: one('id', (there) => there.notification), by: 'owner' },
  'DELETE /api/users/notifications/:id': { ask: one('id', (there) => there.removable), by: 'owner' },
  'POST /api/users/notifications/create-test': OWN,
  'PUT /api/users/profile': OWN,
  'POST /customers/': {
    ask: (there) => [{ body: { full_name: 'New', phone: '0799000002', mama_mboga_user_id: there.login.id } }],
    unproved: 'the customer has a profile already',
  },
  'GET /customers/': {
    ask: (there) => [{}, { query: `search=${there.words.person[0]}` }, { query: 'format=csv' }],
    open: found,
  },
  'GET /customers/my_customers': { ask: nothing },
  'GET /customers/:customer_id': { ask: customer(), open: found },
  'PATCH /customers/:customer_id': { ask: customer({ body: { location: 'Elsewhere' } }), open: treated },
  'DELETE /customers/:customer_id': { ask: customer() },
  'POST /customers/:customer_id/upload': {
    ask: customer({ body: {} }),
    open: treated,
    unproved: 'a form with a file is asked for, and nothing is written without one',
  },
  'GET /customers/openapi': { none: 'a fixed text' },
  'GET /customers/:customer_id/documents/:doc_type': {
    ask: (there) => [{ params: { customer_id: there.customer, doc_type: 'id_front' } }],
    open: found,
  },
  'GET /loans/': { none: 'a fixed text' },
  'POST /loans': OWN,
  'GET /loans': { ask: (there) => [{}, { query: `borrower_id=${there.login.id}` }] },
  'PATCH /loans/:id/approve': { ask: one('id', (there) => there.pending) },
  'PATCH /loans/:id/reject': { ask: one('id', (there) => there.another, { body: { rejected_reason: 'x' } }) },
  'PATCH /loans/loans/:id/disburse': {
    ask: (there) => [
      { params: { id: there.approved } },
      { params: { id: there.approved }, path: '/loans/:id/disburse' },
    ],
  },
  'GET /loan-products': PRODUCT,
  'GET /loan-products/:id': PRODUCT,
  'POST /loan-products': PRODUCT,
  'PATCH /loan-products/:id': PRODUCT,
  'DELETE /loan-products/:id': PRODUCT,
  'GET /repayment-schedules': { ask: nothing },
  'GET /repayments': { ask: nothing },
  'POST /repayments/mpesa-webhook': {
    none: 'money that arrives is never refused; the answer tells of that money only',
  },
}

const EVERY_LOAN: Exception = { because: 'the document lists all loans to everybody', kinds: ['money'] }
const loans = { lead: EVERY_LOAN, collector: EVERY_LOAN, agent: EVERY_LOAN }
const CALLED: Exception = { because: 'calling agents may call anybody', kinds: ['person', 'money', 'calls'] }
const called = { agent: CALLED }

const COMMENT = { comment: 'seen', disposition: 'visited' }

/** The operations of one channel about another's contact, and about another's loan. */
const contacts = (kind: 'field' | 'calling', id: (there: Objects) => number): Rows => {
  const path = `/api/interactions/${kind}`
  const disposition = kind === 'field' ? 'visited' : 'called'
  const open = kind === 'calling' ? called : {}
  const mine = (here: Objects): number => (kind === 'field' ? here.visit : here.call)
  const change = (there: Objects, here: Objects): readonly Asked[] => [
    { params: { id: id(there) }, body: { ...COMMENT, disposition } },
    ...(kind === 'field' ? [{ params: { id: mine(here) }, body: { ...COMMENT, loan: there.loan } }] : []),
  ]
  return {
    [`POST ${path}/create/`]: {
      ask: (there) => [{ body: { ...COMMENT, disposition, loan: there.loan } }],
      open: kind === 'calling' ? { agent: { because: 'calling agents may call anybody' } } : {},
    },
    [`GET ${path}/:id/`]: { ask: one('id', id), open },
    [`PUT ${path}/:id/`]: { ask: change },
    [`PATCH ${path}/:id/`]: { ask: change },
    [`DELETE ${path}/:id/`]: { ask: one('id', id) },
    [`GET ${path}/loan/:loan_id/`]: { ask: one('loan_id', (there) => there.loan), open },
  }
}

const FILE = { loan_account_number: 'LN-new' }

export const REPAYSYNC: Rows = {
  'POST /api/auth/token/': SESSION,
  'POST /api/auth/token/refresh/': SESSION,
  'POST /api/users/register/': { none: 'makes a new user' },
  'GET /api/users/': { none: 'the document lists everybody who works here to each other' },
  'GET /api/customers/': { ask: nothing, open: { ...found, ...called } },
  'POST /api/customers/': { none: 'makes a new customer' },
  'POST /api/customers/create/': { none: 'makes a new customer' },
  'GET /api/customers/:id/': { ask: one('id', (there) => there.customer), open: { ...found, ...called } },
  'PUT /api/customers/:id/': { ask: one('id', (there) => there.customer, { body: { city: 'X' } }), open: treated },
  'PATCH /api/customers/:id/': { ask: one('id', (there) => there.customer, { body: { city: 'Y' } }), open: treated },
  'DELETE /api/customers/:id/': { ask: one('id', (there) => there.customer), open: treated },
  'POST /api/customers/bulk/upload/': { none: 'makes new customers, of the lines of a file' },
  'GET /api/loans/': { ask: nothing, open: loans },
  'POST /api/loans/': {
    ask: (there) => [{ body: { ...FILE, customer: there.customer } }],
    open: { ...treated, agent: { because: 'calling agents work on every customer, and enter what they are told' } },
  },
  'GET /api/loans/:id/': {
    ask: (there) => [{ params: { id: there.loan } }, { params: { id: there.filed } }],
    open: loans,
  },
  'PUT /api/loans/:id/': {
    ask: (there, here) => [
      { params: { id: there.filed }, body: { loan_type: 'home' } },
      { params: { id: here.filed }, body: { customer: there.customer } },
    ],
    open: treated,
  },
  'PATCH /api/loans/:id/': {
    ask: (there, here) => [
      { params: { id: there.filed }, body: { loan_type: 'auto' } },
      { params: { id: here.filed }, body: { customer: there.customer } },
    ],
    open: treated,
  },
  'DELETE /api/loans/:id/': { ask: one('id', (there) => there.filed) },
  'GET /api/loans/customer/:customer_id/': { ask: customer(), open: loans },
  ...contacts('field', (there) => there.visit),
  ...contacts('calling', (there) => there.call),
  'POST /api/interactions/bulk/upload/': {
    ask: () => [{ body: {} }],
    unproved: 'a form with a file is asked for; each of its lines is checked as one contact is',
  },
  'GET /api/logs/': { ask: nothing },
}

const LENT: Exception = { because: 'lending to a customer makes a loan of the own branch' }

export const VISIONFUND: Rows = {
  'POST /users': { none: 'makes a new user' },
  'POST /auth/token': SESSION,
  'POST /api/transactions/:client_id': { ask: client({ body: {} }) },
  'POST /api/transactions/disburse/:client_id': {
    ask: client({ body: { amount: 500 } }),
    open: { seller: LENT, cashier: LENT },
  },
  'POST /api/transactions/loans/repayment/:client_id': { ask: client({ body: { source: 'mpesa', amount: 5 } }) },
  'POST /api/transactions/deposit/:client_id': { ask: client({ body: { source: 'mpesa', amount: 5 } }) },
  'POST /api/transactions/withdrawal/:client_id': {
    ask: (there) => [
      { params: { client_id: there.login.id }, body: { amount: 5, destination: 'counter' } },
      { params: { client_id: there.login.id }, body: { amount: 5 }, path: '/api/transactions/withdraw/:client_id' },
    ],
  },
  'GET /loans/:user_id': { ask: one('user_id', (there) => there.login.id) },
  'POST /auth/password': OWN,
  'POST /third-parties': { none: 'lets a new institution in' },
  'DELETE /third-parties/:third_party_id': {
    none: 'institutions are the organisation’s: whoever lends may end their keys',
  },
  'POST /users/:client_id/consents': {
    ask: (there, here) => [{ params: { client_id: there.login.id }, body: { third_party_id: here.institution.id } }],
  },
  'DELETE /users/:client_id/consents/:third_party_id': {
    ask: (there) => [{ params: { client_id: there.login.id, third_party_id: there.institution.id } }],
  },
}

const payment = (there: Objects): Asked => ({
  body: { payment: { installment_id: there.instalment, amount: 5, payment_date: '2026-02-15' } },
})

export const MOVICUOTAS: Rows = {
  'POST /api/v1/auth/login': { none: 'asks for the identity number, and answers whoever has it' },
  'GET /api/v1/auth/forgot_contract': { none: 'tells the owner of the phone, and whoever asks nothing' },
  'GET /api/v1/dashboard': { ask: nothing },
  'GET /api/v1/installments': { ask: nothing },
  'POST /api/v1/payments': { ask: (there) => [payment(there)] },
  'GET /api/v1/notifications': { ask: nothing },
  'POST /api/v1/notifications/mark_all_read': { ask: nothing },
  'POST /api/v1/notifications/:id/mark_read': { ask: one('id', (there) => there.notification) },
  'PUT /api/v1/notifications/:id/mark_read': { ask: one('id', (there) => there.notification) },
  'POST /api/v1/devices/activate': { none: 'asks for the code, which is the secret' },
  'GET /api/v1/devices/check_imei': {
    none: 'says whether a number is free, as the document of the application has it',
  },
  'POST /api/v1/device_tokens': {
    none: 'a token is whoever’s shows it last, as the document of the application has it',
  },
  'DELETE /api/v1/device_tokens': { ask: (there) => [{ query: `token=${there.pushToken}` }] },
  'DELETE /api/v1/device_tokens/:id': { ask: one('id', (there) => there.token) },
  'PUT /api/v1/device_tokens/refresh': { ask: (there) => [{ query: `token=${there.pushToken}` }] },
  'GET /api/v1/settings': { none: 'settings of the organisation' },
}

export const CONTRACT_ROWS: Readonly<Record<string, Rows>> = {
  sokocredit: SOKOCREDIT,
  repaysync: REPAYSYNC,
  visionfund: VISIONFUND,
  movicuotas: MOVICUOTAS,
}
