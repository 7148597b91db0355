/** For services that receive Roster's access tokens. */

export type { GuardOptions } from './decide.ts'
export {
  type AccessTokenClaims,
  createVerifier,
  InvalidTokenError,
  type VerifierOptions,
  type Verify,
  verifyAccessToken,
} from './verify.ts'
