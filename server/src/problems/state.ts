/** Errors of a request that conflicts with the current state of the resource. */
import type { Problem } from './problem.ts'

export const stateProblems = {
  username_taken: {
    status: 409,
    title: 'The username is taken',
    explanation: 'Another user has this username, possibly in another form with the same canonical form.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is taken',
    explanation:
      'Another user has this e-mail address, possibly in another form with the same canonical form.',
  },
  no_email_address: {
    status: 409,
    title: 'The user has no e-mail address',
    explanation: 'No mail can be sent to this user. Give the user an e-mail address first.',
  },
  external_id_taken: {
    status: 409,
    title: 'The external id is taken',
    explanation: 'Another user has this external id.',
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    explanation: 'A resource with this name exists already.',
  },
  unproven_account: {
    status: 409,
    title: 'The address of this account is not proven',
    explanation:
      'This account was created by sign-up, and its e-mail address was never proven. Repeat the request with `credentials=keep` if you trust the person who has the password. Otherwise repeat it with `credentials=reset`: the password, sessions, API keys and second factors end, and the address gets a link to choose a new password.',
  },
  job_finished: {
    status: 409,
    title: 'The job has ended',
    explanation: 'The job is done, cancelled or stopped, so it cannot be cancelled.',
  },
  job_not_undoable: {
    status: 409,
    title: 'The job cannot be undone',
    explanation:
      'The job still runs, changed no user, or did work that cannot be undone, such as sending mails.',
  },
  role_in_use: {
    status: 409,
    title: 'The role is in use',
    explanation: 'Users or groups have this role. Remove it from them first.',
  },
  group_nesting: {
    status: 409,
    title: 'The groups cannot be nested like this',
    explanation:
      'A group cannot contain itself, directly or through other groups, and groups can be nested at most 5 levels deep.',
  },
  connection_in_use: {
    status: 409,
    title: 'The connection is in use',
    explanation: 'The API key of this SCIM connection still works. Revoke it first.',
  },
  role_built_in: {
    status: 409,
    title: 'The role is built in',
    explanation: 'The roles `admin` and `user` cannot be changed or deleted.',
  },
  last_factor: {
    status: 409,
    title: 'There must be a second factor',
    explanation:
      'The policy of this server requires a second factor, and this is the last one. Add another one before you remove it.',
  },
  last_admin: {
    status: 409,
    title: 'There must be an administrator',
    explanation: 'The change would leave no active administrator who has a password to sign in with.',
  },
  last_way_in: {
    status: 409,
    title: 'This is the last way to sign in',
    explanation:
      'The account has no password and no other linked account with which its owner could sign in. Set a password or link another account first.',
  },
  secret_not_allowed: {
    status: 409,
    title: 'The secret cannot be added or removed',
    explanation:
      'A public application has no secret. A confidential application and a webhook have at most two, so that one can be replaced. A webhook needs at least one.',
  },
  already_set_up: { status: 409, title: 'Set-up is done', explanation: 'An administrator exists already.' },
  idempotency_key_reused: {
    status: 409,
    title: 'The idempotency key was used for another request',
    explanation: 'A key is valid for one request. Use a new key for a new request.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request is still running',
    explanation: 'A request with this idempotency key has not finished. Try again shortly.',
  },
  precondition_failed: {
    status: 412,
    title: 'The resource has changed',
    explanation:
      'The `If-Match` header does not contain the current version. Read the resource again; the `ETag` header has its version.',
  },
  precondition_required: {
    status: 428,
    title: 'If-Match is required',
    explanation: 'On this server a change needs an `If-Match` header with the version on which it is based.',
  },
  webhook_limit: {
    status: 409,
    title: 'There are too many webhooks',
    explanation: 'Delete a webhook that is not used any more.',
  },
  events_expired: {
    status: 410,
    title: 'The feed does not go back that far',
    explanation:
      'Events after this sequence were deleted, or the database was restored to an earlier state. Call `GET /events` without `after` to get the end of the feed, read all users, and continue from there.',
  },
} as const satisfies Record<string, Problem>
