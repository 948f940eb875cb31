/** The operations of visionfund.md, one line each, in the document's order; then what its promises need besides. */
import { loanDetails } from '#contracts/visionfund/loans.ts'
import { choosePassword, getToken } from '#contracts/visionfund/sessions.ts'
import { agree, disagree, letIn, shutOut } from '#contracts/visionfund/third-parties.ts'
import {
  depositOrWithdraw,
  disburseLoan,
  listOrRecord,
  repayLoan,
  withdrawMoney,
} from '#contracts/visionfund/transactions.ts'
import { createUser } from '#contracts/visionfund/users.ts'
import { type Route, route } from '#platform/http/route.ts'

export const routes: readonly Route[] = [
  // 1. User Management
  route('POST', '/users', 'optional', createUser),
  route('POST', '/auth/token', 'open', getToken),
  // 2. Transaction Handling
  route('POST', '/api/transactions/:client_id', 'receipt.read', listOrRecord),
  route('POST', '/api/transactions/disburse/:client_id', 'loan.lend', disburseLoan),
  route('POST', '/api/transactions/loans/repayment/:client_id', 'savings.own', repayLoan),
  route('POST', '/api/transactions/deposit/:client_id', 'savings.own', depositOrWithdraw),
  route('POST', '/api/transactions/withdrawal/:client_id', 'savings.own', withdrawMoney, {
    aliases: ['/api/transactions/withdraw/:client_id'],
  }),
  // 3. Loan Information
  route('GET', '/loans/:user_id', 'customer.look_up', loanDetails),
  // Third parties, and what the document's own flow lacks
  route('POST', '/auth/password', 'session.own', choosePassword),
  route('POST', '/third-parties', 'third_party.manage', letIn),
  route('DELETE', '/third-parties/:third_party_id', 'third_party.manage', shutOut),
  route('POST', '/users/:client_id/consents', 'consent.own', agree),
  route('DELETE', '/users/:client_id/consents/:third_party_id', 'consent.own', disagree),
]
