/** What is asked of a request's body, and what is said when it is missing. */
import { z } from 'zod'
import { answers } from '#contracts/sokocredit/answers.ts'
import type { RefusalAnswer } from '#platform/http/route.ts'

const REQUIRED = 'This field is required.'

/** A text that must not be empty. */
export const requiredText = z.string().trim().min(1, REQUIRED).max(254)

/** Taken as it is, blanks included. */
export const givenPassword = z.string().min(1, REQUIRED).max(200)

/** A password somebody chooses. The document has no rule; six characters hold, since logins are slowed after ten failures. */
export const newPassword = z
  .string()
  .min(1, REQUIRED)
  .min(6, 'Choose a password of at least 6 characters.')
  .max(200, 'Choose a password of at most 200 characters.')

type Data = Readonly<Record<string, unknown>>

/** 400 with the document's own text when something is missing, else with the fields that are wrong. */
export function whenMissing(text: string | ((fields: readonly string[]) => string)): RefusalAnswer {
  return [
    400,
    (data: Data) => {
      const missing = missingIn(data)
      if (missing.length === 0) return otherwise(data)
      return typeof text === 'string' ? text : text(missing)
    },
  ]
}

const missingIn = ({ fields }: Data): string[] =>
  Object.entries((fields ?? {}) as Record<string, string>).flatMap(([name, what]) => (what === REQUIRED ? name : []))

function otherwise(data: Data): string {
  const [, text] = answers.invalid_input
  return typeof text === 'function' ? text(data) : text
}
