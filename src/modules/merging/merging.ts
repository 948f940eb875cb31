/** Two records of one person made one, with their money: asked for by one of staff, approved by another, undone while no money has moved. */
import { z } from 'zod'
import { STANDARD_CHART } from '#domain/ledger/chart.ts'
import { credit, debit, type Line } from '#domain/ledger/entry.ts'
import { refuse } from '#domain/refusal.ts'
import { type Approvable, rehearsed } from '#modules/approvals/approvals.ts'
import { searchText } from '#modules/customers/customers.ts'
import { changeAccess } from '#modules/identity/identity.ts'
import { userById } from '#modules/identity/views.ts'
import { postOne, reverse } from '#modules/ledger/ledger.ts'
import { balanceOf, headOf } from '#modules/ledger/views.ts'
import * as store from '#modules/merging/store.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/events.ts'

export { MOVED_TABLES, READ_THROUGH } from '#modules/merging/store.ts'

export interface Merging {
  /** The record that stays, with its name and whatever it has already. */
  readonly keptId: number
  /** The record that goes into it. */
  readonly goneId: number
}

export interface Merged {
  readonly mergeId: number
  /** How many rows were moved, by table. */
  readonly moved: Readonly<Record<string, number>>
  /** What the customer owned in the books: minor units by account, debits positive. */
  readonly balances: Readonly<Record<string, bigint>>
  /** What became of the login of the record that went: given to the kept one, closed, or there was none. */
  readonly login: 'moved' | 'closed' | 'none'
}

/**
 * The step that two people take. Refuses customer_not_found (also for a record that went into another before),
 * invalid_input for one record twice, id_numbers_differ, own_request to the customer, and where both have logins and the
 * one to be closed works here: invalid_input.
 */
export const MERGE_CUSTOMERS: Approvable<Merging> = {
  kind: 'customer.merge',
  permission: 'customer.merge',
  asked: z.object({ keptId: z.int(), goneId: z.int() }),
  subject: ({ keptId }) => `customer:${keptId}`,
  carryOut: async (ctx, merging) => ({ ...(await merge(ctx, merging)) }),
}

/** What a merge would do, without doing it. Refuses what the merge refuses. */
export const previewMerge = (ctx: Ctx, merging: Merging): Promise<Merged> => rehearsed(ctx, () => merge(ctx, merging))

async function merge(ctx: Ctx, { keptId, goneId }: Merging): Promise<Merged> {
  if (keptId === goneId) refuse('invalid_input', { fields: { customer_id: 'Give another record.' } })
  const { kept, gone } = await lockBoth(ctx, { keptId, goneId })
  refuseOwn(ctx, [kept, gone])
  if (await store.idNumbersDiffer(ctx, [keptId, goneId])) refuse('id_numbers_differ')
  const closedLogin = await loginToClose(ctx, kept, gone)
  const moved = await store.moveRows(ctx, { from: goneId, to: keptId })
  const redirected = await store.redirect(ctx, { from: goneId, to: keptId })
  const filled = filledFrom(kept, gone)
  // What is unique leaves the one before it reaches the other.
  await store.writeRecord(ctx, {
    ...{ ...gone, search_text: '', merged_into: keptId },
    phone: filled.phone === gone.phone ? null : gone.phone,
    user_id: closedLogin,
  })
  await store.writeRecord(ctx, filled)
  if (closedLogin !== null) await changeAccess(ctx, closedLogin, { status: 'disabled', reason: `customer ${keptId}` })
  const id = await store.takeMergeNumber(ctx)
  const balances = await balancesOf(ctx, goneId)
  const entryId = await moveBalances(ctx, { id, keptId, goneId }, balances)
  await store.insertMerge(ctx, {
    ...{ id, keptId, goneId, closedLogin, entryId, before: { kept, gone, filled } },
    moved: { rows: moved, redirected },
    lastEntry: (await headOf(ctx))?.entryNo ?? 0n,
  })
  tell(ctx, 'customer.merged', { id, keptId, goneId })
  const counts = Object.entries(moved).map(([table, keys]) => [table, keys.length] as const)
  const login = gone.user_id === null ? 'none' : closedLogin === null ? 'moved' : 'closed'
  return { mergeId: id, moved: Object.fromEntries(counts), balances, login }
}

async function lockBoth(
  ctx: Ctx,
  { keptId, goneId }: Merging,
): Promise<{ kept: store.RecordImage; gone: store.RecordImage }> {
  const records = await store.lockRecords(ctx, [keptId, goneId])
  const [kept, gone] = [keptId, goneId].map((id) => records.get(id))
  if (!kept || !gone || kept.merged_into !== null || gone.merged_into !== null) refuse('customer_not_found')
  return { kept, gone }
}

function refuseOwn({ actor }: Ctx, records: readonly store.RecordImage[]): void {
  const isOwn = actor.kind === 'user' && records.some((one) => one.user_id === actor.id)
  if (isOwn) refuse('own_request')
}

/** Where both have one, that of the record that goes; whoever works here keeps theirs. */
async function loginToClose(ctx: Ctx, kept: store.RecordImage, gone: store.RecordImage): Promise<number | null> {
  if (kept.user_id === null || gone.user_id === null) return null
  const user = await userById(ctx, gone.user_id)
  if (user?.roles.some((role) => role !== 'customer')) {
    refuse('invalid_input', { fields: { customer_id: 'This person works here by this login: keep this record.' } })
  }
  return gone.user_id
}

/** The kept record with what it lacked. */
function filledFrom(kept: store.RecordImage, gone: store.RecordImage): store.RecordImage {
  const takesPhone = kept.phone === null && gone.phone !== null
  const { begun: _, ...known } = { ...gone.profile, ...kept.profile }
  const isBegun = 'begun' in kept.profile && 'begun' in gone.profile
  const filled = {
    ...kept,
    phone: kept.phone ?? gone.phone,
    phone_doubtful: takesPhone ? gone.phone_doubtful : kept.phone_doubtful,
    email: kept.email ?? gone.email,
    business_name: kept.business_name ?? gone.business_name,
    location: kept.location ?? gone.location,
    user_id: kept.user_id ?? gone.user_id,
    profile: isBegun ? { ...known, begun: true } : known,
  }
  return { ...filled, search_text: searchOf(filled) }
}

const searchOf = (record: Omit<store.RecordImage, 'search_text'>): string =>
  searchText({
    fullName: record.full_name,
    phone: record.phone,
    businessName: record.business_name,
    location: record.location,
  })

/** Accounts whose owners are customers: they are moved by an entry. */
export const CUSTOMER_ACCOUNTS = STANDARD_CHART.filter(({ ownedBy }) => ownedBy === 'customer').map(({ code }) => code)

async function balancesOf(ctx: Ctx, owner: number): Promise<Record<string, bigint>> {
  const balances: Record<string, bigint> = {}
  for (const account of CUSTOMER_ACCOUNTS) {
    const balance = await balanceOf(ctx, account, owner)
    if (balance !== 0n) balances[account] = balance
  }
  return balances
}

async function moveBalances(
  ctx: Ctx,
  { id, keptId, goneId }: Merging & { readonly id: number },
  balances: Readonly<Record<string, bigint>>,
): Promise<bigint | null> {
  const lines = Object.entries(balances).flatMap(([code, balance]): Line[] => {
    const account = Number(code)
    return balance > 0n
      ? [debit(account, balance, keptId), credit(account, balance, goneId)]
      : [debit(account, -balance, goneId), credit(account, -balance, keptId)]
  })
  if (lines.length === 0) return null
  const reference = `customer ${goneId} into ${keptId}`
  const idemKey = `customers merged:${id}`
  return postOne(ctx, { kind: 'customers_merged', effectiveDay: ctx.today, reference, idemKey, lines })
}

/**
 * Takes a merge back: what was moved goes back, both records are as they were, but for what was changed since. Refuses
 * merge_not_found, and merge_not_undoable when it was undone before, either was merged again since, or money moved for
 * either since. Answers the number of the kept record.
 */
export async function undoMerge(ctx: Ctx, id: number, reason: string): Promise<number> {
  const merged = (await store.lockMerge(ctx, id)) ?? refuse('merge_not_found')
  const { keptId, goneId, before, moved } = merged
  if (merged.erased) refuse('merge_not_undoable', { why: 'the customer was erased' })
  if (merged.undoneAt !== null) refuse('merge_not_undoable', { why: 'it was undone before' })
  const records = await store.lockRecords(ctx, [keptId, goneId])
  if (await store.mergedSince(ctx, merged)) refuse('merge_not_undoable', { why: 'the record was merged again since' })
  if (await store.moneyMovedSince(ctx, merged)) refuse('merge_not_undoable', { why: 'money has moved since' })
  refuseOwn(ctx, [before.kept, before.gone])
  await store.moveRowsBack(ctx, { from: keptId, to: goneId, keys: moved.rows })
  await store.redirectBack(ctx, { ids: moved.redirected, to: goneId })
  await store.writeRecord(ctx, restored(before, records.get(keptId)!))
  await store.writeRecord(ctx, before.gone)
  const reference = `customer ${goneId} from ${keptId}`
  const as = { effectiveDay: ctx.today, reference, idemKey: `customers parted:${id}` }
  if (merged.entryId !== null) await reverse(ctx, merged.entryId, as)
  if (merged.closedLogin !== null) await changeAccess(ctx, merged.closedLogin, { status: 'active', reason })
  await store.markUndone(ctx, id)
  tell(ctx, 'customer.parted', { id, keptId, goneId }, reason)
  return keptId
}

/** The kept record without what the merge filled in; what was changed since stays. */
function restored({ kept, filled }: store.MergeRow['before'], now: store.RecordImage): store.RecordImage {
  const fields = ['phone', 'phone_doubtful', 'email', 'business_name', 'location', 'user_id', 'profile'] as const
  const isAsFilled = (field: keyof store.RecordImage): boolean =>
    JSON.stringify(now[field]) === JSON.stringify(filled[field])
  const back = Object.fromEntries(fields.filter(isAsFilled).map((field) => [field, kept[field]]))
  const record = { ...now, ...back }
  return { ...record, search_text: searchOf(record) }
}

interface ToldMerge extends Merging {
  readonly id: number
}

function tell(
  ctx: Ctx,
  type: 'customer.merged' | 'customer.parted',
  { id, keptId, goneId }: ToldMerge,
  reason?: string,
): void {
  const data = { customer_id: keptId, gone_id: goneId, merge_id: id, ...(reason !== undefined && { reason }) }
  emit(ctx, type, data)
}
