/** Codes of second factors, as bodies carry them. */
import { Type } from 'typebox'

/** Blanks and hyphens may stand anywhere. Digits of other scripts are no digits here. */
export const TotpCode = Type.String({ minLength: 1, maxLength: 100, pattern: '^[ -~]+$' })
export const RecoveryCode = Type.String({ minLength: 1, maxLength: 100 })
