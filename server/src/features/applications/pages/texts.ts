/** The texts of the pages that users see between an application and the service. */
import type { Language } from '../../../html/language.ts'
import { type Texts, textsIn } from '../../../texts/texts.ts'
import { scopes } from '../protocol/settings.ts'

export type Text = keyof Texts['applications']

export function textIn(language: Language, text: Text, name = ''): string {
  return textsIn(language).applications[text].replace('{name}', () => name)
}

/** The access that the scope gives to an application. */
export function scopeText(language: Language, scope: string): string {
  const known = scopes.find((each) => each === scope)
  return known ? textIn(language, known) : scope
}
