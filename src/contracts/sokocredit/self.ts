/** The caller as `/auth/me` and `/api/users/profile` show them. */
import type { z } from 'zod'
import { refuse } from '#domain/refusal.ts'
import { me } from '#contracts/sokocredit/auth.ts'
import { selfJson, type selfSchema } from '#contracts/sokocredit/present-users.ts'
import { ID_KIND, idNumberOf } from '#modules/customers/customers.ts'
import { customerOfUser } from '#modules/customers/views.ts'
import { userById } from '#modules/identity/views.ts'
import type { Ctx } from '#platform/context.ts'

/** Who asks, from their login, registration and customer record. Refuses user_not_found. */
export async function readSelf(ctx: Ctx): Promise<z.infer<typeof selfSchema>> {
  const user = (await userById(ctx, me(ctx))) ?? refuse('user_not_found')
  const customer = await customerOfUser(ctx, user.id)
  return selfJson(user, customer, customer && (await idNumberOf(ctx, customer.id, ID_KIND)))
}
