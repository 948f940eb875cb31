/** Clients and colleagues taken on at the counter: a login, and for a client his record, identity number and account. */
import { permits, rolesFor } from '#domain/permission.ts'
import { refuse } from '#domain/refusal.ts'
import { accountNumber } from '#domain/savings/account-number.ts'
import { borrowerProfile, claimIdNumber } from '#modules/customers/customers.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { adminIds, firstOfficer } from '#modules/identity/views.ts'
import { lockedAccount, type LockedAccount, openAccount } from '#modules/savings/savings.ts'
import { savingsAccountsOf } from '#modules/savings/views.ts'
import { type Client, clientOfUser } from '#modules/teller/views.ts'
import { actingAs, type Ctx } from '#platform/context.ts'
import { randomToken } from '#platform/security/crypto.ts'

export interface NewPerson {
  readonly name: string
  readonly email: string
  readonly phone?: string | null | undefined
  /** Where left out, one is made up and shown once. */
  readonly password?: string | null | undefined
}

export interface TakenOn {
  readonly userId: number
  /** Made up by us; null where he brought his own. */
  readonly temporaryPassword: string | null
}

/**
 * Takes a client on with an account at nothing, numbered by his first name and identity number. Anybody may become a client.
 * Refuses email_taken, phone_taken, id_number_taken, invalid_input.
 */
export async function takeOnClient(
  ctx: Ctx,
  person: NewPerson & { readonly idNumber: string },
): Promise<TakenOn & { accountNo: string }> {
  const taken = await register(ctx, person, 'customer')
  const self = { kind: 'user', id: taken.userId, roles: ['customer'], sessionId: '', customerId: null } as const
  const customerId = await borrowerProfile(actingAs(ctx, self))
  await claimIdNumber(ctx, customerId, { kind: 'national', number: person.idNumber })
  const accountNo = accountNumber(person.name, person.idNumber)
  await openAccount(ctx, { customerId, accountNo })
  return { ...taken, accountNo }
}

/**
 * Takes a colleague on. Open to anybody while nobody works here yet, in demo, and where the organisation's policy says so;
 * otherwise to staff. Refuses not_authenticated, not_permitted, email_taken, phone_taken, invalid_input.
 */
export async function takeOnColleague(ctx: Ctx, person: NewPerson): Promise<TakenOn> {
  if (!(await registrationIsOpen(ctx))) {
    const { actor } = ctx
    if (actor.kind === 'anonymous') refuse('not_authenticated')
    const roles = 'roles' in actor ? actor.roles : []
    if (!permits(roles, 'user.register_colleague'))
      refuse('not_permitted', { roles, allowed: rolesFor('user.register_colleague') })
  }
  return register(ctx, person, 'loan_officer')
}

async function registrationIsOpen(ctx: Ctx): Promise<boolean> {
  if (ctx.services.config.mode === 'demo' || ctx.org.policies.openStaffRegistration === true) return true
  return (await firstOfficer(ctx)) === null && (await adminIds(ctx)).length === 0
}

async function register(ctx: Ctx, person: NewPerson, role: 'customer' | 'loan_officer'): Promise<TakenOn> {
  const { name, email, phone = null, password } = person
  const temporaryPassword = password ? null : randomToken(9)
  const profile = temporaryPassword ? { passwordIsTemporary: true } : {}
  const chosen = password || temporaryPassword!
  const userId = await registerUser(ctx, { name, email, phone, password: chosen, roles: [role], profile })
  return { userId, temporaryPassword }
}

/** A client as he is known here. Refuses customer_not_found. */
export const knownClient = async (ctx: Pick<Ctx, 'org' | 'tx'>, userId: number): Promise<Client> =>
  (await clientOfUser(ctx, userId)) ?? refuse('customer_not_found')

/** The client, if it is he who asks: nobody else moves his money. Refuses not_yours, customer_not_found. */
export async function clientHimself(ctx: Ctx, userId: number): Promise<Client> {
  if (ctx.actor.kind !== 'user' || ctx.actor.id !== userId) refuse('not_yours')
  return knownClient(ctx, userId)
}

/**
 * The first account of a client that is not closed, locked; one who came another way, and has none yet, gets one. Lock his
 * loans before (docs/ARCHITECTURE.md, Lock order).
 */
export async function accountOf(ctx: Ctx, client: Client): Promise<LockedAccount> {
  const [account] = await savingsAccountsOf(ctx, client.customerId)
  return lockedAccount(ctx, account?.id ?? (await openUnnumbered(ctx, client)))
}

/** Without an identity number the customer's own number makes the account's; the dash keeps it apart from the others. */
const openUnnumbered = (ctx: Ctx, { name, customerId }: Client): Promise<number> =>
  openAccount(ctx, { customerId, accountNo: accountNumber(name, `-${customerId}`) })
