import { Type } from 'typebox'

const Instant = Type.String({ format: 'date-time' })
export const passkeyFields = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  product: Type.Union([Type.String(), Type.Null()], {
    description: 'The product that stores the passkey, such as `Bitwarden`, if it is known.',
  }),
  created_at: Instant,
  last_used_at: Type.Union([Instant, Type.Null()]),
  backed_up: Type.Boolean({ description: 'Whether the passkey is synchronised between devices.' }),
}
export const PasskeyInfo = Type.Object(passkeyFields, { $id: 'Passkey', title: 'Passkey' })
