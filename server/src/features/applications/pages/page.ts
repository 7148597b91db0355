import type { Language } from '../../../html/language.ts'
import type { OwnPage } from '../../../html/page-layout.ts'

/** @param content is HTML */
export function page(language: Language, title: string, content: string): OwnPage {
  return { language, title, description: title, content }
}
