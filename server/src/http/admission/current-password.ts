import { Type } from 'typebox'

/** The member of a body that proves the caller's identity on routes with a `proof`; see proof.ts. */
export const CurrentPassword = Type.Optional(
  Type.String({
    maxLength: 1024,
    // The JSON parser has already refused bodies with NUL.
    pattern: '^[^\\x00]*$',
    description: 'Needed unless you have proven your identity recently.',
  }),
)
