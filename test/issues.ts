/** What a schema finds wrong, by the names under which an answer lists it. */
import type { z } from 'zod'

/** The wrong fields, each unknown one by its own name. */
export const namedIssues = (schema: z.ZodType, body: unknown): string[] => Object.keys(messagesOf(schema, body))

/** The first message for each wrong field. */
export function messagesOf(schema: z.ZodType, body: unknown): Record<string, string> {
  const found: Record<string, string> = {}
  for (const issue of schema.safeParse(body).error?.issues ?? []) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : null
    for (const path of unknown ?? [issue.path]) found[path.join('.')] ??= issue.message
  }
  return found
}
