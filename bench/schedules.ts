/** Schedules per second in one thread: 36 monthly instalments, declining, of loans that all differ. */
import { addDays, day } from '#domain/day.ts'
import { decliningTerms } from '#domain/loans/everyday-terms.ts'
import { schedule } from '#domain/loans/schedule.ts'
import type { LoanTerms } from '#domain/loans/terms.ts'
import { rateOfUnits } from '#domain/rate.ts'

const SECONDS = 2
const LOANS = 10_000

/** Amounts from 500.00 on, rates from 6 % to 36 %, disbursed on any day of four years. */
function loan(i: number): LoanTerms {
  return decliningTerms({
    principal: 50_000n + BigInt((i * 7_919) % 5_000_000),
    rate: rateOfUnits(600_000_000n + BigInt((i * 104_729) % 30_000) * 100_000n),
    months: 36,
    frequency: 'monthly',
    disbursedOn: addDays(day('2023-01-01'), (i * 31) % 1461),
  })
}

export interface Measured {
  readonly what: string
  readonly perSecond: number
}

/** Runs for a few seconds over loans prepared before, after a warm-up. */
export function measureSchedules(): Measured[] {
  const actual = { month: 'actual', year: 'actual', leap: 'leapYear' } as const
  const loans = Array.from({ length: LOANS }, (_, i) => loan(i))
  return [
    { what: 'schedules, 36 monthly, declining, 30/360', perSecond: perSecond(loans) },
    {
      what: 'schedules, 36 monthly, declining, actual/actual',
      perSecond: perSecond(loans.map((l) => ({ ...l, dayCount: actual }))),
    },
    {
      what: 'schedules, 36 monthly, declining, cumulative',
      perSecond: perSecond(loans.map((l) => ({ ...l, engine: 'cumulative' }))),
    },
  ]
}

function perSecond(loans: readonly LoanTerms[]): number {
  for (const terms of loans.slice(0, LOANS / 5)) schedule(terms)
  const start = process.hrtime.bigint()
  let done = 0
  while (process.hrtime.bigint() - start < BigInt(SECONDS) * 1_000_000_000n) {
    for (let i = 0; i < 100; i++) schedule(loans[(done + i) % LOANS]!)
    done += 100
  }
  return Math.round((done * 1e9) / Number(process.hrtime.bigint() - start))
}

if (process.argv[1]?.endsWith('bench/schedules.ts')) {
  for (const { what, perSecond } of measureSchedules()) console.log(`${String(perSecond).padStart(9)} / s  ${what}`)
}
