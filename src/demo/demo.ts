/** What a demo installation starts with: an organisation for each contract, and the platform's own. */
import { seedMovicuotas } from '#src/demo/movicuotas.ts'
import { seedRepaysync } from '#src/demo/repaysync.ts'
import { seedSokocredit } from '#src/demo/sokocredit.ts'
import { seedVisionfund } from '#src/demo/visionfund.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { type NewUser, registerUser } from '#modules/identity/identity.ts'
import { taken } from '#modules/identity/views.ts'
import { type Ctx, type Organisation, type Services, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations, type Founding } from '#platform/database/founding.ts'
import type { DemoAccount } from '#src/site/page.ts'

const KENYA = { currency: 'KES', timeZone: 'Africa/Nairobi', locale: 'en', country: 'KE' } as const

/** The platform's own organisation: its staff act in every other. */
const PLATFORM_SLUG = 'mkopo'

export const DEMO_ORGANISATIONS: readonly Founding[] = [
  { organisation: { slug: PLATFORM_SLUG, name: 'Mkopo', ...KENYA }, contracts: ['office'] },
  { organisation: { slug: 'sokocredit', name: 'SokoCredit', ...KENYA }, contracts: ['sokocredit'] },
  { organisation: { slug: 'visionfund', name: 'VisionFund', ...KENYA }, contracts: ['visionfund'] },
  {
    organisation: {
      ...{ slug: 'repaysync', name: 'RepaySync', currency: 'INR' },
      ...{ timeZone: 'Asia/Kolkata', locale: 'en', country: 'IN' },
    },
    contracts: ['repaysync'],
  },
  { organisation: { slug: 'chamahub', name: 'ChamaHub', ...KENYA }, contracts: ['chamahub'] },
  {
    organisation: {
      ...{ slug: 'movicuotas', name: 'MoviCuotas', currency: 'HNL' },
      ...{ timeZone: 'America/Tegucigalpa', locale: 'es', country: 'HN' },
    },
    contracts: ['movicuotas'],
  },
]

/** Seeds the demo organisations, each in a transaction; what is there already is left alone. */
export async function seedDemo(services: Services): Promise<void> {
  for (const org of await allOrganisations(services.db)) {
    await transact(systemDoor(services, org, 'demo'), async (ctx) => {
      await openBooks(ctx)
      for (const user of DEMO_USERS[org.slug] ?? []) await seedUser(ctx, user)
    })
    await DEMO_BUSINESS[org.slug]?.(services, org)
  }
}

/** What each demo organisation has done so far, by its slug. */
const DEMO_BUSINESS: Readonly<Record<string, (services: Services, org: Organisation) => Promise<void>>> = {
  sokocredit: seedSokocredit,
  repaysync: seedRepaysync,
  movicuotas: seedMovicuotas,
  visionfund: seedVisionfund,
}

const PASSWORD = 'password'

type DemoUser = Omit<NewUser, 'password'> & { readonly email: string; readonly username?: string }

const DEMO_USERS: Readonly<Record<string, readonly DemoUser[]>> = {
  [PLATFORM_SLUG]: [{ email: 'admin@mkopo.dev', name: 'Platform Admin', roles: ['platform_admin'] }],
  sokocredit: [
    { username: 'admin', email: 'admin@sokocredit.com', phone: '0700000001', name: 'Soko Admin', roles: ['admin'] },
    {
      username: 'lender1',
      email: 'lender1@sokocredit.com',
      phone: '0700000002',
      name: 'Lena Lender',
      roles: ['loan_officer'],
    },
    {
      username: 'mama1',
      email: 'mama1@sokocredit.com',
      phone: '0700000003',
      name: 'Mary Wanjiku',
      roles: ['customer'],
    },
  ],
  visionfund: [{ email: 'staff@visionfund.co.ke', name: 'Stella Staff', roles: ['loan_officer'] }],
  // The ids are the document's: johndoe is 1, janedoe 2.
  repaysync: [
    { username: 'johndoe', email: 'john@example.com', name: 'John Doe', roles: ['calling_agent'] },
    { username: 'janedoe', email: 'jane@example.com', name: 'Jane Doe', roles: ['collection_officer'], managerId: 1 },
    { username: 'manager1', email: 'manager1@example.com', name: 'Maya Manager', roles: ['collection_manager'] },
    { username: 'admin', email: 'admin@repaysync.example', name: 'Repay Admin', roles: ['admin'] },
  ],
  movicuotas: [
    { email: 'admin@movicuotas.com', name: 'Movi Admin', roles: ['admin'] },
    { email: 'supervisor@movicuotas.com', name: 'Susana Supervisora', roles: ['manager'] },
    { email: 'vendedor@movicuotas.com', name: 'Víctor Vendedor', roles: ['loan_officer'] },
  ],
}

async function seedUser(ctx: Ctx, user: DemoUser): Promise<void> {
  const { email } = await taken(ctx, { email: user.email })
  if (!email) await registerUser(ctx, { ...user, password: PASSWORD })
}

/** RepaySync knows its people by their usernames. */
const loginOf = (slug: string, { email, username }: DemoUser): string =>
  slug === 'repaysync' && username ? username : email

/** Who may sign in to the demo, for people; the password of all is `password`. */
export const DEMO_ACCOUNTS: readonly { readonly organisation: string; readonly logins: readonly string[] }[] =
  Object.entries(DEMO_USERS).map(([slug, users]) => ({
    organisation: slug === PLATFORM_SLUG ? 'office (all organisations)' : slug,
    logins: users.map((user) => loginOf(slug, user)),
  }))

/** The same, person by person, for the landing page. */
export const DEMO_PEOPLE: readonly DemoAccount[] = DEMO_ORGANISATIONS.flatMap(({ organisation }) =>
  (DEMO_USERS[organisation.slug] ?? []).map((user) => ({
    ...{ at: organisation.slug === PLATFORM_SLUG ? 'Mkopo office' : organisation.name, name: user.name ?? '' },
    ...{ role: user.roles[0] ?? '', login: loginOf(organisation.slug, user) },
  })),
)
