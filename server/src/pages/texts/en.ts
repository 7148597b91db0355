import type { Texts } from './texts.ts'

const missing = 'This link is not complete. Open it again from the mail.'
const used = 'This link has expired or was used already. Ask for a new one.'

export const english: Texts = {
  pages: {
    verify: {
      title: 'Confirm your e-mail address',
      text: 'Confirm that this address is yours. Give the password of the account. If you do not know it, choose a new one: the former password, sessions and API keys end.',
      button: 'Confirm',
      done: 'Thank you. Your address is confirmed.',
      doneTitle: 'E-mail address confirmed',
      ...{ used, missing },
    },
    reset: {
      title: 'Set a new password',
      text: 'You will be signed out everywhere else.',
      button: 'Set password',
      done: 'Your new password is set. You can sign in with it.',
      doneTitle: 'New password set',
      ...{ used, missing },
    },
    invitation: {
      title: 'Welcome',
      text: 'An account was made for you. Choose a password to use it.',
      button: 'Set password',
      done: 'Your password is set. You can sign in with it.',
      doneTitle: 'Password set',
      ...{ used, missing },
    },
    'confirm-email': {
      title: 'Confirm your new e-mail address',
      text: 'From then on you sign in and get mail with this address. Give the password of the account. You can leave it out where you are signed in. If you did not ask for this change, close this page.',
      button: 'Confirm',
      done: 'Your new address is confirmed. Sign in again where you were signed in.',
      doneTitle: 'New e-mail address confirmed',
      used: 'This link has expired or was used already. Change your address once more to get a new one.',
      missing,
    },
    forgot: {
      title: 'Forgot your password?',
      text: 'Give the address of your account, and you get a link to set a new password.',
      button: 'Send the link',
      done: 'If an account has this address, a mail is on its way.',
      doneTitle: 'Look into your mail',
    },
    'verify-again': {
      title: 'Confirm your e-mail address',
      text: 'Give the address of your account, and you get a new link to confirm it.',
      button: 'Send the link',
      done: 'If an account has this address and it is not confirmed yet, a mail is on its way.',
      doneTitle: 'Look into your mail',
    },
    setup: {
      title: 'Make the first administrator',
      text: 'The link that brought you here works once.',
      button: 'Create administrator',
      done: 'You can sign in now.',
      doneTitle: 'Administrator created',
      used: 'This link has expired or was used already. Restart Roster for a new one.',
      missing:
        'Open the link in the terminal where Roster runs. It is valid for 30 minutes; restart Roster for a new one.',
    },
  },
  fields: {
    username: 'Username',
    email: 'E-mail address',
    password: 'Password',
    chosen_password: 'Password',
    new_password: 'New password',
    or_new_password: 'Or a new password',
  },
  discard: {
    button: 'This was not me',
    done: 'Thank you. The account is removed.',
    doneTitle: 'Account removed',
  },
  setUp: { title: 'Set-up is done', text: 'An administrator exists already.' },
  noScript: 'This page needs JavaScript, which your browser does not run.',
  again: 'Ask for a new link',
  signIn: 'Sign in',
  continueTo: 'Continue to {site}',
  description: '{title} at {site}.',
  script: {
    created: 'The account “{username}” was created on {at}.',
    createdWith: 'The account “{username}” was created on {at} with {program}.',
    address: 'Give an e-mail address, such as jane@example.com.',
    unreachable: 'The server does not answer. Try again in a moment.',
    problems: {},
  },
}
