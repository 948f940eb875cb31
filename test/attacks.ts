/** The most expensive request that each open operation allows: what a stranger may send, again and again. */
import { inBraces } from '#platform/http/http-paths.ts'
import type { Contract } from '#platform/http/route.ts'

export interface Attack {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: unknown
}

/** The nth request; each is of somebody else, so that no throttle of one account stands before the work. */
type Made = (n: number) => Attack

const post =
  (url: string, body: (n: number) => unknown): Made =>
  (n) => ({ method: 'POST', url, body: body(n) })
const get =
  (url: string): Made =>
  () => ({ method: 'GET', url })

/** As much text as an open operation reads. */
const LONG = 'x'.repeat(15_000)
const days = (n: number): string => new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 10)

const terms = {
  ...{ engine: 'progressive', principal: '1000000.00', repaymentEvery: 1, repaymentFrequency: 'months' },
  ...{ annualRatePercent: '7.1234', interestMethod: 'declining', amortization: 'equalInstallments' },
  ...{ dayCount: { daysInMonth: 'actual', daysInYear: 'actual' }, interestCalculationPeriod: 'daily' },
}

/** Every disbursement begins a schedule of its own, and every fee falls on every instalment. */
const longestQuote = {
  ...terms,
  ...{ disbursementDate: days(0), numberOfRepayments: 1_200 },
  disbursements: Array.from({ length: 100 }, (_, n) => ({ date: days(n * 30), amount: '10000.00' })),
  fees: Array.from({ length: 100 }, (_, n) => ({
    ...{ name: `fee ${n}`, time: 'INSTALLMENT_FEE', calculation: 'PERCENTAGE_INTEREST', amount: '0.1' },
  })),
}

/** 120 instalments and 100 steps, entered backwards in time: every step changes all that came before it, and it is refused. */
export const longestSimulation = {
  loan: { ...terms, submittedOn: days(0), numberOfRepayments: 120, interestRecalculation: true },
  strategy: 'mifos-standard-strategy',
  steps: [
    { op: 'disburse', date: days(0), amount: '1000000.00' },
    ...Array.from({ length: 99 }, (_, n) => ({
      ...{ op: 'repayment', date: days(7 * (99 - n)), businessDate: days(700), amount: '100.00' },
    })),
  ],
}

/** The same in order of day: the most that is worked out. */
const dearestSimulation = {
  ...longestSimulation,
  steps: longestSimulation.steps.map((step, n) =>
    n === 0 ? step : { ...step, date: days(7 * n), businessDate: days(7 * n) },
  ),
}

const person = (n: number) => ({
  ...{ full_name: `Attacker ${n}`, name: `Attacker ${n}`, username: `attacker${n}`, email: `a${n}@attack.example` },
  ...{
    phone: `07${String(10_000_000 + (n % 80_000_000))}`,
    phone_number: `07${String(10_000_000 + (n % 80_000_000))}`,
  },
  ...{ id_number: String(10_000_000 + n), password: 'a long password', confirm_password: 'a long password' },
})

/** By method and path as the reference writes them. */
export const ATTACKS: Readonly<Record<string, Made>> = {
  'POST /auth/login': post('/auth/login', (n) => ({ credential: `nobody${n}@x.example`, password: 'p'.repeat(200) })),
  'POST /auth/register': post('/auth/register', (n) => ({ ...person(n), role: 'mama_mboga' })),
  'POST /auth/refresh-token': post('/auth/refresh-token', () => ({ refresh_token: `eyJ${LONG}` })),
  'POST /auth/forgot-password': post('/auth/forgot-password', (n) => ({ email: `nobody${n}@x.example` })),
  'POST /auth/reset-password': post('/auth/reset-password', (n) => ({
    ...{ email: `nobody${n}@x.example`, otp: '123456', token: LONG, new_password: 'p'.repeat(200) },
  })),
  'POST /auth/check-availability': post('/auth/check-availability', (n) => ({ ...person(n), extra: LONG })),
  'GET /customers/openapi': get('/customers/openapi'),
  'GET /loans/': get('/loans/'),
  'POST /repayments/mpesa-webhook': post('/repayments/mpesa-webhook', (n) => ({
    ...{ phone_number: '0799999999', amount_paid: 1, mpesa_code: `ATTACK${n}` },
  })),
  'POST /api/auth/token/': post('/api/auth/token/', (n) => ({ username: `nobody${n}`, password: 'p'.repeat(200) })),
  'POST /api/auth/token/refresh/': post('/api/auth/token/refresh/', () => ({ refresh: `eyJ${LONG}` })),
  'POST /api/users/register/': post('/api/users/register/', (n) => ({ ...person(n), role: 'calling_agent' })),
  'POST /users': post('/users', (n) => ({ ...person(n), role: 'client' })),
  'POST /auth/token': post('/auth/token', (n) => ({ username: `nobody${n}@x.example`, password: 'p'.repeat(200) })),
  'POST /api/v1/auth/login': post('/api/v1/auth/login', (n) => ({
    auth: { identification_number: String(10 ** 12 + n), otp: LONG },
  })),
  'GET /api/v1/auth/forgot_contract': (n) => ({
    ...{ method: 'GET', url: `/api/v1/auth/forgot_contract?phone=9${String(1_000_000 + (n % 8_999_999))}` },
  }),
  'POST /api/v1/devices/activate': post('/api/v1/devices/activate', (n) => ({
    activation_code: String(100_000 + (n % 899_999)),
    fcm_token: LONG,
  })),
  'GET /api/v1/devices/check_imei': (n) => ({
    ...{ method: 'GET', url: `/api/v1/devices/check_imei?imei=${String(10 ** 14 + n)}` },
  }),
  'GET /api/v1/settings': get('/api/v1/settings'),
  'POST /office/v1/auth/token': post('/office/v1/auth/token', (n) => ({
    ...{ email: `nobody${n}@x.example`, password: 'p'.repeat(200) },
  })),
  'POST /office/v1/auth/password': post('/office/v1/auth/password', (n) => ({
    ...{ token: `mkopo.${String(n).padStart(190, 'x')}`, password: 'p'.repeat(200) },
  })),
  'POST /office/v1/auth/refresh': post('/office/v1/auth/refresh', () => ({ refresh: `eyJ${LONG}` })),
  'POST /office/v1/loan-quotes': post('/office/v1/loan-quotes', () => longestQuote),
  'POST /office/v1/loan-simulations': post('/office/v1/loan-simulations', () => dearestSimulation),
}

/** What stands outside the contracts. */
export const PAGES: readonly string[] = ['/', '/api/schema/', '/api/docs/swagger-ui-bundle.js', '/nothing/here']

/** The open operations of the contracts, as the attacks name them. */
export const openOperations = (contracts: readonly Contract[]): readonly string[] =>
  contracts.flatMap(({ routes }) =>
    routes
      .filter(({ permission }) => permission === 'open' || permission === 'optional')
      .map(({ method, path }) => `${method} ${inBraces(path)}`),
  )
