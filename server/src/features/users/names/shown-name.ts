/**
 * The stored form of a person's name: in NFC, without invisible characters, except those that the script or an emoji
 * needs.
 */

const joined =
  /(?<![\p{scx=Arab}\p{scx=Syrc}\p{scx=Mand}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Phag}\p{scx=Rohg}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}])(?<!(?:\p{ExtPict}\ufe0f?|\p{EMod})(?=\u200d\p{ExtPict}))[\u200c\u200d]/gu
/** The tags in the flags of regions. A special tag ends the sequence. */
const tags = /(\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f})|[\u{e0000}-\u{e007f}]/gu
const variations =
  /(?<![\p{ExtPict}\p{EMod}\p{scx=Hani}\p{scx=Mong}\p{scx=Phag}#*0-9])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
/** The combining grapheme joiner, fillers of Hangul, and controls of musical notation. */
const fillers = /[\u034f\u115f\u1160\u3164\uffa0\u{1d173}-\u{1d17a}]/gu
const directionMarks = /[\u061c\u200e\u200f]/gu
const isRightToLeft =
  /[\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Rohg}\p{scx=Samr}\p{scx=Mand}]/u
const plain = /^[\u0000-\u02ff]*$/

export function shownName(value: string): string {
  if (plain.test(value)) return value.normalize('NFC')
  const shown = value
    .replace(tags, '$1')
    .replace(fillers, '')
    .replace(variations, '')
    .replace(joined, '')
    .normalize('NFC')
  return isRightToLeft.test(shown.replace(directionMarks, '')) ? shown : shown.replace(directionMarks, '')
}
