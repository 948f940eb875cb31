/** Letting a buyer in who has no password: by his identity number, and by what else his organisation asks for. */
import { refuse } from '#domain/refusal.ts'
import { spellingsOf, typedNumberOfLoan } from '#domain/sales/contract-number.ts'
import { holderOfIdNumber, loginFor, requireSettledContact } from '#modules/customers/customers.ts'
import { customerById, customerForLoan } from '#modules/customers/views.ts'
import { isActivatedWith } from '#modules/devices/views.ts'
import {
  borne,
  countFailedLogin,
  hasLoggedInFromHere,
  loginLimits,
  noteLogin,
  refuseBeyond,
  requireActive,
  sendLoginCode,
  useLoginCode,
} from '#modules/identity/identity.ts'
import { userById } from '#modules/identity/views.ts'
import { allSummariesOf } from '#modules/loan-records/views.ts'
import { salesOfCustomer } from '#modules/sales/views.ts'
import { type Ctx, type Door, type Organisation, reachingCustomer, transact } from '#platform/context.ts'
import { sha256 } from '#platform/security/crypto.ts'
import { emit } from '#platform/events/events.ts'

export interface EntryAttempt {
  /** In which register the number stands, and the number. */
  readonly identity: { readonly kind: string; readonly number: string }
  /** In either of its spellings; checked where it is given. */
  readonly contractNumber: string | null
  /** The code that was sent by SMS. */
  readonly code: string | null
  /** The token of an application that was activated on a phone of his: it stands in for the code. */
  readonly deviceToken: string | null
}

export interface Entered {
  readonly customerId: number
  readonly userId: number
}

/** `secondFactor` among an organisation's policies: what is asked for beside the identity number. */
type SecondFactor = 'none' | 'contract_number' | 'sms'

const secondFactorOf = ({ policies }: Pick<Organisation, 'policies'>): SecondFactor =>
  policies.secondFactor === 'contract_number' || policies.secondFactor === 'sms' ? policies.secondFactor : 'none'

/** Identity numbers can be guessed: ten failures for one, thirty from an address in a quarter of an hour. */
const PATIENCE = { account: 10, address: 30 }

/**
 * Lets a buyer in. Nobody learns whether the number, the contract or the loan was not there: the same refusal after the same
 * reads. Failures alone are counted, in a transaction of their own. Refuses credentials_invalid, too_many_attempts,
 * account_disabled, second_factor_needed (the code has then been sent), phone_missing and contact_changed_lately (no code can
 * be sent).
 */
export async function enter(door: Door, attempt: EntryAttempt): Promise<Entered> {
  const factor = secondFactorOf(door.org)
  if (factor === 'contract_number' && attempt.contractNumber === null) refuse('second_factor_needed', { factor })
  const verdict = await transact(door, (ctx) => judge(ctx, attempt, factor))
  if (verdict === 'stranger') refuse('credentials_invalid')
  if (verdict === 'code_sent') refuse('second_factor_needed', { factor })
  if (verdict === 'code_wrong') refuse('second_factor_needed', { factor, wrong: true })
  return verdict
}

async function judge(
  ctx: Ctx,
  attempt: EntryAttempt,
  factor: SecondFactor,
): Promise<Entered | 'stranger' | 'code_sent' | 'code_wrong'> {
  const { customerId, fits, known, loanId } = await lookUp(ctx, attempt)
  const limits = loginLimits(ctx, `identity ${sha256(attempt.identity.number).toString('base64url')}`, PATIENCE)
  await refuseBeyond(ctx, borne(limits, known), true)
  const who = customerId === null ? null : { customerId }
  if (customerId === null || !fits) {
    await countFailedLogin(ctx, limits, who)
    return 'stranger'
  }
  const userId = await loginFor(ctx, customerId)
  await requireActive(ctx, userId)
  if (factor === 'sms') {
    const proof = await secondProof(ctx, { customerId, userId }, attempt)
    if (proof === 'code_wrong') await countFailedLogin(ctx, limits, who)
    if (proof !== 'proved') return proof
  }
  await stateEntry(ctx, { customerId, userId }, loanId)
  return { customerId, userId }
}

/** The same reads whoever it is, of nobody where the number is nobody's. */
async function lookUp(ctx: Ctx, { identity, contractNumber }: EntryAttempt) {
  const customerId = await holderOfIdNumber(ctx, identity)
  const named = reachingCustomer(ctx, customerId ?? 0)
  const sales = await salesOfCustomer(named, customerId ?? 0)
  const loans = await allSummariesOf(named, customerId ?? 0)
  const login = await customerForLoan(ctx, customerId ?? 0)
  const known = await hasLoggedInFromHere(ctx, login?.userId ?? undefined)
  const given = contractNumber?.trim().toUpperCase()
  const sold = new Set(sales.map(({ loanId }) => loanId))
  const others = loans.filter(({ id }) => !sold.has(id)).map(typedNumberOfLoan)
  const isTheirs = given !== undefined && [...sales.flatMap(spellingsOf), ...others].includes(given)
  const hasLoan = loans.some(({ status }) => status !== 'rejected' && status !== 'withdrawn')
  return { customerId, fits: hasLoan && (given === undefined || isTheirs), known, loanId: sales[0]?.loanId ?? null }
}

async function secondProof(
  ctx: Ctx,
  { customerId, userId }: Entered,
  { code, deviceToken }: EntryAttempt,
): Promise<'proved' | 'code_sent' | 'code_wrong'> {
  if (deviceToken !== null && (await isActivatedWith(ctx, customerId, deviceToken))) return 'proved'
  const phone = await phoneForCodes(ctx, customerId)
  if (code !== null) return (await useLoginCode(ctx, { userId, phone }, code)) ? 'proved' : 'code_wrong'
  await sendLoginCode(ctx, { userId, phone })
  return 'code_sent'
}

/** Where a code opens the door: not to a phone that nobody has proved, or that came into the record within a day. */
async function phoneForCodes(ctx: Ctx, customerId: number): Promise<string> {
  const customer = (await customerById(ctx, customerId)) ?? refuse('phone_missing')
  const { phone, phoneDoubtful, userId } = customer
  const login = phoneDoubtful && userId !== null ? await userById(ctx, userId) : null
  const isProved = !phoneDoubtful || (login?.phone === phone && login?.phoneVerifiedAt !== null)
  if (phone === null || !isProved) refuse('phone_missing')
  requireSettledContact(ctx, customer)
  return phone
}

async function stateEntry(ctx: Ctx, { customerId, userId }: Entered, loanId: number | null): Promise<void> {
  const isNew = (await noteLogin(ctx, userId)) === 'new'
  const data = { user_id: userId, customer_id: customerId, address: ctx.address, new_address: isNew }
  emit(ctx, 'user.logged_in', data)
  if (!isNew) return
  const told = { customer_id: customerId, loan_id: loanId, address: ctx.address }
  emit(ctx, 'customer.logged_in_elsewhere', told)
}
