/** RepaySync's JSON shapes: money and rates as decimal strings with two places, instants in UTC to the second. */
import { z } from 'zod'
import { decimalsOf, formatMinor } from '#domain/money.ts'
import { roleWord } from '#contracts/repaysync/roles.ts'
import type { CollectionCustomer, CollectionLoan, Interaction } from '#modules/collections/views.ts'
import type { User } from '#modules/identity/views.ts'
import type { LoggedRequest } from '#platform/observability/request-log.ts'

const id = z.int()

export const userSchema = z.object({
  id,
  username: z.string(),
  email: z.string().nullable(),
  role: z.string(),
  manager: id.nullable(),
})

/** An address that several people gave stands with each of them, though only the first can be reached under it. */
export function userJson(user: User): z.infer<typeof userSchema> {
  const given = typeof user.profile.email_given === 'string' ? user.profile.email_given : null
  return {
    id: user.id,
    username: user.username ?? user.email ?? '',
    email: user.email ?? given,
    role: roleWord(user.roles),
    manager: user.managerId,
  }
}

const text = z.string().nullable()
export const customerSchema = z.object({
  id,
  customer_code: z.string(),
  name: z.string(),
  phone: text,
  email: text,
  assigned_collection_officer: id.nullable(),
  address_line_1: text,
  address_line_2: text,
  city: text,
  state: text,
  pincode: text,
  date_of_birth: text,
})

export const customerJson = (customer: CollectionCustomer): z.infer<typeof customerSchema> => ({
  id: customer.id,
  customer_code: customer.code,
  name: customer.name,
  phone: customer.phone,
  email: customer.email,
  assigned_collection_officer: customer.assignedTo,
  address_line_1: customer.addressLine1,
  address_line_2: customer.addressLine2,
  city: customer.city,
  state: customer.state,
  pincode: customer.pincode,
  date_of_birth: customer.dateOfBirth,
})

export const loanSchema = z.object({
  id,
  loan_account_number: z.string(),
  principal_amount: text,
  interest_rate: text,
  loan_type: text,
  tenure_months: id.nullable(),
  loan_date: text,
  customer: id,
})

export const loanJson = (loan: CollectionLoan, currency: string): z.infer<typeof loanSchema> => ({
  id: loan.id,
  loan_account_number: loan.accountNo,
  principal_amount: loan.principal === null ? null : twoPlaces(formatMinor(loan.principal, decimalsOf(currency))),
  interest_rate: loan.ratePercent === null ? null : twoPlaces(loan.ratePercent),
  loan_type: loan.loanType,
  tenure_months: loan.tenureMonths,
  loan_date: loan.loanDate,
  customer: loan.customerId,
})

/** "10.5" as "10.50", "75000" as "75000.00"; further places stay. */
function twoPlaces(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}

export const interactionSchema = z.object({
  id,
  loan: id.nullable(),
  comment: z.string(),
  disposition: z.string(),
  timestamp: z.string(),
  next_call_date: text,
  created_by: id.nullable(),
  interaction_type: z.enum(['field', 'calling']),
})

export const interactionJson = (interaction: Interaction): z.infer<typeof interactionSchema> => ({
  id: interaction.id,
  loan: interaction.loanId,
  comment: interaction.comment,
  disposition: interaction.disposition,
  timestamp: toSecond(interaction.createdAt),
  next_call_date: interaction.nextActionOn,
  created_by: interaction.createdBy,
  interaction_type: interaction.kind,
})

export const logSchema = z.object({
  id,
  user: id.nullable(),
  method: z.string(),
  endpoint: z.string(),
  request_payload: z.string(),
  response_payload: z.string(),
  status_code: z.int(),
  created_at: z.string(),
})

export const logJson = (logged: LoggedRequest): z.infer<typeof logSchema> => ({
  id: logged.id,
  user: logged.userId,
  method: logged.method,
  endpoint: logged.path,
  request_payload: logged.request,
  response_payload: logged.response,
  status_code: logged.status,
  created_at: toSecond(logged.createdAt),
})

const toSecond = (instant: Date): string => instant.toISOString().replace(/\.\d{3}Z$/, 'Z')

export const userExample = {
  id: 1,
  username: 'johndoe',
  email: 'john@example.com',
  role: 'calling_agent',
  manager: null,
}

export const customerExample = {
  id: 1,
  customer_code: 'A1B2C3D4',
  name: 'John Doe',
  phone: '+91-9876543210',
  email: 'john@example.com',
  assigned_collection_officer: 2,
  address_line_1: '123 Main St',
  address_line_2: 'Apt 4B',
  city: 'Kolkata',
  state: 'WB',
  pincode: '700001',
  date_of_birth: '1990-01-01',
}

export const loanExample = {
  id: 1,
  loan_account_number: 'LN12345',
  principal_amount: '50000.00',
  interest_rate: '10.50',
  loan_type: 'personal',
  tenure_months: 12,
  loan_date: '2025-03-09',
  customer: 1,
}

export const interactionExample = {
  id: 1,
  loan: 1,
  comment: 'Visited customer; discussed repayment plan.',
  disposition: 'visited',
  timestamp: '2025-03-09T10:30:00Z',
  next_call_date: '2025-03-15',
  created_by: 2,
  interaction_type: 'field' as const,
}
