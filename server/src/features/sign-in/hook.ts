/** The hook of the operator in a sign-in: what it refuses is noted as a failure of the sign-in. */
import { isAppError } from '../../errors.ts'

declare const admitted: unique symbol
/** What opens a session or begins a second step requires one, so the compiler finds a way that does not ask the hook. */
export type Admission = { readonly [admitted]: true }

const admission = Object.freeze({}) as Admission
/** A challenge of a second step exists only after the hook let the first step pass. */
export const admittedBefore = admission

/** @throws denied_by_hook, dependency_unavailable, overloaded */
export async function passHook(
  asked: Promise<void>,
  noteFailure: (reason: string) => Promise<void> | void,
): Promise<Admission> {
  try {
    await asked
    return admission
  } catch (error) {
    if (isAppError(error))
      await noteFailure(error.code === 'denied_by_hook' ? error.code : 'hook_unavailable')
    throw error
  }
}
