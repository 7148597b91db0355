/** The settings of second factors. */
import { flag, integer, oneOf } from './values.ts'

export const factorSettings = {
  secondFactor: {
    name: 'ROSTER_SECOND_FACTOR',
    fallback: 'optional',
    about:
      'who must have a second factor: `optional` (no user), `administrators` (users with permissions) or `everybody`. A user without one has 7 days from the first request under this setting; after that the user can only add one',
    read: oneOf(['optional', 'administrators', 'everybody'], 'optional'),
  },
  trustedBrowserDays: {
    name: 'ROSTER_TRUSTED_BROWSER_DAYS',
    fallback: '30',
    about:
      'days for which a browser that the user trusts is not asked for the second factor. 0 asks at every sign-in',
    read: integer(0, 365, 30),
  },
  secondFactorByMail: {
    name: 'ROSTER_SECOND_FACTOR_BY_MAIL',
    fallback: 'false',
    about:
      'users who must have a second factor, and still have none after the 7 days, get a code by mail as the second step, instead of only being able to add a factor. The address must be verified. No effect without `ROSTER_MAIL_URL`',
    read: flag(false),
  },
} as const
