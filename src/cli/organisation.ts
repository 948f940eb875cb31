/**
 * `npm run organisation -- create …`: founds an organisation, binds contracts to it, opens its books and registers its first
 * administrator, whose password is printed once. The first organisation is where the office looks for accounts first. Nobody
 * registers himself as its staff unless its administrator opens that.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openServices, prepareDatabase } from '#src/app.ts'
import { type Config, ConfigError, readConfig } from '#platform/config.ts'
import { CONTRACTS } from '#src/contracts.ts'
import { registerUser } from '#modules/identity/identity.ts'
import { openBooks } from '#modules/ledger/ledger.ts'
import { changeSettings } from '#modules/organisations/organisations.ts'
import { Refusal } from '#domain/refusal.ts'
import { type Services, systemDoor, transact } from '#platform/context.ts'
import { allOrganisations, foundOrganisations, type NewOrganisation } from '#platform/database/founding.ts'
import { openOrganisations } from '#platform/organisations.ts'
import { connectPostgres, type PostgresConnection, withClient } from '#platform/database/postgres-connection.ts'
import { inSources } from '#platform/observability/source-lines.ts'
import { StartUpError } from '#platform/start-up-error.ts'

const USAGE = `Usage: npm run organisation -- create --slug acme --name "Acme Loans" --admin boss@acme.example \\
         --currency KES --time-zone Africa/Nairobi --country KE [--locale en] [--contracts sokocredit,…] [--platform]

--contracts   contracts that shall serve it; each serves one organisation
--platform    the first organisation of an installation: its administrator may act in every other
`

/** Every organisation is reached by the office; it is bound to the first, for whoever names none. */
const OFFICE = 'office'

interface Order {
  readonly organisation: NewOrganisation
  readonly contracts: readonly string[]
  readonly admin: string
  readonly platform: boolean
}

async function main(): Promise<void> {
  const order = readOrder(process.argv.slice(3))
  const config = readConfig()
  const connection = await connectPostgres(config)
  try {
    const password = await found(config, connection, order)
    process.stdout.write(
      `${order.organisation.name} (${order.organisation.slug}) is founded.\n` +
        `Administrator ${order.admin}, password ${password} - it is not shown again; change it after the first login.\n`,
    )
  } finally {
    await connection.close()
  }
}

/** What the command line says, or a StartUpError that names what is missing or wrong. */
function readOrder(args: string[]): Order {
  const { values, command } = parsed(args)
  const { slug, name, admin, currency, country, locale, 'time-zone': timeZone } = values
  if (command !== 'create' || !slug || !name || !admin || !currency || !country || !timeZone)
    throw new StartUpError(USAGE)
  requireThat(/^[a-z][a-z0-9-]{1,40}$/.test(slug), `--slug ${slug}: give lower case letters, digits and dashes.`)
  requireThat(/^[A-Z]{3}$/.test(currency), `--currency ${currency}: give three capital letters, e.g. KES.`)
  requireThat(/^[A-Z]{2}$/.test(country), `--country ${country}: give two capital letters, e.g. KE.`)
  requireThat(isTimeZone(timeZone), `--time-zone ${timeZone}: there is none of that name.`)
  const contracts = values.contracts.split(',').filter((one) => one !== '')
  const known = CONTRACTS.map((contract) => contract.name)
  for (const one of contracts) requireThat(known.includes(one), `--contracts ${one}: known are ${known.join(', ')}.`)
  const organisation = { slug, name, currency, timeZone, locale, country }
  return { organisation, contracts, admin, platform: values.platform }
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const
  const options = {
    slug: text,
    name: text,
    admin: text,
    currency: text,
    'time-zone': text,
    country: text,
    locale: { type: 'string', default: 'en' },
    contracts: { type: 'string', default: '' },
    platform: { type: 'boolean', default: false },
  } as const
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values, command: positionals[0] }
  } catch (error) {
    throw new StartUpError(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function requireThat(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new StartUpError(otherwise)
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== ''
  } catch {
    return false
  }
}

/** Founds it and returns the administrator's password. Repeated after a kill, it goes on where it had stopped. */
async function found(config: Config, connection: PostgresConnection, order: Order): Promise<string> {
  const { walls } = await prepareDatabase(connection, config)
  const { organisation, contracts } = order
  const services = openServices({ config, connection, walls })
  try {
    await requireFree(services, order)
    await withClient(connection.owner, (client) =>
      foundOrganisations(client, [{ organisation, contracts: [...contracts, OFFICE] }], new Date()),
    )
    const org = (await allOrganisations(services.db)).find(({ slug }) => slug === organisation.slug)!
    const password = randomBytes(12).toString('base64url')
    const door = systemDoor(services, org, 'founding')
    await changeSettings(door, { registration: 'staff' })
    await transact(door, async (ctx) => {
      await openBooks(ctx)
      const { admin, platform } = order
      const role = platform ? 'platform_admin' : 'admin'
      // Some contracts know people by a name only.
      await registerUser(ctx, { email: admin, username: admin, password, roles: [role] })
    })
    return password
  } finally {
    await services.db.close()
  }
}

async function requireFree(services: Services, { organisation, contracts }: Order): Promise<void> {
  const organisations = openOrganisations(services.db)
  for (const contract of contracts) {
    const bound = (await organisations.boundTo(contract))?.slug ?? organisation.slug
    requireThat(
      bound === organisation.slug,
      `The contract ${contract} serves ${bound}; a contract serves one organisation.`,
    )
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
})

function explain(error: unknown): string {
  if (error instanceof Refusal) return `Refused: ${error.code} ${JSON.stringify(error.data)}`
  if (error instanceof StartUpError || error instanceof ConfigError) return error.message
  return error instanceof Error ? inSources(error.stack ?? error.message) : String(error)
}
