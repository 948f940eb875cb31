/** The contracts that are served, a line each. */
import { movicuotas } from '#contracts/movicuotas/contract.ts'
import { office } from '#contracts/office/contract.ts'
import { repaysync } from '#contracts/repaysync/contract.ts'
import { sokocredit } from '#contracts/sokocredit/contract.ts'
import { visionfund } from '#contracts/visionfund/contract.ts'
import type { Contract } from '#platform/http/route.ts'

export const CONTRACTS: readonly Contract[] = [sokocredit, repaysync, visionfund, movicuotas, office]
