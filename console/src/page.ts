/** The data that the server has written into the page: its path and settings. */
export type PageSettings = {
  /** The path of the public URL without a trailing slash: empty, or such as `/auth`. */
  base: string
  /** The name of the service; null without ROSTER_APP_NAME. */
  name: string | null
  /** The minimum length of a password, in characters. */
  passwordMinLength: number
  /** How many days deleted users stay in the recycle bin. */
  recycle_days: number
  /** Whether sign-up is open. */
  signup: boolean
  /** Whether users may sign in by mail. */
  emailLink: boolean
  /** Whether users may have no e-mail address. */
  emailOptional: boolean
  /** Whether administrators may act as users. */
  impersonation: boolean
  /** The path of the operator's logo below `base`. */
  logo: string | null
  termsUrl: string | null
  privacyUrl: string | null
  version: string
}

const content = document.querySelector<HTMLMetaElement>('meta[name="roster"]')?.content ?? '{}'

export const page: PageSettings = {
  base: '',
  name: null,
  passwordMinLength: 8,
  recycle_days: 30,
  signup: false,
  emailLink: false,
  emailOptional: false,
  impersonation: false,
  logo: null,
  termsUrl: null,
  privacyUrl: null,
  version: '',
  ...JSON.parse(content),
}
