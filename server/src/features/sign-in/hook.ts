/** The hook of the operator in a sign-in. A refusal is recorded as a failed sign-in. */
import { isAppError } from '../../errors.ts'

declare const admitted: unique symbol
/**
 * A proof that the hook was asked. Opening a session or beginning a second step requires it, so the compiler reports code
 * that does not ask the hook.
 */
export type Admission = { readonly [admitted]: true }

const admission = Object.freeze({}) as Admission
/** A challenge of a second step exists only after the hook allowed the first step. */
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
