/** The settings of services of the operator that Roster calls: hooks, and the old system that verifies passwords. */
import { integer, list, oneOf, webAddress, webhookSecret } from './values.ts'

const points = ['sign_up', 'sign_in', 'token']

export const hookSettings = {
  hookUrl: {
    name: 'ROSTER_HOOK_URL',
    fallback: 'none',
    about: 'https address of a service of yours that may refuse sign-ups, sign-ins and tokens',
    read: webAddress,
  },
  hookSecret: {
    name: 'ROSTER_HOOK_SECRET',
    fallback: 'none',
    secret: true,
    about:
      'key that signs these requests: `whsec_` and 24 to 64 bytes in base64. Required with `ROSTER_HOOK_URL`',
    read: webhookSecret,
  },
  hookPoints: {
    name: 'ROSTER_HOOK_POINTS',
    fallback: '`sign_up,sign_in`',
    about: 'requests before which the hook is called: `sign_up`, `sign_in`, `token`, separated by commas',
    read: (value: string | undefined) =>
      list((item) => points.includes(item), `of ${points.join(', ')}`)(value ?? 'sign_up,sign_in'),
  },
  hookTimeoutMs: {
    name: 'ROSTER_HOOK_TIMEOUT_MS',
    fallback: '2000',
    about: 'timeout of its answer in milliseconds',
    read: integer(100, 10_000, 2000),
  },
  hookOnFailure: {
    name: 'ROSTER_HOOK_ON_FAILURE',
    fallback: 'deny',
    about:
      'effect of a missing or invalid answer: `deny` refuses the request (503), `allow` continues without the hook',
    read: oneOf(['allow', 'deny'], 'deny'),
  },
  verifyPasswordUrl: {
    name: 'ROSTER_VERIFY_PASSWORD_URL',
    fallback: 'none',
    about:
      'https address at the old system of imported users. It verifies the first password of users who were imported without one ([passwords at the old system](import/passwords-at-the-old-system.md))',
    read: webAddress,
  },
  verifyPasswordSecret: {
    name: 'ROSTER_VERIFY_PASSWORD_SECRET',
    fallback: 'none',
    secret: true,
    about:
      'key that signs these requests: `whsec_` and 24 to 64 bytes in base64. Required with `ROSTER_VERIFY_PASSWORD_URL`',
    read: webhookSecret,
  },
  verifyPasswordTimeoutMs: {
    name: 'ROSTER_VERIFY_PASSWORD_TIMEOUT_MS',
    fallback: '5000',
    about: 'timeout of its answer in milliseconds',
    read: integer(100, 20_000, 5000),
  },
} as const
