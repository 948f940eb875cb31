/** What is handed out when money moved: a receipt with a code of its own. */
import { randomInt } from 'node:crypto'
import { insertReceipt, type NewReceipt } from '#modules/teller/receipts-store.ts'
import { type Receipt, receiptById } from '#modules/teller/views.ts'
import type { Ctx } from '#platform/context.ts'
import { takeNumbers } from '#platform/database/counters.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const draw = (n: number, from: string): string => Array.from({ length: n }, () => from[randomInt(from.length)]).join('')

/** Writes a receipt under a code that is nobody else's. */
export async function handOut(ctx: Ctx, of: Omit<NewReceipt, 'id' | 'code'>): Promise<Receipt> {
  const id = await takeNumbers(ctx, 'receipt')
  while (!(await insertReceipt(ctx, { ...of, id, code: draw(8, LETTERS) })));
  return (await receiptById(ctx, id))!
}

/** A receipt number as M-Pesa would give it, where demo plays M-Pesa. */
export const playedReference = (): string => draw(10, LETTERS.toUpperCase())
