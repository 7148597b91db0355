/** Checks the fresh proof that a route declares, after its body has been read. */
import type { Caller, Permission } from '../../caller.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import type { AnyRequest } from '../any-request.ts'

/**
 * `fresh` always requires a proof. An object requires one if `when` returns true; an API key then needs the permission
 * `unattended`, if it is set.
 */
export type ProofDeclaration = 'fresh' | { when?(request: AnyRequest): boolean; unattended?: Permission }

/** @throws reauthentication_required, forbidden */
export type Prove = (
  caller: Caller,
  options: { password?: string | undefined; unattended?: Permission | undefined },
) => Promise<void>

/** The hook of a route that declares a proof. `current_password` in the body is a proof too. */
export function proofHook(declaration: ProofDeclaration, prove: Prove) {
  const { when, unattended } = declaration === 'fresh' ? {} : declaration
  return async (request: AnyRequest): Promise<void> => {
    if (when && !when(request)) return
    const password = isJsonObject(request.body) ? request.body['current_password'] : undefined
    await prove(request.caller, {
      unattended,
      password: typeof password === 'string' ? password : undefined,
    })
  }
}
