/** docs/events.md, made from the table of facts. `npm run events` writes it. */
import { FACT_GROUPS } from '#domain/event.ts'
import { type FactKind, SUBJECT_ID } from '#domain/facts/fact.ts'
import type { Field } from '#domain/facts/field.ts'

const INTRODUCTION = `# Events

Every fact that Mkopo states, in the order of its log: what has happened when it is stated, what it is about, and what it carries.
Facts are numbered without gaps in the order of their commits, and never change. \`GET /office/v1/events?after=<id>\` reads them.

This page is made from \`src/domain/facts/\` by \`npm run events\`; the tests fail when it is not what is stated.

Each event has, beside its data:

| field | meaning |
|---|---|
| \`id\` | Its number in the organisation's log, from 1. |
| \`at\` | The instant at which it was stated, in UTC. |
| \`day\` | The organisation's business day. |
| \`type\` | One of those below. |
| \`subject\` | What it is about, e.g. \`loan:12\`. |
| \`actor\` | Who did it: \`user:12\`, \`provider:mpesa\`, \`system:close-of-business\`. |
| \`contract\` | The API that it came by; \`system\` for jobs. |
| \`data\` | The fields below. |

An \`id\` is the number of a record in the organisation. An \`amount\` is minor units (cents) as a string of digits. A \`day\` is
\`YYYY-MM-DD\`. A field in (brackets) is left out where there is nothing to say. Codes, tokens and passwords are never in the log.
`

function fieldRow([name, field]: [string, Field]): string {
  const shown = 'optional' in field ? `(\`${name}\`)` : `\`${name}\``
  return `| ${shown} | ${field.shape} | ${field.about} |`
}

function factText(type: string, { subject, when, fields }: FactKind): string {
  const key = SUBJECT_ID[subject]
  const about = key === null ? `\`${subject}:…\`, the organisation itself` : `\`${subject}:<${key}>\``
  const rows = Object.entries(fields).map(fieldRow)
  return [
    `### \`${type}\``,
    '',
    `${when} About ${about}.`,
    '',
    '| field | holds | meaning |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The whole page. */
export function eventReference(): string {
  const sections = Object.entries(FACT_GROUPS).flatMap(([title, facts]) => [
    `## ${title}`,
    ...Object.entries<FactKind>(facts).map(([type, kind]) => factText(type, kind)),
  ])
  return `${[INTRODUCTION.trimEnd(), ...sections].join('\n\n')}\n`
}
