/** The path parameter that names a user. */
import { Type } from 'typebox'

const hex = '[0-9a-fA-F]'

/** A user's id; `me` has become the caller's id before it is checked. */
export const UserId = Type.String({
  format: 'uuid',
  description: 'The id of a user, or `me` for the caller.',
  'x-openapi': {
    format: undefined,
    pattern: `^(me|${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12})$`,
    examples: ['me'],
  },
})
