/** The credentials of a sign-in request: a name and a password, or a challenge with a passkey, a code or a token. */
import { Type } from 'typebox'
import { type Fault, invalidInput } from '../../errors.ts'
import { type PasskeyAnswer, PasskeyShape } from '../../factor-answers.ts'
import type { Entrance } from './needs.ts'

const secret = { minLength: 1, maxLength: 1024 }

type Body = {
  username?: string
  password?: string
  challenge?: string
  passkey?: PasskeyAnswer
  email_code?: string
  email_token?: string
}

export const entrance = {
  fields: {
    username: Type.Optional(
      Type.String({ ...secret, description: 'A username or an e-mail address; with `password`.' }),
    ),
    password: Type.Optional(Type.String(secret)),
    challenge: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Of `POST /auth/passkeys/options` or `POST /auth/email-link`.',
      }),
    ),
    passkey: Type.Optional(PasskeyShape),
    email_code: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 20,
        description: 'The six digits of the mail; with `challenge`.',
      }),
    ),
    email_token: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The text after `#token=` in the link of the mail; with `challenge`.',
      }),
    ),
  },

  /**
   * @param kept the challenge of `POST /auth/email-link` in the cookie of the browser
   * @throws invalid_input unless the body has all members of one kind and none of another
   */
  read(body: Body, kept?: string): Entrance {
    const { username, password, passkey, email_code, email_token } = body
    const isByMail = email_code !== undefined || email_token !== undefined
    const challenge = body.challenge ?? (isByMail ? kept : undefined)
    const ofChallenge = isByMail || body.challenge !== undefined || passkey !== undefined
    const answers = [passkey, email_code, email_token].filter((answer) => answer !== undefined)
    if (answers.length > 1 || (ofChallenge && (username !== undefined || password !== undefined)))
      throw invalidInput([
        {
          pointer: '',
          code: 'one_way',
          detail:
            'Send a name and a password, or a challenge with one of `passkey`, `email_code` and `email_token`.',
        },
      ])
    if (challenge !== undefined) {
      if (passkey !== undefined) return { challenge, passkey }
      if (email_code !== undefined) return { challenge, email_code }
      if (email_token !== undefined) return { challenge, email_token }
    }
    if (username !== undefined && password !== undefined) return { username, password }
    const names = isByMail
      ? (['challenge'] as const)
      : ofChallenge
        ? (['challenge', 'passkey'] as const)
        : (['username', 'password'] as const)
    throw invalidInput(names.filter((name) => body[name] === undefined).map(missing))
  },
}

function missing(name: string): Fault {
  return { pointer: `/${name}`, code: 'required', detail: 'Is required.' }
}
