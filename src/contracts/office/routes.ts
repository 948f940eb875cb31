/** The office API: everything staff need that the five contracts do not offer. */
import { listEvents } from '#contracts/office/events.ts'
import { runJob } from '#contracts/office/jobs.ts'
import { readStatement, readTrialBalance, verifyLedger } from '#contracts/office/ledger.ts'
import { quoteLoan, simulateLoan } from '#contracts/office/loan-quotes.ts'
import { listOfPayments, matchPayment, readPayment, rejectPayment, reversePayment } from '#contracts/office/payments.ts'
import { listBusinessDays, listLateLoans, readPortfolio } from '#contracts/office/portfolio.ts'
import { logIn, logOut, refreshSession, whoAmI } from '#contracts/office/sessions.ts'
import { type Route, route } from '#platform/route.ts'

export const routes: readonly Route[] = [
  route('POST', '/office/v1/auth/token', 'open', logIn),
  route('POST', '/office/v1/auth/refresh', 'open', refreshSession),
  route('POST', '/office/v1/auth/logout', 'session.own', logOut),
  route('GET', '/office/v1/auth/me', 'session.own', whoAmI),
  route('POST', '/office/v1/loan-quotes', 'open', quoteLoan),
  route('POST', '/office/v1/loan-simulations', 'open', simulateLoan),
  route('GET', '/office/v1/payments', 'payment.list', listOfPayments),
  route('GET', '/office/v1/payments/:id', 'payment.list', readPayment),
  route('POST', '/office/v1/payments/:id/match', 'payment.decide', matchPayment),
  route('POST', '/office/v1/payments/:id/reject', 'payment.decide', rejectPayment),
  route('POST', '/office/v1/payments/:id/reverse', 'loan.reverse', reversePayment),
  route('GET', '/office/v1/ledger/trial-balance', 'ledger.read', readTrialBalance),
  route('GET', '/office/v1/ledger/accounts/:code/statement', 'ledger.read', readStatement),
  route('GET', '/office/v1/ledger/verify', 'ledger.read', verifyLedger),
  route('GET', '/office/v1/portfolio', 'portfolio.read', readPortfolio),
  route('GET', '/office/v1/portfolio/late-loans', 'portfolio.read', listLateLoans),
  route('GET', '/office/v1/portfolio/business-days', 'portfolio.read', listBusinessDays),
  route('GET', '/office/v1/events', 'event.read', listEvents),
  route('POST', '/office/v1/jobs/:name/run', 'job.run', runJob),
]
