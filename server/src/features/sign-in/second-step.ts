/** The body of the second step: the challenge, and exactly one answer. */
import { Type } from 'typebox'
import { invalidInput } from '../../errors.ts'
import { type PasskeyAnswer, PasskeyShape, RecoveryCode, TotpCode } from '../../factor-answers.ts'
import type { SecondFactor } from './needs.ts'

type Answers = { totp?: string; recovery_code?: string; passkey?: PasskeyAnswer; email_code?: string }

export const secondStep = {
  fields: {
    challenge: Type.String({ minLength: 1, maxLength: 200 }),
    totp: Type.Optional(TotpCode),
    recovery_code: Type.Optional(RecoveryCode),
    passkey: Type.Optional(PasskeyShape),
    email_code: Type.Optional(TotpCode),
  },

  /** @throws invalid_input unless there is one answer */
  read({ totp, recovery_code, passkey, email_code }: Answers): SecondFactor {
    const given = [
      ...(totp === undefined ? [] : [{ totp }]),
      ...(recovery_code === undefined ? [] : [{ recovery_code }]),
      ...(passkey === undefined ? [] : [{ passkey }]),
      ...(email_code === undefined ? [] : [{ email_code }]),
    ]
    const [answer] = given
    if (answer && given.length === 1) return answer
    throw invalidInput([
      {
        pointer: '',
        code: 'one_code',
        detail: 'Send one of `totp`, `recovery_code`, `passkey` and `email_code`.',
      },
    ])
  },
}
