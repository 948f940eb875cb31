/** The hash chain: each block's hash covers the block before it and every entry and line in it, so no past cent can be changed unseen. */
import { createHash, hash } from 'node:crypto'
import { canonicalRequest, type Line, type NewEntry } from '#domain/ledger/entry.ts'

export interface SealedEntry {
  readonly id: bigint
  readonly kind: string
  readonly effectiveDay: string
  readonly recordedAt: Date
  readonly reference: string | null
  readonly actor: string
  readonly idemKey: string
  readonly requestHash: Buffer
  readonly reversesId: bigint | null
  /** In order of seq. */
  readonly lines: readonly Line[]
}

const sha256 = (text: string): Buffer => Buffer.from(hash('sha256', text, 'hex'), 'hex')

/** The hash before the first block: names the organisation, so that one's chain never passes for another's. */
export const genesisHash = (orgId: number): Buffer => sha256(`mkopo ledger ${orgId}`)

/** What a second delivery of an idempotency key must agree with. */
export const requestHash = (entry: NewEntry): Buffer => sha256(canonicalRequest(entry))

/** SHA-256 over the previous hash and the entries, each in a fixed form with its length before it. */
export function blockHash(previous: Buffer, no: bigint, entries: readonly SealedEntry[]): Buffer {
  const digest = createHash('sha256').update(previous).update(`${no}:${entries.length}\n`)
  for (const entry of entries) {
    const form = sealedForm(entry)
    digest.update(`${form.length}:${form}\n`)
  }
  return digest.digest()
}

function sealedForm(entry: SealedEntry): string {
  return JSON.stringify([
    String(entry.id),
    entry.kind,
    entry.effectiveDay,
    entry.recordedAt.toISOString(),
    entry.reference,
    entry.actor,
    entry.idemKey,
    entry.requestHash.toString('hex'),
    entry.reversesId === null ? null : String(entry.reversesId),
    entry.lines.map((line) => `${line.account}/${line.owner}/${line.amount}`),
  ])
}
