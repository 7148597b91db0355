/** Codes and passkeys with which a user answers, as bodies carry them. */
import { Type } from 'typebox'

/** Blanks and hyphens may stand anywhere. Digits of other scripts are no digits here. */
export const TotpCode = Type.String({ minLength: 1, maxLength: 100, pattern: '^[ -~]+$' })
export const RecoveryCode = Type.String({ minLength: 1, maxLength: 100 })

const Text = Type.String({ minLength: 1, maxLength: 20_000 })

/** Open for members that browsers add: all of it is verified, and what is not known is not used. */
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

/** The part whose form is known before the rest is verified: what `PublicKeyCredential.toJSON()` gives in a browser. */
export type PasskeyAnswer = {
  id: string
  response: { clientDataJSON: string; userHandle?: string | null }
}
