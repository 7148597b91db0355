/** `client.account`: requests without a sign-in, and the tokens of mailed links. */
import type { Body, Send } from '../call.ts'
import type { CallOptions } from '../transport.ts'
import type { components } from '../types.ts'
import { type Versioned, versioned } from '../versions.ts'

export type Account = ReturnType<typeof createAccount>

export function createAccount(send: Send) {
  /** Without credentials and without repetitions, because a link works once. */
  const post = async (path: string, body: unknown, options?: CallOptions) =>
    send('POST', path, { ...options, body, authenticated: false, retry: false })

  return {
    /** Sends a link to set a new password. The answer is the same whether or not a user has the address. */
    async forgotPassword(email: string, options?: CallOptions): Promise<void> {
      await post('/auth/forgot-password', { email }, options)
    },

    /** Sets a password with the token of a mailed link. */
    async resetPassword(body: Body<'resetPassword'>, options?: CallOptions): Promise<void> {
      await post('/auth/reset-password', body, options)
    },

    /**
     * Verifies an address with the token of a mailed link. Without a session of the account, `proof` is required: its
     * password, or a new one.
     */
    async verifyEmail(
      token: string,
      proof: Omit<Body<'verifyEmail'>, 'token'> = {},
      options?: CallOptions,
    ): Promise<void> {
      await post('/auth/verify-email', { token, ...proof }, options)
    },

    /** Sends the verification link again; without `email` for the address of the caller. */
    async resendVerification(email?: string, options?: CallOptions): Promise<void> {
      const body = email === undefined ? undefined : { email }
      await send('POST', '/auth/verify-email/resend', { ...options, body, retry: false })
    },

    /**
     * Confirms a new address with the token of a mailed link. Without a session of the account its password is required.
     */
    async confirmEmail(
      token: string,
      proof: Omit<Body<'confirmEmail'>, 'token'> = {},
      options?: CallOptions,
    ): Promise<void> {
      await post('/auth/confirm-email', { token, ...proof }, options)
    },

    /** Creates the first administrator with the token of the link that the service prints at the start. */
    async setUp(
      body: Body<'setUp'>,
      options?: CallOptions,
    ): Promise<Versioned<components['schemas']['User']>> {
      return versioned(await post('/auth/setup', body, options))
    },
  }
}
