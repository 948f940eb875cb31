/** Proof of the books: recomputes every block's hash, every entry's sum, every balance and the trial balance from the lines. */
import type { Ctx } from '#platform/context.ts'
import { blockHash, genesisHash } from '#modules/ledger/chain.ts'
import {
  type BlockRow,
  blocksAfter,
  counterDifferences,
  type EntryRow,
  entriesAfter,
  headOf,
  trialBalance,
} from '#modules/ledger/views.ts'
import { isBalanced } from '#domain/ledger/entry.ts'
import { day } from '#domain/day.ts'

export interface Verification {
  readonly ok: boolean
  readonly entries: number
  readonly blocks: number
  /** The hash to compare with the one noted elsewhere. */
  readonly head: string
  /** What is wrong, in words; empty in sound books. At most a hundred. */
  readonly problems: readonly string[]
}

const BLOCKS_AT_ONCE = 500
const ENTRIES_AT_ONCE = 2_000
const PROBLEMS_AT_MOST = 100
const END_OF_TIME = day('9999-12-31')

/** Reads the whole chain in bounded steps; ask for a read-only transaction so that all steps see the same books. */
export async function verify(ctx: Ctx): Promise<Verification> {
  const problems: string[] = []
  const problem = (text: string): void => {
    if (problems.length < PROBLEMS_AT_MOST) problems.push(text)
  }
  const walked = await walkChain(ctx, problem)
  const head = await headOf(ctx)
  if (head && !head.hash.equals(walked.hash)) problem('the head of the books is not the last block of the chain')
  if (head && (head.entryNo !== walked.lastEntry || head.blockNo !== walked.lastBlock))
    problem('the head counts other entries or blocks')
  const differences = await counterDifferences(ctx)
  if (differences > 0n) problem(`${differences} kept balances differ from the sum of their lines`)
  const total = (await trialBalance(ctx, END_OF_TIME)).reduce((sum, row) => sum + row.balance, 0n)
  if (total !== 0n) problem(`the trial balance is out by ${total}`)
  const { entries, blocks } = walked
  return { ok: problems.length === 0, entries, blocks, head: walked.hash.toString('hex'), problems }
}

type Problem = (text: string) => void

interface Walk {
  readonly problem: Problem
  hash: Buffer
  entries: number
  blocks: number
  lastEntry: bigint
  lastBlock: bigint
}

async function walkChain(ctx: Ctx, problem: Problem): Promise<Walk> {
  const walk: Walk = { problem, hash: genesisHash(ctx.org.id), entries: 0, blocks: 0, lastEntry: 0n, lastBlock: 0n }
  const entries = entryReader(ctx)
  for (;;) {
    const blocks = await blocksAfter(ctx, walk.lastBlock, BLOCKS_AT_ONCE)
    if (blocks.length === 0) break
    for (const block of blocks) checkBlock(walk, block, await entries.upTo(block.lastEntry))
  }
  const left = await entries.upTo(walk.lastEntry + 1n)
  if (left.length > 0) problem(`entry ${left[0]!.id} stands after the last block`)
  return walk
}

function checkBlock(walk: Walk, block: BlockRow, entries: readonly EntryRow[]): void {
  const { problem } = walk
  if (block.no !== walk.lastBlock + 1n) problem(`block ${block.no}: the one before it is missing`)
  if (!block.prevHash.equals(walk.hash)) problem(`block ${block.no}: does not continue the block before it`)
  if (entries[0]?.id !== block.firstEntry || entries.at(-1)?.id !== block.lastEntry)
    problem(`block ${block.no}: entries are missing`)
  for (const entry of entries) checkEntry(walk, entry, block)
  if (!blockHash(block.prevHash, block.no, entries).equals(block.hash))
    problem(`block ${block.no}: its entries were changed`)
  walk.hash = block.hash
  walk.lastBlock = block.no
  walk.blocks++
}

function checkEntry(walk: Walk, entry: EntryRow, block: BlockRow): void {
  const { problem } = walk
  if (entry.id !== walk.lastEntry + 1n) problem(`entry ${entry.id}: the one before it is missing`)
  if (entry.blockNo !== block.no) problem(`entry ${entry.id}: belongs to another block`)
  if (entry.lines.length !== entry.lineCount || !isBalanced(entry.lines))
    problem(`entry ${entry.id}: its lines do not balance`)
  walk.lastEntry = entry.id
  walk.entries++
}

/** Entries in order, read ahead in bounded portions. */
function entryReader(ctx: Ctx): { upTo(last: bigint): Promise<EntryRow[]> } {
  let buffer: EntryRow[] = []
  let read = 0n
  let ended = false
  return {
    async upTo(last) {
      while (!ended && read < last) {
        const more = await entriesAfter(ctx, read, ENTRIES_AT_ONCE)
        ended = more.length === 0
        read = more.at(-1)?.id ?? read
        buffer = buffer.concat(more)
      }
      const end = buffer.findIndex((entry) => entry.id > last)
      const taken = end < 0 ? buffer : buffer.slice(0, end)
      buffer = end < 0 ? [] : buffer.slice(end)
      return taken
    },
  }
}
