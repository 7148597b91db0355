import de from './text/de.json'
import en from './text/en.json'

export type Texts = typeof en
export const texts: Record<'en' | 'de', Texts> = { en, de }
