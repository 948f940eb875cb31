/**
 * The figures that README quotes, measured on one machine in one run. Usage: npm run bench [-- part …], parts: schedules,
 * allocations, ledger, repayments, million, csv, open, close; without a part, all. Prints a table and writes bench/results.json.
 */
import { writeFile } from 'node:fs/promises'
import { measureAllocations } from './allocations.ts'
import { measureBulkCsv } from './bulk-csv.ts'
import { measureClose } from './close-of-business.ts'
import { describeMachine } from './machine.ts'
import { measureMoney, type MoneyPart } from './money.ts'
import { measureOpenEndpoints } from './open-endpoints.ts'
import { openPlace } from './place.ts'
import { closeLines, csvLines, machineLines, moneyLines, openLines, pureLines } from './report.ts'
import { measureSchedules } from './schedules.ts'

const RESULTS = new URL('./results.json', import.meta.url)
const PURE = { schedules: measureSchedules, allocations: measureAllocations } as const
const MONEY: readonly MoneyPart[] = ['ledger', 'repayments', 'million']
const OTHERS: readonly string[] = ['close', 'csv', 'open']
/** Loans that a day is closed for. */
const PORTFOLIOS = [100_000, 1_000_000]

const print = (lines: readonly string[]): void => console.log(lines.join('\n'))

async function main(): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.filter(
    (part) => !(part in PURE) && !OTHERS.includes(part) && !MONEY.includes(part as MoneyPart),
  )
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}`)
  const wanted = (part: string): boolean => asked.length === 0 || asked.includes(part)
  const place = await openPlace()
  try {
    const machine = await describeMachine(place.services)
    print(machineLines(machine))
    const pure = Object.entries(PURE).flatMap(([part, measure]) => (wanted(part) ? measure() : []))
    print(pureLines(pure))
    const parts = MONEY.filter(wanted)
    const money = parts.length > 0 ? await measureMoney(place, parts) : undefined
    if (money) print(moneyLines(money))
    const csv = wanted('csv') ? await measureBulkCsv([50_000]) : []
    print(csvLines(csv))
    const open = wanted('open') ? await measureOpenEndpoints() : []
    print(openLines(open))
    const closes = []
    for (const loans of wanted('close') ? PORTFOLIOS : []) closes.push(await measureClose(loans))
    print(closeLines(closes))
    await writeFile(
      RESULTS,
      `${JSON.stringify({ at: new Date().toISOString(), machine, pure, money, csv, open, closes }, null, 2)}\n`,
    )
    if (money && money.agreement.problems.length > 0) process.exitCode = 1
  } finally {
    await place.close()
  }
}

await main()
