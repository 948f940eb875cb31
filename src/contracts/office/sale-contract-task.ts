/** The contract of a sale drawn in a thread: laying out its text takes a tenth of a second. */
import { contractPaper, type Seller } from '#contracts/office/sale-contract-text.ts'
import type { ContractFacts } from '#modules/sales/sales.ts'
import { drawPdf } from '#platform/files/pdf.ts'
import type { ThreadTask } from '#platform/work/thread-pool.ts'

interface Contract {
  readonly seller: Seller
  readonly facts: ContractFacts
  readonly createdAt: Date
}

export const contractTask: ThreadTask<Contract, Uint8Array> = {
  name: 'sale-contract',
  run: async ({ seller, facts, createdAt }) => new Uint8Array(await drawPdf(contractPaper(seller, facts, createdAt))),
}
