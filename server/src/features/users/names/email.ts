/**
 * E-mail addresses: a dot-atom (RFC 5321 §4.1.2; letters of any script per RFC 6531) at a domain name with a dot. Quoted
 * local parts, comments and address literals are refused. The local part is stored in NFC and compared case-folded; the
 * domain is compared in the ASCII form of UTS #46, so `ü.de` and `xn--tda.de` are equal. Plus tags and dots are kept.
 */
import { asciiDomain } from './email-domain.ts'
import { faultOfText, foldCase } from './text.ts'

export type EmailCheck =
  | {
      ok: true
      /** The form in which addresses are compared and must be unique. */
      key: string
      /** The address to send to: the local part as typed (NFC), the domain in ASCII. */
      ascii: string
    }
  | { ok: false; code: string; detail: string }

const maxLocalOctets = 64
const maxOctets = 254
// A limit that no valid address reaches, in code units.
const maxTyped = 1000

// A single character class, because overlapping alternatives could take time exponential in the length of the text.
const atom = /^(?!\p{M})[[[\p{L}\p{M}\p{N}]--\p{Default_Ignorable_Code_Point}][!#$%\&'*+\/=?^_`\{\|\}~\-]]+$/v

/** Whether mail can be sent to this address. The codes are those of `faultOfText`, and `invalid_email`. */
export function checkEmail(value: string): EmailCheck {
  if (value.length > maxTyped) return tooLong()
  const fault = faultOfText(value)
  if (fault) return { ok: false, ...fault }
  // The text is normalised to NFC first, because the checks apply to the stored form.
  const [local = '', domain, ...more] = value.normalize('NFC').split('@')
  if (domain === undefined) return invalid('It has no @.')
  if (more.length > 0) return invalid('It has more than one @.')
  const localFault = faultOfLocalPart(local)
  if (localFault) return localFault
  const checked = asciiDomain(domain)
  if (!checked.ok) return invalid(checked.detail)
  const ascii = `${local}@${checked.domain}`
  if (Buffer.byteLength(ascii) > maxOctets) return tooLong()
  return { ok: true, key: `${foldCase(local)}@${checked.domain}`, ascii }
}

function faultOfLocalPart(local: string): EmailCheck | undefined {
  if (local === '') return invalid('There is nothing before the @.')
  if (Buffer.byteLength(local) > maxLocalOctets) {
    return {
      ok: false,
      code: 'too_long',
      detail: `The part before the @ may have at most ${maxLocalOctets} octets.`,
    }
  }
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) {
    return invalid('The part before the @ begins or ends with a dot, or has two dots in a row.')
  }
  if (!local.split('.').every((part) => atom.test(part)))
    return invalid('The part before the @ has a character that is not allowed there.')
  // Full-width letters and ligatures would fold into the name of another mailbox.
  if (local.normalize('NFKC') !== local)
    return invalid('The part before the @ has a compatibility character.')
  return undefined
}

function invalid(detail: string): EmailCheck & { ok: false } {
  return { ok: false, code: 'invalid_email', detail }
}

function tooLong(): EmailCheck & { ok: false } {
  return { ok: false, code: 'too_long', detail: `An e-mail address may have at most ${maxOctets} octets.` }
}

/**
 * The form in which an address is looked up. Any text is accepted: a text that is not an address is only folded, and
 * matches no stored key.
 */
export function emailKey(value: string): string {
  const typed = checkEmail(value)
  if (typed.ok) return typed.key
  const folded = foldCase(value)
  const checked = checkEmail(folded)
  return checked.ok ? checked.key : folded
}

/**
 * The value of `email_key` for a user without an address. It is unique, equals no address and sorts before all addresses.
 */
export function keyWithoutEmail(userId: string): string {
  return ` ${userId}`
}

/** The keys of users without an address, and no others, sort before this key. */
export const firstEmailKey = '!'

/**
 * The inbox that this address probably reaches, used only for counting: without a plus tag and without dots before the `@`,
 * which many providers ignore.
 */
export function inboxOf(value: string): string {
  const key = emailKey(value)
  const at = key.lastIndexOf('@')
  const local = key.slice(0, at)
  const domain = key.slice(at + 1)
  const plain = local.replace(/(?<=.)\+.*$/, '').replaceAll('.', '')
  return `${plain === '' ? local : plain}@${domain.replace(/^googlemail\./, 'gmail.')}`
}

/** The address to send to: the local part as typed, the domain in ASCII. */
export function deliverableEmail(value: string): string {
  const checked = checkEmail(value)
  return checked.ok ? checked.ascii : value
}
