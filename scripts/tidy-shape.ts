/** How big things may grow, how files are named, and what a test must do. */
import type typescript from 'typescript'
import { type Finding, lineOf, type Source, ts, walk } from './tidy-source.ts'

const FILE_LINES = 400
const FUNCTION_LINES = 50
const PARAMETERS = 3
const NAMELESS = /^(utils?|helpers?|services?|types|index|common|misc|manager|constants)\.tsx?$/

/** The findings of one file. */
export function checkShape(source: Source): readonly Finding[] {
  const findings: Finding[] = []
  const find = (line: number, rule: string, reason: string) => findings.push({ path: source.path, line, rule, reason })
  if (NAMELESS.test(source.path.split('/').at(-1)!)) find(1, 'names', 'a file says by its name what it holds')
  const length = source.lines.length - (source.text.endsWith('\n') ? 1 : 0)
  if (length > FILE_LINES) find(length, 'size', `${length} lines; split by subject at ${FILE_LINES}`)
  walk(source.tree, (node) => {
    const line = lineOf(source.tree, node)
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      for (const reason of functionFaults(source, node)) find(line, 'size', reason)
    }
    for (const [rule, reason] of exportFaults(source, node)) find(line, rule, reason)
    if (source.isTest && isCase(node) && !proves(source, node))
      find(line, 'proof', 'a test that expects nothing proves nothing')
  })
  return findings
}

function functionFaults({ tree }: Source, node: typescript.SignatureDeclaration): readonly string[] {
  const faults: string[] = []
  const end = tree.getLineAndCharacterOfPosition(node.end).line + 1
  const lines = end - lineOf(tree, node) + 1
  if (lines > FUNCTION_LINES && !groupsTests(node))
    faults.push(`a function of ${lines} lines; at most ${FUNCTION_LINES}, aim at 20`)
  const parameters = node.parameters.filter(({ name }) => !WIRING.has(name.getText(tree))).length
  if (parameters > PARAMETERS && !isHandedOver(node)) {
    faults.push(`${parameters} positional parameters; from ${PARAMETERS + 1} on pass an object`)
  }
  return faults
}

/** What nearly every function gets first does not count. */
const WIRING = new Set(['ctx', 'tx', 'door', 'services', 'app', 'log'])

/** Whoever calls it decided on its parameters: a row of a test's table, a callback of a library. */
const isHandedOver = (node: typescript.Node): boolean => ts.isCallExpression(node.parent) && ts.isArrowFunction(node)

/** The body of a describe is a list of tests, not a function. */
const groupsTests = (node: typescript.Node): boolean =>
  ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText())

function exportFaults({ path }: Source, node: typescript.Node): readonly (readonly [string, string])[] {
  if (ts.isExportDeclaration(node) && !node.exportClause)
    return [['exports', 'export * hides where a thing comes from']]
  const isDefault =
    ts.isExportAssignment(node) ||
    (ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword))
  return isDefault && !/\.config\.ts$/.test(path) ? [['exports', 'a default export has no name to search for']] : []
}

function isCase(node: typescript.Node): node is typescript.CallExpression {
  if (!ts.isCallExpression(node) || !node.arguments[1] || !ts.isFunctionLike(node.arguments[1])) return false
  return /^(it|test)(\.each\b|\(|$)/.test(node.expression.getText())
}

/** It expects or asserts by itself, or calls a function of this file or of the test folder that does. */
function proves(source: Source, node: typescript.CallExpression): boolean {
  const body = node.arguments[1]!.getText(source.tree)
  if (/\b(expect|assert)/.test(body)) return true
  return provers(source).some((name) => new RegExp(`\\b${name}\\b`).test(body))
}

function provers({ tree }: Source): readonly string[] {
  return tree.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return importedProvers(statement)
    const named = ts.isFunctionDeclaration(statement) ? statement.name?.text : variableName(statement)
    return named && /\b(expect|assert)/.test(statement.getText(tree)) ? [named] : []
  })
}

const variableName = (statement: typescript.Statement): string | undefined =>
  ts.isVariableStatement(statement) ? statement.declarationList.declarations[0]?.name.getText() : undefined

function importedProvers(statement: typescript.ImportDeclaration): readonly string[] {
  const from = (statement.moduleSpecifier as typescript.StringLiteral).text
  const bindings = statement.importClause?.namedBindings
  if (!from.startsWith('#test/') || !bindings || !ts.isNamedImports(bindings)) return []
  return bindings.elements.map((element) => element.name.text).filter((name) => name !== 'openWorld')
}
