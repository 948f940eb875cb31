/** Words that may not stand in some places, each with the reason. */
import type { Finding, Layer, Source } from './tidy-source.ts'

interface Ban {
  readonly rule: string
  readonly words: RegExp
  readonly reason: string
  readonly where: (source: Source) => boolean
}

const inLayers =
  (...layers: readonly Layer[]) =>
  ({ layer, isTest }: Source): boolean =>
    !isTest && layers.includes(layer)

const fileName = ({ path }: Source): string => path.split('/').at(-1)!
const speaksSql = (source: Source): boolean =>
  /(^|-)(store|views)\.ts$/.test(fileName(source)) || source.layer === 'platform'
const presents = (source: Source): boolean => /^present(-|\.)/.test(fileName(source))
const inSrc = ({ path }: Source): boolean => path.startsWith('src/')

/** Pieced together, so that this file does not find itself. */
const UNDONE = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)
const SKIPPED = new RegExp(`\\b(it|test|describe)\\.(${['on' + 'ly', 'sk' + 'ip', 'to' + 'do'].join('|')})\\b`)

const BANS: readonly Ban[] = [
  {
    rule: 'floats',
    words: /\bparseFloat\b|\.toFixed\b|\bMath\.(round|floor|ceil)\b/,
    reason: 'no float touches money: use #domain/money.ts, whose roundings have names',
    where: (source) => inLayers('domain', 'modules', 'contracts')(source) && !presents(source),
  },
  {
    rule: 'sql',
    words: /\bsql(<[^`]*>)?`|\bsql\.raw\b/,
    reason: 'SQL stands in store.ts (locks, writes) and views.ts (reads) of the module that owns the table',
    where: (source) => inSrc(source) && !source.isTest && !speaksSql(source),
  },
  {
    rule: 'coercion',
    words: /\bz\.coerce\b/,
    reason: 'JavaScript takes 0x1, 1e0 and blanks for numbers: use #platform/http/asked-numbers.ts',
    where: (source) => inLayers('contracts', 'platform')(source) && source.path !== 'src/platform/config.ts',
  },
  {
    rule: 'environment',
    words: /\bprocess\.env\b/,
    reason: 'config.ts alone reads the environment',
    where: (source) => inSrc(source) && !source.isTest && source.path !== 'src/platform/config.ts',
  },
  {
    rule: 'purity',
    words: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bcrypto\.|\bawait\b|\basync\b/,
    reason: 'the domain is pure: what it needs is an argument',
    where: inLayers('domain'),
  },
  {
    rule: 'clock',
    words: /\bDate\.now\(|\bnew Date\(\)/,
    reason: 'the clock is ctx.now',
    where: inLayers('modules', 'contracts'),
  },
  {
    rule: 'network',
    words: /\bfetch\(|['"]node:(http|https|net|tls|dgram)['"]/,
    reason: 'the network is used by the worker only, after an event',
    where: inLayers('domain', 'modules', 'contracts'),
  },
  {
    rule: 'words',
    words: /\b(emi|cuotas?|mama_?mboga)\b/i,
    reason: 'a contract’s own words stop at its folder (docs/GLOSSARY.md)',
    where: inLayers('domain', 'modules', 'platform'),
  },
  {
    rule: 'console',
    words: /\bconsole\.(log|info|debug)\b/,
    reason: 'log through services.log',
    where: inLayers('domain', 'modules', 'contracts', 'platform'),
  },
  {
    rule: 'swallowed',
    words: /\bcatch \{|\.catch\(\(\) =>/,
    reason:
      'a catch names the refusal or key that it answers, and throws anything else: a database that fails is no answer',
    where: inLayers('domain', 'modules', 'contracts'),
  },
  { rule: 'undone', words: UNDONE, reason: 'an issue or nothing', where: () => true },
  { rule: 'skipped', words: SKIPPED, reason: 'a test that does not run says nothing', where: ({ isTest }) => isTest },
  {
    rule: 'mocks',
    words: /\bvi\.(mock|doMock)\(/,
    reason: 'our own code is not mocked: the test world is real',
    where: ({ isTest }) => isTest,
  },
]

/** The findings of one file. */
export function checkWords(source: Source): readonly Finding[] {
  const bans = BANS.filter((ban) => ban.where(source) && ban.words.test(source.text))
  if (bans.length === 0) return []
  return source.lines.flatMap((text, i) =>
    bans
      .filter(({ rule, words }) => words.test(text) && (rule === 'undone' || !isProse(text)))
      .map(({ rule, reason }) => ({ path: source.path, line: i + 1, rule, reason })),
  )
}

/** A line of comment may speak of what code may not do. */
const isProse = (line: string): boolean => /^\s*(\/\/|\/?\*)/.test(line)
