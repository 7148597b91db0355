/** What opens an account: a name and a password, or the challenge of `POST /auth/passkeys/options` and a passkey. */
import { Type } from 'typebox'
import { type Fault, invalidInput } from '../../errors.ts'
import { type PasskeyAnswer, PasskeyShape } from '../../passkey-answer.ts'
import type { Entrance } from './needs.ts'

const secret = { minLength: 1, maxLength: 1024 }

type Body = { username?: string; password?: string; challenge?: string; passkey?: PasskeyAnswer }

export const entrance = {
  fields: {
    username: Type.Optional(
      Type.String({ ...secret, description: 'A username or an e-mail address; with `password`.' }),
    ),
    password: Type.Optional(Type.String(secret)),
    challenge: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Of `POST /auth/passkeys/options`.' }),
    ),
    passkey: Type.Optional(PasskeyShape),
  },

  /** @throws invalid_input unless both members of one way are there, and none of the other */
  read(body: Body): Entrance {
    const { username, password, challenge, passkey } = body
    const ofPasskey = challenge !== undefined || passkey !== undefined
    if (ofPasskey && (username !== undefined || password !== undefined))
      throw invalidInput([
        { pointer: '', code: 'one_way', detail: 'Send a name and a password, or a passkey, not both.' },
      ])
    if (challenge !== undefined && passkey !== undefined) return { challenge, passkey }
    if (username !== undefined && password !== undefined) return { username, password }
    const names = ofPasskey ? (['challenge', 'passkey'] as const) : (['username', 'password'] as const)
    throw invalidInput(names.filter((name) => body[name] === undefined).map(missing))
  },
}

function missing(name: string): Fault {
  return { pointer: `/${name}`, code: 'required', detail: 'Is required.' }
}
