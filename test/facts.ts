/** Whether what was stated is as docs/events.md says: each fact with the fields of its type, and about what it names. */
import { type EventType, FACTS, subjectOf } from '#domain/event.ts'
import { type Fields, wrongIn } from '#domain/facts/field.ts'
import type pg from 'pg'

interface Stated {
  readonly org_id: number
  readonly id: string
  readonly type: EventType
  readonly subject: string
  readonly data: Readonly<Record<string, unknown>>
}

function wrongOf({ org_id: org, type, subject, data }: Stated): string[] {
  if (!FACTS[type]) return ['no such type']
  const fields: Fields = FACTS[type].fields
  const isAbout = subject === subjectOf(type, data, org)
  return [...wrongIn(fields, data), ...(isAbout ? [] : [`subject ${subject}`])]
}

/** The types of all facts in a database, and of those that are not as they should be what is wrong with the first. */
export async function statedFacts(
  client: pg.ClientBase,
): Promise<{ readonly types: ReadonlySet<EventType>; readonly wrong: readonly string[] }> {
  const { rows } = await client.query<Stated>('select org_id, id, type, subject, data from events order by org_id, id')
  const wrong = new Map<EventType, string>()
  for (const fact of rows) {
    const found = wrongOf(fact)
    if (found.length > 0) wrong.set(fact.type, `${fact.type}: ${found.join(', ')} in ${JSON.stringify(fact.data)}`)
  }
  return { types: new Set(rows.map(({ type }) => type)), wrong: [...wrong.values()] }
}
