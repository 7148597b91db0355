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
  /** The title of the page from then on. */
  doneTitle: string
  /** What to do when the link is no longer good; only where a page needs a link. */
  used?: string
  /** What to say when such a page was opened without a link. */
  missing?: string
}

export type Texts = {
  pages: Record<PageName, PageTexts>
  fields: Record<FieldName, string>
  discard: { button: string; done: string; doneTitle: string }
  noScript: string
  again: string
  signIn: string
  /** `{site}` is the name of the application or the host. */
  continueTo: string
  description: string
  /** What the script of the pages says. */
  script: ScriptTexts
}

export type ScriptTexts = {
  /** How the account was created: with the placeholders `{username}`, `{at}` and `{program}`. */
  created: string
  createdWith: string
  address: string
  unreachable: string
  /** Instead of the English sentences of the API, by code. */
  problems: Record<string, string>
}
