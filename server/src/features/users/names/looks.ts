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
/** A letter of a script that is in none of these: a historical one, or one of limited use (UAX #31). */
const otherLetter = new RegExp(
  `[\\p{L}--[\\p{sc=Common}\\p{sc=Inherited}${scripts.map((name) => `\\p{sc=${name}}`).join('')}]]`,
  'v',
)
const ascii = /^[\u0000-\u007f]*$/

/** Whether the name mixes scripts that no writing system uses together. */
export function mixesScripts(text: string): boolean {
  if (ascii.test(text)) return false
  return anyKnown.test(text) && !allowed.some((one) => one.test(text))
}

/**
 * Whether the name has letters of a script that few people read, such as Coptic or Lisu: many of them look like Latin
 * letters, and their look-alikes are not in the table.
 */
export function hasRareScript(text: string): boolean {
  return !ascii.test(text) && otherLetter.test(text)
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
  // Cherokee (in lower case, because folding gives lower case), and other Latin letters
  ...{ ꭺ: 'a', ꭼ: 'e', ꭻ: 'j', ꮃ: 'w', ꮋ: 'h', ꮪ: 's', ꮮ: 'l', ꮯ: 'c', ꮲ: 'p', ꮶ: 'k', ꮍ: 'y' },
  ...{ ꭰ: 'd', ꭱ: 'r', ꭲ: 't', ꭵ: 'i', ꭹ: 'y', ꮇ: 'm', ꮎ: 'o', ꮐ: 'g', ꮒ: 'h', ꮓ: 'z', ꮟ: 'b', ꮢ: 'r' },
  ...{ ꮤ: 'w', ꮥ: 's', ꮩ: 'v', ᏻ: 'g', ᏼ: 'b' },
  ...{ ɑ: 'a', ɡ: 'g', ᶃ: 'g', ɩ: 'i', ı: 'i', ƅ: 'b', ƒ: 'f', ꞙ: 'f', ɯ: 'w', ᶌ: 'y', ỿ: 'y', ꭚ: 'y' },
  ...{ ꭇ: 'r', ꭈ: 'r', ɾ: 'r', ꭎ: 'u', ꭒ: 'u', ꞟ: 'u', ȷ: 'j', ɭ: 'l' },
  // Latin small capitals
  ...{
    ᴀ: 'a',
    ʙ: 'b',
    ᴄ: 'c',
    ᴅ: 'd',
    ᴇ: 'e',
    ꜰ: 'f',
    ɢ: 'g',
    ʜ: 'h',
    ɪ: 'i',
    ᴊ: 'j',
    ᴋ: 'k',
    ʟ: 'l',
    ᴍ: 'm',
  },
  ...{ ɴ: 'n', ᴏ: 'o', ᴘ: 'p', ꞯ: 'q', ʀ: 'r', ꜱ: 's', ᴛ: 't', ᴜ: 'u', ᴠ: 'v', ᴡ: 'w', ʏ: 'y', ᴢ: 'z' },
}

/** The Latin name that a canonical name looks like. For most names it is the name itself. */
export function latinLook(key: string): string {
  let look = ''
  for (const letter of key) look += lookalikes[letter] ?? letter
  return look
}
