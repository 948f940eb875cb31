/** Names that strangers gave to files: shown, never used as a path. */

const LONGEST = 150

/** The last part of a path-like name without control characters and direction marks; "document" where nothing is left. */
export function shownName(given: string): string {
  const last = given.split(/[/\\]/).at(-1)!
  const shown = last.replace(/[\p{Cc}\p{Cf}]/gu, '').trim()
  return shortened(shown) || 'document'
}

/** The name in letters, digits, dots, dashes and underscores only: "Kitambulisho (1).pdf" is Kitambulisho_1.pdf. */
export function plainName(given: string): string {
  const plain = shownName(given)
    .normalize('NFKD')
    .replace(/\s+/g, '_')
    .replace(/[^\w.-]/g, '')
    .replace(/\.{2,}/g, '.')
    .replace(/^[._-]+/, '')
  return plain.includes('.') ? plain : `document.${plain}`
}

/** The header that makes a browser save the file under its name and never show it in our origin. */
export function attachment(name: string): Record<string, string> {
  const ascii = plainName(name)
  const encoded = encodeURIComponent(shownName(name)).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return { 'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}` }
}

/** Shortens the name before its extension. */
function shortened(name: string): string {
  const characters = [...name]
  if (characters.length <= LONGEST) return name
  const extension = /\.\w{1,5}$/.exec(name)?.[0] ?? ''
  return characters.slice(0, LONGEST - extension.length).join('') + extension
}
