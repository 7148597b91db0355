/** Creates the sign-in feature: the sign-in, and the status that explains why one fails. */
import type { SignInNeeds } from './needs.ts'
import { createSignIn } from './service.ts'
import { createStatus, type StatusNeeds } from './status.ts'

export function createSignInFeature<
  User extends { id: string; username: string; roles: string[] },
  Row,
  Session,
>(needs: SignInNeeds<User, Row, Session> & StatusNeeds) {
  return { signIn: createSignIn(needs), status: createStatus(needs) }
}
