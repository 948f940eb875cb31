/** Writes the reference of all events: `npm run events`. */
import { writeFileSync } from 'node:fs'
import { eventReference } from './events-reference.ts'

writeFileSync('docs/events.md', eventReference())
