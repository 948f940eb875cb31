/** The parts of a debt and the instalments they fall due in. All amounts are minor units of the loan's currency. */
import type { Day } from '#domain/day.ts'

/** In the usual order of allocation. */
export const COMPONENTS = ['penalty', 'fee', 'interest', 'principal'] as const
export type Component = (typeof COMPONENTS)[number]

export type Parts = Readonly<Record<Component, bigint>>

export const NOTHING: Parts = { penalty: 0n, fee: 0n, interest: 0n, principal: 0n }

/** A charge inside an instalment that has a due day of its own; its amount is part of what the instalment owes. */
interface InstalmentCharge {
  readonly component: 'penalty' | 'fee'
  readonly dueDay: Day
  readonly amount: bigint
}

export interface Instalment {
  /** 1, 2, 3 … in order of due day. */
  readonly nr: number
  readonly dueDay: Day
  readonly due: Parts
  readonly paid: Parts
  readonly waived: Parts
  /** The day the instalment's period starts, where a rule needs it; a down payment's is its due day. */
  readonly startDay?: Day
  readonly charges?: readonly InstalmentCharge[]
}

export const totalOf = (p: Parts): bigint => p.penalty + p.fee + p.interest + p.principal

export function addParts(a: Parts, b: Parts): Parts {
  return {
    penalty: a.penalty + b.penalty,
    fee: a.fee + b.fee,
    interest: a.interest + b.interest,
    principal: a.principal + b.principal,
  }
}

export function subtractParts(a: Parts, b: Parts): Parts {
  return {
    penalty: a.penalty - b.penalty,
    fee: a.fee - b.fee,
    interest: a.interest - b.interest,
    principal: a.principal - b.principal,
  }
}

/** Due less paid less waived. */
export const outstandingOf = (i: Instalment): Parts => subtractParts(subtractParts(i.due, i.paid), i.waived)
