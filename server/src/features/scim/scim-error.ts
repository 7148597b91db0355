/** The SCIM keyword of an error (RFC 7644 §3.12), as a member of `AppError`. */
import { AppError, type ErrorCode } from '../../errors.ts'

export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidCursor'
  | 'invalidCount'

export function scimError(scimType: ScimType, detail: string): AppError {
  const code: ErrorCode = scimType === 'uniqueness' ? 'already_exists' : 'invalid_input'
  return new AppError(code, { detail, members: { scimType } })
}
