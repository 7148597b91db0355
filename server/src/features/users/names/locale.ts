/** The language of a user: a language tag of BCP 47 in its canonical form, such as `de-AT`. */

const maxLength = 35

/** @returns the stored form of the tag; undefined when it is not valid */
export function localeOf(text: string): string | undefined {
  if (text.length > maxLength) return undefined
  try {
    // Systems also write `de_AT`, and `de_AT.UTF-8`.
    return Intl.getCanonicalLocales(text.replace(/\..*$/, '').replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

export const localeFault = {
  code: 'invalid_value',
  detail: 'Must be a language tag such as `de` or `pt-BR`.',
}
