/** The shapes of codes and passkeys in request bodies. */
import { Type } from 'typebox'

/** Blanks and hyphens are allowed anywhere. Digits of other scripts are not accepted. */
export const TotpCode = Type.String({ minLength: 1, maxLength: 100, pattern: '^[ -~]+$' })
export const RecoveryCode = Type.String({ minLength: 1, maxLength: 100 })

const Text = Type.String({ minLength: 1, maxLength: 20_000 })

/** Browsers may add members: everything that is used is verified, and unknown members are ignored. */
export const PasskeyShape = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 2000 }),
    rawId: Text,
    type: Type.Literal('public-key'),
    response: Type.Object(
      {
        clientDataJSON: Text,
        attestationObject: Type.Optional(Text),
        authenticatorData: Type.Optional(Text),
        signature: Type.Optional(Text),
        userHandle: Type.Optional(Type.Union([Type.String({ maxLength: 100 }), Type.Null()])),
        transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
      },
      { additionalProperties: true },
    ),
    clientExtensionResults: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  {
    $id: 'PasskeyAnswer',
    title: 'PasskeyAnswer',
    additionalProperties: true,
    description: 'What `PublicKeyCredential.toJSON()` gives in a browser.',
  },
)

/** The members that are checked before the verification, from `PublicKeyCredential.toJSON()` in a browser. */
export type PasskeyAnswer = {
  id: string
  response: { clientDataJSON: string; userHandle?: string | null }
}
