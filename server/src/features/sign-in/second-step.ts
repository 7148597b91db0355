/** The body of the second step: the challenge, and exactly one code. */
import { Type } from 'typebox'
import { invalidInput } from '../../errors.ts'
import type { SecondFactor } from './needs.ts'

const Code = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }))

export const secondStep = {
  fields: {
    challenge: Type.String({ minLength: 1, maxLength: 200 }),
    totp: Code,
    recovery_code: Code,
  },

  /** @throws invalid_input unless there is one code */
  read({ totp, recovery_code }: { totp?: string; recovery_code?: string }): SecondFactor {
    if (totp !== undefined && recovery_code === undefined) return { totp }
    if (recovery_code !== undefined && totp === undefined) return { recovery_code }
    throw invalidInput([{ pointer: '', code: 'one_code', detail: 'Send either `totp` or `recovery_code`.' }])
  },
}
