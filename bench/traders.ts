/** The traders of the benches: whose phone the nth has, and what each pays at a time. */

/** Half a weekly instalment: a loan takes more than fifty before it is repaid. */
export const PAYMENT = { text: '253.84', minor: 25_384n }

/** The phone of the nth trader, from 0. */
export const phoneOf = (n: number): string => `+2547${String(10_000_000 + n)}`
