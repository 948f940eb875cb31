/** Refusals of the core told by the field of the body that they are about. */
import { Refusal, type RefusalCode, refuse } from '#domain/refusal.ts'
import { noSuch } from '#contracts/repaysync/fields.ts'

/** Does the work; where it is refused because the object named in a field is not there, the field is told so. */
export async function namingField<T>(
  work: Promise<T>,
  of: { readonly code: RefusalCode; readonly field: string; readonly id: unknown },
): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== of.code) throw error
    return refuse('invalid_input', { fields: { [of.field]: noSuch(of.id) } })
  }
}
