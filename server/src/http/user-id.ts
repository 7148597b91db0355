/** The path parameter that names a user. */
import { Type } from 'typebox'

const hex = '[0-9a-fA-F]'

/** The id of a user; `me` is replaced by the id of the caller before the check. */
export const UserId = Type.String({
  format: 'uuid',
  description: 'The id of a user, or `me` for the caller.',
  'x-openapi': {
    format: undefined,
    pattern: `^(me|${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12})$`,
    examples: ['me'],
  },
})
