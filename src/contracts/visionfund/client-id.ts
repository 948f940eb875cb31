/** Ids in paths: a client and staff are numbered alike, by their logins. */
import { z } from 'zod'

export const clientId = z.coerce.number().int().min(1).max(2_147_483_647)
export const clientParams = z.object({ client_id: clientId })
