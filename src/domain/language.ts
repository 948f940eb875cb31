/** The languages that people are written to in. */

export const LANGUAGES = ['en', 'sw', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

/** The language of an organisation's locale (`sw-KE`); English where we do not speak it. */
export function languageOf(locale: string): Language {
  const language = locale.slice(0, 2).toLowerCase()
  return LANGUAGES.find((known) => known === language) ?? 'en'
}
