/** The texts of the pages behind the links of mails. */

export type PageName =
  | 'verify'
  | 'reset'
  | 'invitation'
  | 'confirm-email'
  | 'forgot'
  | 'verify-again'
  | 'setup'
export type FieldName =
  | 'username'
  | 'email'
  | 'password'
  | 'chosen_password'
  | 'new_password'
  | 'or_new_password'

export type PageTexts = {
  title: string
  text: string
  button: string
  done: string
  /** The title of the page after success. */
  doneTitle: string
  /** The remedy for an invalid link; only for pages that need a link. */
  used?: string
  /** The text when such a page was opened without a link. */
  missing?: string
}

export type Texts = {
  pages: Record<PageName, PageTexts>
  fields: Record<FieldName, string>
  discard: { button: string; done: string; doneTitle: string }
  /** The set-up page when there is an administrator. */
  setUp: { title: string; text: string }
  noScript: string
  again: string
  signIn: string
  /** `{site}` is the name of the application or the host. */
  continueTo: string
  description: string
  /** The texts of the script of the pages. */
  script: ScriptTexts
}

export type ScriptTexts = {
  /** The creation of the account, with the placeholders `{username}`, `{at}` and `{program}`. */
  created: string
  createdWith: string
  address: string
  unreachable: string
  /** Instead of the English sentences of the API, by code. */
  problems: Record<string, string>
}
