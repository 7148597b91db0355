/**
 * Domain names of e-mail addresses. Node's `domainToASCII` does the mapping of UTS #46, but it follows the rules for
 * URLs: it decodes `%61`, drops a path, turns numbers into IPv4 addresses, drops invisible characters and accepts
 * broken `xn--` labels. So every label is checked before and after the mapping.
 */
import { domainToASCII, domainToUnicode } from 'node:url'

export type DomainCheck = { ok: true; domain: string } | { ok: false; detail: string }

const hostLabel = /^[a-z0-9-]+$/
// Letters, marks, digits, and the punctuation that IDNA 2008 allows inside words (RFC 5892, appendix A.3–A.7).
const unicodeLabel =
  /^[[\p{L}\p{M}\p{Nd}\u00b7\u0375\u05f3\u05f4\u30fb\-]--\p{Default_Ignorable_Code_Point}]+$/v
const number = /^(?:[0-9]+|0x[0-9a-f]*)$/

/** The domain in lower-case ASCII (`xn--` labels), or its fault. */
export function asciiDomain(typed: string): DomainCheck {
  if (typed === '') return refused('There is nothing after the @.')
  if (typed.startsWith('[')) return refused('An address in brackets is not a domain name.')
  if (typed.endsWith('.')) return refused('The domain ends with a dot.')
  const labels = typed.split('.')
  if (labels.includes('')) return refused('The domain has an empty part between its dots.')
  if (labels.length < 2) return refused('Use a full address, such as name@example.com.')
  if (!labels.every((label) => unicodeLabel.test(label)))
    return refused('The domain has a character that is not allowed there.')
  if (labels.some(hasOuterHyphen)) return refused('A part of the domain begins or ends with a hyphen.')
  const domain = toAscii(labels)
  if (domain === undefined) return refused('The domain is not a valid internationalised name.')
  return faultOfHostName(domain) ?? { ok: true, domain }
}

function toAscii(labels: string[]): string | undefined {
  const lower = labels.map((label) => label.toLowerCase())
  if (lower.every((label) => hostLabel.test(label) && !label.startsWith('xn--'))) return lower.join('.')
  if (!lower.every((label) => !label.startsWith('xn--') || isRealALabel(label))) return undefined
  const ascii = domainToASCII(labels.join('.'))
  return ascii.split('.').length === labels.length ? ascii : undefined
}

/** Whether an `xn--` label decodes to a name of allowed characters that is encoded to the same label. */
function isRealALabel(label: string): boolean {
  const decoded = domainToUnicode(label)
  if (decoded.startsWith('xn--') || hasOuterHyphen(decoded) || !unicodeLabel.test(decoded)) return false
  return domainToASCII(decoded) === label
}

function hasOuterHyphen(label: string): boolean {
  return label.startsWith('-') || label.endsWith('-')
}

function faultOfHostName(domain: string): DomainCheck | undefined {
  if (domain.length > 253) return refused('The domain may have at most 253 octets.')
  const labels = domain.split('.')
  for (const label of labels) {
    if (!hostLabel.test(label)) return refused('The domain has a character that is not allowed there.')
    if (label.length > 63) return refused('A part of the domain may have at most 63 octets.')
  }
  if (number.test(labels.at(-1)!)) return refused('The domain ends in a number.')
  return undefined
}

function refused(detail: string): DomainCheck {
  return { ok: false, detail }
}
