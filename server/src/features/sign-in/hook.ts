/** The hook of the operator in a sign-in: what it refuses is noted as a failure of the sign-in. */
import { isAppError } from '../../errors.ts'

/** @throws denied_by_hook, dependency_unavailable, overloaded */
export async function passHook(
  asked: Promise<void>,
  noteFailure: (reason: string) => Promise<void> | void,
): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (isAppError(error))
      await noteFailure(error.code === 'denied_by_hook' ? error.code : 'hook_unavailable')
    throw error
  }
}
