/** Facts, in the past tense: the closed list, and what each carries. Their data holds ids, amounts and days, never secrets. */
import { COLLECTING } from '#domain/facts/collecting.ts'
import { type FactKind, SUBJECT_ID, type SubjectKind } from '#domain/facts/fact.ts'
import type { DataOf } from '#domain/facts/field.ts'
import { LENDING } from '#domain/facts/lending.ts'
import { MONEY } from '#domain/facts/money.ts'
import { OFFICE } from '#domain/facts/office.ts'
import { PEOPLE } from '#domain/facts/people.ts'
import { PHONES } from '#domain/facts/phones.ts'
import { SELLING } from '#domain/facts/selling.ts'

/** Every kind of fact, under the headings of docs/events.md. */
export const FACT_GROUPS = {
  People: PEOPLE,
  Loans: LENDING,
  'Payments, payouts and savings': MONEY,
  'Sales on credit': SELLING,
  Phones: PHONES,
  Collection: COLLECTING,
  'The organisation': OFFICE,
}
export const FACTS = { ...PEOPLE, ...LENDING, ...MONEY, ...SELLING, ...PHONES, ...COLLECTING, ...OFFICE }

export type EventType = keyof typeof FACTS

/** What a fact of each type carries. */
type DataByType = { readonly [T in EventType]: DataOf<(typeof FACTS)[T]['fields']> }
export type EventData<T extends EventType = EventType> = DataByType[T]

type Both<U> = (U extends unknown ? (one: U) => void : never) extends (one: infer I) => void ? I : never
/** What may be stated of `T`; where that is one of several types, only what fits them all. */
export type Statable<T extends EventType> = Both<T extends unknown ? DataByType[T] : never>

/** What the event is about, e.g. `loan:12`. Events of one subject are read in order. */
export type Subject = `${SubjectKind}:${bigint | number}`

export interface NewEvent {
  readonly type: EventType
  readonly subject: Subject
  readonly data: Readonly<Record<string, unknown>>
}

/** A fact of one of the types; asking for its type says what its data is. */
export type EventOf<T extends EventType> = {
  readonly [K in T]: {
    readonly type: K
    readonly data: DataByType[K]
    readonly subject: Subject
    readonly orgId: number
    readonly id: number
    readonly at: Date
    readonly day: string
    readonly actor: string
    readonly contract: string
  }
}[T]

export type Event = EventOf<EventType>

/** What a fact is about, by the number in its data. */
export function subjectOf(type: EventType, data: NewEvent['data'], orgId: number): Subject {
  const { subject }: FactKind = FACTS[type]
  const key = SUBJECT_ID[subject]
  return `${subject}:${key === null ? orgId : Number(data[key])}`
}
