/** Quotes and simulations worked out in threads: their bodies are checked there too, and the answer comes back as its bytes. */
import { simulatedSteps } from '#contracts/office/loan-simulations-present.ts'
import { loanSimulationBody } from '#contracts/office/loan-simulations-terms.ts'
import { loanTerms, presentSchedule, quotedSchedule } from '#contracts/office/loan-terms.ts'
import { checkedBody } from '#platform/http/http-input.ts'
import type { ThreadTask } from '#platform/work/thread-pool.ts'

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export const quoteTask: ThreadTask<unknown, Uint8Array> = {
  name: 'loan-quote',
  run(body) {
    const terms = checkedBody(loanTerms, body)
    return json(presentSchedule(quotedSchedule(terms), terms.decimals))
  },
}

export const simulationTask: ThreadTask<unknown, Uint8Array> = {
  name: 'loan-simulation',
  run: (body) => json(simulatedSteps(checkedBody(loanSimulationBody, body))),
}
