/** Ids in paths: a client and staff are numbered alike, by their logins. */
import { z } from 'zod'
import { idText } from '#platform/http/asked-numbers.ts'

export const clientParams = z.object({ client_id: idText })
