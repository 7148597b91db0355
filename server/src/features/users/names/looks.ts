/**
 * The Latin forms that usernames look like. Users who sign up may not mix scripts, nor choose a name that looks like
 * the name of another user in Latin letters. The table has the letters of other scripts that most fonts draw like a
 * Latin letter, and the digits that look like letters. It was written by hand from UTS #39, for names in canonical
 * form.
 */

const scripts =
  'Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Cherokee Khmer Mongolian Hangul Hiragana Katakana Bopomofo Han'.split(
    ' ',
  )
/** Writing systems that use several scripts (UTS #39 §5.2, highly restrictive). */
const together = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const onlyOf = (names: readonly string[]) =>
  new RegExp(`^[${['Common', 'Inherited', ...names].map((name) => `\\p{scx=${name}}`).join('')}]*$`, 'u')

const allowed = [...scripts.map((name) => [name]), ...together].map(onlyOf)
const anyKnown = new RegExp(`[${scripts.map((name) => `\\p{sc=${name}}`).join('')}]`, 'u')
const ascii = /^[\u0000-\u007f]*$/

/** Whether the name mixes scripts that no writing system uses together. */
export function mixesScripts(text: string): boolean {
  if (ascii.test(text)) return false
  return anyKnown.test(text) && !allowed.some((one) => one.test(text))
}

const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  // Cyrillic
  ...{ а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', у: 'y', х: 'x', ѕ: 's', і: 'i', ј: 'j', һ: 'h', ӏ: 'l' },
  ...{ ԁ: 'd', ԛ: 'q', ԝ: 'w', ѵ: 'v', ү: 'y', к: 'k', т: 't', м: 'm', п: 'n', г: 'r', ь: 'b', в: 'b' },
  ...{ ё: 'e', ї: 'i', ӓ: 'a', ӧ: 'o', ғ: 'f', н: 'h' },
  // Greek
  ...{ α: 'a', β: 'b', γ: 'y', ε: 'e', η: 'n', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', σ: 'o', τ: 't' },
  ...{ υ: 'u', χ: 'x', ω: 'w', ϳ: 'j' },
  // Armenian
  ...{ օ: 'o', ո: 'n', ս: 'u', հ: 'h', ց: 'g', զ: 'q', յ: 'j', ք: 'p', ռ: 'n', ա: 'w', գ: 'q', լ: 'l' },
  // Cherokee (in lower case, because folding gives lower case) and others
  ...{ ꭺ: 'a', ꭼ: 'e', ꭻ: 'j', ꮃ: 'w', ꮋ: 'h', ꮪ: 's', ꮮ: 'l', ꮯ: 'c', ꮲ: 'p', ꮶ: 'k', ꮍ: 'y' },
  ...{ ɑ: 'a', ɡ: 'g', ɩ: 'i', ı: 'i', ƅ: 'b', ᴏ: 'o', ᴄ: 'c', ᴠ: 'v', ᴡ: 'w', ᴢ: 'z' },
}

/** The Latin name that a canonical name looks like. For most names it is the name itself. */
export function latinLook(key: string): string {
  let look = ''
  for (const letter of key) look += lookalikes[letter] ?? letter
  return look
}
