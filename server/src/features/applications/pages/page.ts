import type { Language } from '../../../language.ts'
import type { OwnPage } from '../../../page-layout.ts'

/** @param content is HTML */
export function page(language: Language, title: string, content: string): OwnPage {
  return { language, title, description: title, content }
}
