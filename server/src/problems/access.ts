/** Errors of credentials and rights. */
import type { Problem } from './problem.ts'

export const accessProblems = {
  invalid_grant: {
    status: 400,
    title: 'The token cannot be used',
    explanation:
      'The token is unknown, expired, used, or replaced by a newer one. Request a new one or sign in again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    explanation:
      'This request needs an `Authorization` header (a Bearer access token or API key, or Basic credentials), or the cookie of an open session.',
  },
  invalid_token: {
    status: 401,
    title: 'The token is not valid',
    explanation: 'The access token or API key is malformed, expired or revoked.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Wrong username or password',
    explanation: 'No account accepts this name and password. The answer is the same for every reason.',
  },
  second_factor_required: {
    status: 401,
    title: 'A second factor is needed',
    explanation:
      'The password is right. Send the `challenge` with an answer of one of the `methods` to `POST /auth/login/continue`; for a passkey call `POST /auth/passkeys/options` first. Basic does not work for such an account: use an API key.',
  },
  password_breached: {
    status: 403,
    title: 'Choose a new password',
    explanation:
      'The password is right, but it is in a list of stolen passwords, and this server requires a new one. The user gets a mail with a link to choose it; `POST /auth/forgot-password` sends another.',
  },
  invalid_code: {
    status: 401,
    title: 'The code is not valid',
    explanation:
      'A code works once, while it is valid. If `clock_minutes_behind` is set, the code was valid earlier: check the clock of the device. After 100 wrong codes of an authenticator app in a row, the app is refused until a recovery code or a passkey is used.',
  },
  invalid_passkey: {
    status: 401,
    title: 'The passkey is not valid',
    explanation:
      'The passkey did not sign the challenge of `POST /auth/passkeys/options` for this account and this origin, or the challenge has expired (5 minutes) or was used. Request new options.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    explanation: 'The caller is authenticated but lacks the permission for this request.',
  },
  reauthentication_required: {
    status: 403,
    title: 'Confirm that it is you',
    explanation:
      'This request needs a proof of identity that is at most 5 minutes old. `methods` lists the methods of the account: send one of them to `POST /auth/step-up` before the request, or send the password as `current_password` if the body has this member. A change of your own password or address always needs `current_password`.',
  },
  factor_required: {
    status: 403,
    title: 'Add a second factor first',
    explanation:
      'The policy of this server requires a second factor, and the 7 days to add one are over. Add an authenticator app (`POST /users/me/totp`) or a passkey (`POST /users/me/passkeys/options`). Until then other requests are refused.',
  },
  password_change_required: {
    status: 403,
    title: 'Choose a new password first',
    explanation:
      'An administrator set the password of this account, and the user must replace it. Send `PUT /users/me/password {current_password, password}`. Until then other requests are refused.',
  },
  not_while_impersonating: {
    status: 403,
    title: 'Not possible while you act as another user',
    explanation:
      'An administrator who acts as a user can read what the user sees and change names, language and profile. Everything else is for the user alone. `POST /auth/impersonation/stop` ends it.',
  },
  field_not_writable: {
    status: 403,
    title: 'A field may not be written',
    explanation: 'Only an administrator may write some members of the body. `errors` names them.',
  },
  signup_closed: {
    status: 403,
    title: 'Sign-up is closed',
    explanation: 'On this server only administrators create users.',
  },
  permission_not_held: {
    status: 403,
    title: 'This needs permissions that you do not have',
    explanation:
      'The change would give permissions that the caller does not have, or change an account with more permissions than the caller.',
  },
  denied_by_hook: {
    status: 403,
    title: 'Not allowed by the rules of this server',
    explanation:
      'The hook of the operator (`ROSTER_HOOK_URL`) refused this sign-up, sign-in or token. `detail` is its reason, if it gave one.',
  },
  csrf_rejected: {
    status: 403,
    title: 'The request came from another site',
    explanation:
      'A page of another site caused this request. Browsers send session cookies and Basic credentials automatically. With a cookie, only pages of this server may change something; with Basic also pages of the origins in `ROSTER_CORS_ORIGINS`.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    explanation: 'Wait for the number of seconds in the `Retry-After` header.',
  },
} as const satisfies Record<string, Problem>
