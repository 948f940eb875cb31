/** The operations of repaysync.md, one line each, in the document's order. */
import {
  addCustomer,
  deleteCustomer,
  listCustomers,
  showCustomer,
  updateCustomer,
} from '#contracts/repaysync/customers.ts'
import { interactionsBy } from '#contracts/repaysync/interactions.ts'
import {
  addLoan,
  deleteLoan,
  listLoans,
  listLoansOfCustomer,
  showLoan,
  updateLoan,
} from '#contracts/repaysync/loans.ts'
import { listLogs } from '#contracts/repaysync/logs.ts'
import { obtainTokens, refreshAccess } from '#contracts/repaysync/sessions.ts'
import { uploadCustomers, uploadInteractions } from '#contracts/repaysync/uploads.ts'
import { listAllUsers, register } from '#contracts/repaysync/users.ts'
import { type Route, route } from '#platform/http/route.ts'

const field = interactionsBy('field')
const calling = interactionsBy('calling')

export const routes: readonly Route[] = [
  // 3 Authentication
  route('POST', '/api/auth/token/', 'open', obtainTokens),
  route('POST', '/api/auth/token/refresh/', 'open', refreshAccess),
  // 4 Users
  route('POST', '/api/users/register/', 'optional', register),
  route('GET', '/api/users/', 'collection.work', listAllUsers),
  // 5 Customers
  route('GET', '/api/customers/', 'collection.work', listCustomers),
  route('POST', '/api/customers/', 'collection.work', addCustomer),
  route('POST', '/api/customers/create/', 'collection.work', addCustomer),
  route('GET', '/api/customers/:id/', 'collection.work', showCustomer),
  route('PUT', '/api/customers/:id/', 'collection.work', updateCustomer),
  route('PATCH', '/api/customers/:id/', 'collection.work', updateCustomer),
  route('DELETE', '/api/customers/:id/', 'collection.work', deleteCustomer),
  route('POST', '/api/customers/bulk/upload/', 'collection.work', uploadCustomers),
  // 6 Loans
  route('GET', '/api/loans/', 'collection.work', listLoans),
  route('POST', '/api/loans/', 'collection.work', addLoan),
  route('GET', '/api/loans/:id/', 'collection.work', showLoan),
  route('PUT', '/api/loans/:id/', 'collection.work', updateLoan),
  route('PATCH', '/api/loans/:id/', 'collection.work', updateLoan),
  route('DELETE', '/api/loans/:id/', 'collection.work', deleteLoan),
  route('GET', '/api/loans/customer/:customer_id/', 'collection.work', listLoansOfCustomer),
  // 7.1 Field interactions
  route('POST', '/api/interactions/field/create/', 'collection.visit', field.create),
  route('GET', '/api/interactions/field/:id/', 'collection.visit', field.show),
  route('PUT', '/api/interactions/field/:id/', 'collection.visit', field.update),
  route('PATCH', '/api/interactions/field/:id/', 'collection.visit', field.update),
  route('DELETE', '/api/interactions/field/:id/', 'collection.visit', field.remove),
  route('GET', '/api/interactions/field/loan/:loan_id/', 'collection.visit', field.listOfLoan),
  // 7.2 Calling interactions
  route('POST', '/api/interactions/calling/create/', 'collection.call', calling.create),
  route('GET', '/api/interactions/calling/:id/', 'collection.read_calls', calling.show),
  route('PUT', '/api/interactions/calling/:id/', 'collection.call', calling.update),
  route('PATCH', '/api/interactions/calling/:id/', 'collection.call', calling.update),
  route('DELETE', '/api/interactions/calling/:id/', 'collection.call', calling.remove),
  route('GET', '/api/interactions/calling/loan/:loan_id/', 'collection.read_calls', calling.listOfLoan),
  // 7.3 Bulk upload interactions
  route('POST', '/api/interactions/bulk/upload/', 'collection.work', uploadInteractions),
  // 8 Logs
  route('GET', '/api/logs/', 'request_log.read', listLogs),
]
