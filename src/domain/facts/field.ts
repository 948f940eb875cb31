/** What the fields of a fact hold. Each says how it is written, what it means, and whether a value is one. */
import { type Day, parseDay } from '#domain/day.ts'

export interface Field<T = unknown> {
  /** As the reference names it: `amount`, `day or null`. */
  readonly shape: string
  readonly about: string
  readonly accepts: (value: unknown) => value is T
}

/** A field that is left out where there is nothing to say. */
export interface OptionalField<T = unknown> extends Field<T> {
  readonly optional: true
}

export type Fields = Readonly<Record<string, Field>>

type Held<F> = F extends Field<infer T> ? T : never
type OptionalKey<F> = { [K in keyof F]: F[K] extends OptionalField ? K : never }[keyof F]

/** The values of such fields. */
export type DataOf<F> = { readonly [K in Exclude<keyof F, OptionalKey<F>>]: Held<F[K]> } & {
  readonly [K in OptionalKey<F>]?: Held<F[K]>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const field =
  <T>(shape: string, accepts: (value: unknown) => value is T) =>
  (about: string): Field<T> => ({ shape, about, accepts })

/** The number of a record in the organisation. */
export const id = field('id', (value): value is number => Number.isSafeInteger(value) && (value as number) > 0)
export const count = field('number', (value): value is number => Number.isSafeInteger(value))
/** Minor units as a string of digits, since JSON numbers are not exact. */
export const amount = field('amount', (value): value is string => typeof value === 'string' && /^-?\d+$/.test(value))
export const day = field('day', (value): value is Day => typeof value === 'string' && parseDay(value) !== null)
export const text = field('text', (value): value is string => typeof value === 'string')
export const flag = field('yes or no', (value): value is boolean => typeof value === 'boolean')
export const texts = field(
  'list of texts',
  (value): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string'),
)
/** Numbers by name. */
export const counts = field(
  'numbers by name',
  (value): value is Readonly<Record<string, number>> => isObject(value) && Object.values(value).every(Number.isInteger),
)

export interface Change {
  readonly from: unknown
  readonly to: unknown
}

/** What something was and is, by name. */
export const changes = field(
  '`{from, to}` by name',
  (value): value is Readonly<Record<string, Change>> =>
    isObject(value) && Object.values(value).every((one) => isObject(one) && 'from' in one && 'to' in one),
)

/** One of a few words. */
export const oneOf = <const W extends string>(words: readonly W[], about: string): Field<W> => ({
  shape: words.map((word) => `\`${word}\``).join(', '),
  about,
  accepts: (value): value is W => words.some((word) => word === value),
})

export const orNull = <T>({ shape, about, accepts }: Field<T>): Field<T | null> => ({
  shape: `${shape} or null`,
  about,
  accepts: (value): value is T | null => value === null || accepts(value),
})

export const optional = <T>(one: Field<T>): OptionalField<T> => ({ ...one, optional: true })

/** Fields within a field. */
export const group = <F extends Fields>(fields: F, about: string): Field<DataOf<F>> => ({
  shape: `{${Object.keys(fields).join(', ')}}`,
  about,
  accepts: (value): value is DataOf<F> => isObject(value) && wrongIn(fields, value).length === 0,
})

/** The names of what is missing, unknown or not as its field says; empty where all is well. */
export function wrongIn(fields: Fields, data: Readonly<Record<string, unknown>>): string[] {
  const given = Object.keys(data).filter((name) => !fields[name]?.accepts(data[name]))
  const missing = Object.entries(fields).filter(([name, one]) => !(name in data) && !('optional' in one))
  return [...given, ...missing.map(([name]) => name)]
}
