/** One source file as the rules see it. */
import { createRequire } from 'node:module'
import type typescript from 'typescript'

/** Required, since importing nine megabytes of CommonJS takes a third of a second longer. */
export const ts: typeof typescript = createRequire(import.meta.url)('typescript')

export interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly reason: string
}

export type Layer = 'root' | 'domain' | 'platform' | 'modules' | 'contracts' | 'outside'

export interface Source {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly layer: Layer
  /** The module's or contract's name. */
  readonly folder: string
  readonly isTest: boolean
  readonly tree: typescript.SourceFile
  readonly imports: readonly { readonly line: number; readonly from: string }[]
}

/** Reads a file for the rules. */
export function sourceOf(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const [top, second = '', third = ''] = path.split('/')
  const layer = top !== 'src' ? 'outside' : third === '' ? 'root' : isLayer(second) ? second : 'root'
  return {
    path,
    text,
    lines: text.split('\n'),
    layer,
    folder: layer === 'modules' || layer === 'contracts' ? third : '',
    isTest: /\.test\.tsx?$/.test(path),
    tree,
    imports: importsOf(tree),
  }
}

const isLayer = (name: string): name is Layer => ['domain', 'platform', 'modules', 'contracts'].includes(name)

function importsOf(tree: typescript.SourceFile): Source['imports'] {
  const stated = tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const from = statement.moduleSpecifier
    return from && ts.isStringLiteral(from) ? [{ line: lineOf(tree, statement), from: from.text }] : []
  })
  const called = [...tree.text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)].map((match) => ({
    line: tree.getLineAndCharacterOfPosition(match.index).line + 1,
    from: match[1]!,
  }))
  return [...stated, ...called]
}

/** The line, from 1, that a piece of code starts on. */
export const lineOf = (tree: typescript.SourceFile, node: typescript.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1

/** Every piece of code of a file, outer before inner. */
export function walk(node: typescript.Node, visit: (node: typescript.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}
