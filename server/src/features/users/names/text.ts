/** The rules for text in all fields: which texts are refused, which texts are equal, and how they are ordered. */

export type TextFault = { code: string; detail: string }

export type TextRules = {
  /** The minimum number of code points; 0 by default. */
  min?: number
  /** The maximum number of code points; no limit by default. */
  max?: number
  /** The text is shown on one line: characters that hide or reorder text, or break lines, are refused. */
  shown?: boolean
}

const controls = /[\u0000-\u001f\u007f-\u009f]/
const nonCharacters = /\p{Noncharacter_Code_Point}/u
const lineSeparators = /[\u2028\u2029]/
const bidiControls = /[\u202a-\u202e\u2066-\u2069]/
// Joiners (U+200C, U+200D), direction marks and the tags of flag emoji are not in this class, because ordinary names
// contain them.
const invisible = /[\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]/
const somethingToSee = /[^\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800]/u

/**
 * The fault of a text, or undefined. Every field refuses lone surrogates, controls (C0, DEL, C1) and non-characters,
 * because PostgreSQL, SQLite, logs and terminals treat them differently.
 */
export function faultOfText(value: string, rules: TextRules = {}): TextFault | undefined {
  return (
    faultOfLength(value, rules) ??
    faultOfCharacters(value) ??
    (rules.shown ? faultOfAppearance(value) : undefined)
  )
}

function faultOfLength(value: string, { min = 0, max = Infinity }: TextRules): TextFault | undefined {
  // A text has at most twice as many code units as code points, so an enormous text is refused without being read.
  if (value.length > 2 * max || codePointLength(value) > max) {
    return { code: 'too_long', detail: `It may have at most ${max} characters.` }
  }
  if (value.length < min || codePointLength(value) < min) {
    const detail =
      min === 1 || value === '' ? 'It must not be empty.' : `It must have at least ${min} characters.`
    return { code: 'too_short', detail }
  }
  return undefined
}

function faultOfCharacters(value: string): TextFault | undefined {
  if (!value.isWellFormed())
    return { code: 'not_well_formed', detail: 'It has half a surrogate pair, which is not Unicode text.' }
  if (controls.test(value)) return { code: 'control_character', detail: 'It has a control character.' }
  if (nonCharacters.test(value))
    return { code: 'noncharacter', detail: 'It has a code point that is not a character.' }
  return undefined
}

function faultOfAppearance(value: string): TextFault | undefined {
  if (lineSeparators.test(value))
    return { code: 'control_character', detail: 'It has a line or paragraph separator.' }
  if (bidiControls.test(value))
    return { code: 'bidi_control', detail: 'It has a control that reverses the direction of text.' }
  if (invisible.test(value)) return { code: 'invisible_character', detail: 'It has an invisible character.' }
  if (value !== value.trim())
    return { code: 'surrounding_space', detail: 'It begins or ends with white space.' }
  if (value !== '' && !somethingToSee.test(value))
    return { code: 'invisible_character', detail: 'It has no visible character.' }
  return undefined
}

export function codePointLength(value: string): number {
  let length = value.length
  for (let i = 1; i < value.length; i++) {
    if (isLow(value.charCodeAt(i)) && isHigh(value.charCodeAt(i - 1))) length--
  }
  return length
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}

const ascii = /^[\u0000-\u007f]*$/

/**
 * The canonical form in which names are compared and searched: two texts that differ only in case, in normalisation or
 * in compatibility characters (full width, ligatures) fold to the same text, and folding twice changes nothing.
 *
 * The function repeats NFKD → upper case → lower case → NFKC until nothing changes, which takes two or three rounds.
 * Upper case makes these letters equal: ß, ẞ and ss; σ and ς in any position; and I, İ, ı and i in any locale.
 * Unicode's case folding keeps ı and İ distinct from i, but in names they look too similar.
 */
export function foldCase(value: string): string {
  if (ascii.test(value)) return value.toLowerCase()
  let folded = value
  for (let round = 0; round < 8; round++) {
    const next = foldOnce(folded)
    if (next === folded) break
    folded = next
  }
  return folded
}

// The text is decomposed first, so that a Greek iota subscript follows the accents and becomes a letter after them.
function foldOnce(value: string): string {
  const lower = value.normalize('NFKD').toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  return lower.normalize('NFKC').replaceAll('i\u0307', 'i')
}

/**
 * Orders by code point, like SQLite and PostgreSQL's "C" collation (by UTF-8 bytes). `<` differs from this above U+FFFF.
 */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

// Surrogates stand for code points above U+FFFF, so they come after U+E000–U+FFFF.
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}
