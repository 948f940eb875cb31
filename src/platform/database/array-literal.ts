/** Arrays as PostgreSQL reads them, `{1,2,NULL}` or `{"a","b"}`: every batch of rows is sent as some, so they are written with little work. */

const QUOTED = /["\\]/g

/** The literal of a flat array of numbers, bigints, booleans, texts, days, byte strings and nulls. */
export function arrayLiteral(items: readonly unknown[]): string {
  let text = '{'
  for (let n = 0; n < items.length; n++) text += n === 0 ? element(items[n]) : `,${element(items[n])}`
  return `${text}}`
}

function element(item: unknown): string {
  switch (typeof item) {
    case 'string':
      return item.includes('"') || item.includes('\\') ? `"${item.replace(QUOTED, '\\$&')}"` : `"${item}"`
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(item)
  }
  if (item === null || item === undefined) return 'NULL'
  if (item instanceof Uint8Array)
    return `"\\\\x${Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('hex')}"`
  if (item instanceof Date) return `"${item.toISOString()}"`
  throw new Error(`an array for the database holds a ${typeof item}`)
}
