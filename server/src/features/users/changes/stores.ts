/** The tables that a write to users changes. */
import type { NameClaims } from '../names/claims.ts'
import type { SignUpStore } from '../sign-ups/store.ts'
import type { UserStore } from '../store.ts'

export type UserStores = {
  users: UserStore
  /** Sign-ups whose address is not proven. */
  signUps: SignUpStore
  /** Usernames, including those reserved for their former owners. */
  claims: NameClaims
}
