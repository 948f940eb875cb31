/** The world of the matrix: two sides of one organisation, everybody who walks, and what they must not find. */
import { forgetOrganisations } from '#platform/organisations.ts'
import { withClient } from '#platform/database/postgres-connection.ts'
import { systemDoor } from '#platform/context.ts'
import { closePortfolio } from '#modules/delinquency/delinquency.ts'
import { closeLoans } from '#modules/loan-day-end/loan-day-end.ts'
import { buildSide, type Objects, openShop, type Shop } from '#test/access/objects.ts'
import { type Hired, hire, HOME, type Person, strangers } from '#test/access/people.ts'
import {
  ask,
  type Asked,
  type Asking,
  type Exception,
  type Insider,
  INSIDERS,
  type Kind,
  mayAsk,
  nameOf,
  routesOf,
  type Row,
  type Rows,
  type Watch,
  watch,
  wordsIn,
} from '#test/access/walk.ts'
import type { Route } from '#platform/http/route.ts'
import { openWorld, type World } from '#test/world.ts'

export interface Matrix {
  readonly world: World
  readonly here: Objects
  readonly there: Objects
  readonly people: Readonly<Record<Insider, Person>>
  readonly strangers: readonly Person[]
  /** Who reaches everything, whoever's it is: the administrator, who may do most, then those that some routes are only for. */
  readonly entitled: readonly Person[]
  readonly watching: Watch
  close(): Promise<void>
}

/** However busy the machine is, in milliseconds. */
export const PATIENCE = 900_000

const CONTRACTS = ['sokocredit', 'repaysync', 'visionfund', 'movicuotas', 'office']
const FIRST_DAY = '2026-01-05T09:00:00Z'
const TODAY = '2026-02-15T09:00:00Z'

/** Opens the world: both sides stand, the loans that were sold are late, every contract serves the organisation. */
export async function openMatrix(): Promise<Matrix> {
  const world = await openWorld({ now: FIRST_DAY })
  const bind = 'update contract_bindings set served_org = $1 where contract = any($2::text[])'
  await withClient(world.owner, (client) => client.query(bind, [world.org(HOME).id, CONTRACTS]))
  forgetOrganisations(world.services.db)
  const shop = await openShop(world)
  const crewHere = await crewOf(world, { side: 'here', branch: 'S01' })
  const here = await buildSide(shop, crewHere)
  const crewThere = await crewOf(world, { side: 'there', branch: 'S02' })
  const there = await buildSide(shop, crewThere)
  world.clock.moveTo(new Date(TODAY))
  await closeLoans(systemDoor(world.services, world.org(HOME), 'test'))
  await closePortfolio(systemDoor(world.services, world.org(HOME), 'test'))
  const people = await insiders(shop, crewHere, here)
  const admin = await hire(world, HOME, { name: 'admin', role: 'admin' })
  const watching = await watch(world, there)
  return {
    ...{ world, here, there, people, watching, strangers: await strangers(world) },
    entitled: [admin, shop.officer, there.login, crewThere.agent, institutionOf(there)],
    async close() {
      await watching.close()
      await world.close()
    },
  }
}

async function crewOf(world: World, { side, branch }: { readonly side: string; readonly branch: string }) {
  const of = (
    name: string,
    role: 'loan_officer' | 'collection_manager' | 'collection_officer' | 'calling_agent',
    more = {},
  ) => hire(world, HOME, { name: `${name}-${side}`, role, ...more })
  const lead = await of('lead', 'collection_manager')
  return {
    lead,
    seller: await of('seller', 'loan_officer', { branch }),
    collector: await of('collector', 'collection_officer', { managerId: lead.id }),
    agent: await of('agent', 'calling_agent'),
  }
}

const institutionOf = ({ institution }: Objects): Person => ({
  ...{ name: 'institution', role: 'third_party' },
  actor: { kind: 'third_party', id: institution.id, name: 'institution', roles: ['third_party'] },
  tokens: async () => ({ visionfund: institution.key }),
})

async function insiders(
  { world }: Shop,
  crew: Record<'seller' | 'lead' | 'collector' | 'agent', Hired>,
  here: Objects,
): Promise<Record<Insider, Person>> {
  return {
    ...{ seller: crew.seller, lead: crew.lead, collector: crew.collector, agent: crew.agent },
    cashier: await hire(world, HOME, { name: 'cashier', role: 'staff', branch: 'S01' }),
    head: await hire(world, HOME, { name: 'head', role: 'collection_head', branch: 'S01' }),
    customer: here.login,
    institution: institutionOf(here),
  }
}

interface Walking {
  readonly contract: string
  readonly person: Person
  readonly org?: string
}

/** Everything a person finds or changes that they should not, as lines to read; nothing: the wall stands. */
export async function walk(matrix: Matrix, rows: Rows, walking: Walking): Promise<string[]> {
  const { contract, person } = walking
  const before = await matrix.watching.digest()
  const token = (await person.tokens())[contract]
  const asking = { contract, token, org: walking.org ?? HOME }
  const steps = routesOf(contract).flatMap((route): Step[] => {
    const row = rows[nameOf(route)]
    if (row === undefined || 'none' in row) return []
    const exception = exceptionFor(row, person)
    if (exception !== undefined && exception.kinds === undefined) return []
    const allowed = exception?.kinds ?? []
    return row.ask(matrix.there, matrix.here).map((asked) => ({ route, asked, asking, allowed }))
  })
  const found: string[] = []
  for (let n = 0; n < steps.length; n += AT_ONCE) {
    found.push(...(await takeSteps(matrix, steps.slice(n, n + AT_ONCE), before)))
  }
  const tables = matrix.watching.changed(before, await matrix.watching.digest())
  return [...found, ...(tables.length > 0 ? [`changed in the end: ${tables.join(', ')}`] : [])]
}

/** Requests on their way at the same time. */
const AT_ONCE = 8

const exceptionFor = (row: Exclude<Row, { none: string }>, { role, name }: Person): Exception | undefined => {
  const insider = INSIDERS.find((one) => name === one || name.startsWith(`${one}-here`))
  return insider === undefined || role === 'nobody' ? undefined : row.open?.[insider]
}

interface Step {
  readonly route: Route
  readonly asked: Asked
  readonly asking: Omit<Asking, 'route' | 'asked'>
  readonly allowed: readonly Kind[]
}

/** Takes some steps at once. What changed is said of all of them that may have changed it. */
async function takeSteps(
  matrix: Matrix,
  steps: readonly Step[],
  before: ReadonlyMap<string, string>,
): Promise<string[]> {
  const taken = await Promise.all(
    steps.map(async ({ route, asked, asking, allowed }) => {
      const { status, text } = await ask(matrix.world, { route, asked, ...asking })
      const line = `${nameOf(route)} ${JSON.stringify(asked)} → ${status}`
      const words = wordsIn(text, matrix.there, allowed)
      const wrong = [
        ...(status >= 500 ? [`${line}: broke`] : []),
        ...(words.length > 0 ? [`${line}: shows ${words.join(', ')}`] : []),
      ]
      return { line, wrong, isChange: route.method !== 'GET' && status < 400 }
    }),
  )
  const changes = taken.flatMap(({ isChange, line }) => (isChange ? [line] : []))
  const tables = changes.length > 0 ? matrix.watching.changed(before, await matrix.watching.digest()) : []
  return [
    ...taken.flatMap(({ wrong }) => wrong),
    ...(tables.length > 0 ? [`${changes.join(' or ')}: changes ${tables.join(', ')}`] : []),
  ]
}

/** Rows whose requests do not reach what they ask for even for those who may: such a row proves nothing. */
export async function unproved(matrix: Matrix, contract: string, rows: Rows): Promise<string[]> {
  const { world, there, here, entitled } = matrix
  const found: string[] = []
  const routes = routesOf(contract).toSorted((a, b) => weight(a) - weight(b))
  for (const route of routes) {
    const row = rows[nameOf(route)]
    if (row === undefined || 'none' in row || row.unproved !== undefined) continue
    const person = row.by === 'owner' ? there.login : entitled.find((one) => mayAsk(route, one))
    if (person === undefined) return [`${nameOf(route)}: nobody may ask this`]
    const token = (await person.tokens())[contract]
    const [asked] = row.ask(there, here)
    const { status, text } = await ask(world, { route, asked: asked!, contract, token, org: HOME })
    if (status < 300 || status === 409) continue
    found.push(`${nameOf(route)} ${JSON.stringify(asked)} by ${person.name} → ${status} ${text.slice(0, 200)}`)
  }
  return found
}

/** What is read comes before what is changed, and that before what is taken away; whole customers go last. */
const weight = ({ method, path }: Route): number =>
  method === 'GET' ? 0 : method !== 'DELETE' ? 1 : path.includes('/customers/') ? 3 : 2

/** Rows that show somebody nothing of their own: a wall that keeps everybody out proves nothing either. */
export async function shutOut(matrix: Matrix, rows: Rows, walking: Walking): Promise<string[]> {
  const { world, here } = matrix
  const { contract, person } = walking
  const token = (await person.tokens())[contract]
  const looked = routesOf(contract).map(async (route): Promise<string[]> => {
    const row = rows[nameOf(route)]
    if (route.method !== 'GET' || row === undefined || 'none' in row) return []
    if (row.unproved !== undefined || row.foreign !== undefined || !mayAsk(route, person)) return []
    const [asked] = row.ask(here, here)
    const { status, text } = await ask(world, { route, asked: asked!, contract, token, org: HOME })
    return status < 300 ? [] : [`${nameOf(route)} ${JSON.stringify(asked)} → ${status} ${text.slice(0, 200)}`]
  })
  return (await Promise.all(looked)).flat()
}
