/** Who may import what: the layers of docs/ARCHITECTURE.md, and which module may call which. */
import type { Finding, Source } from './tidy-source.ts'

/** Each module and the modules right below it; what those may call, it may call too. */
export const MODULES: Readonly<Record<string, readonly string[]>> = {
  access: [],
  ledger: [],
  identity: [],
  files: [],
  organisations: [],
  notifications: ['identity'],
  approvals: [],
  customers: ['access', 'identity', 'files', 'approvals'],
  'loan-products': ['ledger'],
  'loan-records': ['customers', 'loan-products', 'ledger'],
  'loan-corrections': ['loan-records'],
  'loan-adjustments': ['approvals', 'loan-corrections'],
  'loan-repayments': ['loan-corrections'],
  'loan-money': ['approvals', 'loan-repayments'],
  'loan-closing': ['loan-adjustments', 'loan-money'],
  'loan-agreements': ['loan-closing'],
  'loan-takeover': ['loan-records'],
  'loan-day-end': ['loan-corrections'],
  loans: ['loan-closing'],
  delinquency: ['loans', 'ledger'],
  savings: ['customers', 'ledger'],
  devices: ['customers', 'loans', 'payments'],
  sales: ['customers', 'loan-products', 'loans', 'devices'],
  collections: ['customers', 'loans', 'loan-takeover'],
  payments: ['customers', 'ledger', 'loans', 'loan-takeover', 'savings'],
  payouts: ['customers', 'ledger', 'loans', 'savings'],
  teller: ['payments', 'payouts', 'savings', 'loans', 'loan-products', 'customers', 'ledger'],
  'third-parties': ['customers'],
  merging: ['approvals', 'customers', 'identity', 'ledger'],
  erasure: ['approvals', 'customers', 'files', 'identity', 'savings'],
  reporting: [],
  reconciliation: [],
}

/** Speak to the outside world; only what the worker runs may hold them. */
const DRIVERS = /^#platform\/(providers\/\w+\/(sms|mail|mpesa|mdm|push)|messaging\/message-sender)\.ts$/

/** One capability cut by purpose: they share the rows of loans and their replay, file by file, in the order above. */
const isLoanModule = (name: string): boolean => name !== 'loan-products' && /^loan(s$|-)/.test(name)

const isLower = (from: string, to: string): boolean =>
  (MODULES[from] ?? []).some((below) => below === to || isLower(below, to))

/** The findings of one file; tests may import what they test and the test world. */
export function checkImports(source: Source): readonly Finding[] {
  if (source.isTest || !source.path.startsWith('src/')) return []
  return source.imports.flatMap(({ line, from }) => {
    const reason = forbidden(source, from)
    return reason ? [{ path: source.path, line, rule: 'imports', reason: `${from}: ${reason}` }] : []
  })
}

function forbidden({ path, layer, folder }: Source, from: string): string | null {
  if (from.startsWith('.') && !from.endsWith('package.json'))
    return 'imports are addresses: write #domain/…, #platform/…'
  if (from.startsWith('#test/')) return 'only tests know the test world'
  if (layer === 'root') return null
  if (layer === 'domain') return from.startsWith('#domain/') ? null : 'the domain is pure and imports only the domain'
  if (DRIVERS.test(from) && layer !== 'platform')
    return 'the outside world is spoken to by the worker only, after an event'
  if (from.startsWith('#src/')) return 'composition is above everything'
  const [target, name = '', file = ''] = /^#(\w+)\/([^/]+)(?:\/(.+))?$/.exec(from)?.slice(1) ?? []
  if (target === 'contracts')
    return layer === 'contracts' && name === folder ? null : 'a contract is nobody else’s business'
  if (target === 'modules') return forbiddenModule({ path, layer, folder }, name, file)
  return null
}

function forbiddenModule(
  { layer, folder }: Pick<Source, 'path' | 'layer' | 'folder'>,
  name: string,
  file: string,
): string | null {
  if (layer === 'platform') return 'the platform knows no module'
  if (layer === 'modules' && name === folder) return null
  if (isLoanModule(folder) && isLoanModule(name) && isLower(folder, name)) return null
  if (file !== `${name}.ts` && file !== 'views.ts') return `only ${name}/${name}.ts and ${name}/views.ts are for others`
  if (layer === 'contracts' || (folder === 'reporting' && file === 'views.ts')) return null
  return isLower(folder, name) ? null : `${folder} may call only what stands below it (scripts/tidy-imports.ts)`
}
