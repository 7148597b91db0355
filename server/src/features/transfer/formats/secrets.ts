/** Removes secrets from metadata: members with the name of a secret, and texts that look like a hash. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { hashesWithin } from './embedded-hash.ts'
import { flagOf } from './flags.ts'
import { instantOf } from './instants.ts'
import { openJson } from './json-value.ts'
import type { HashShape } from './password-shape.ts'
import type { Members } from './source-record.ts'

const secretWord =
  /^(pass|passwd|pwd|psw|psk|pw|(user|login|db|my)pass|passphrase|passcode|\w*(secret|token|hash|pwd)|hashes|salt|[th]?otp|pin|pincode|credential|segredo|secreto|segreto|geheim(nis)?|secr[eè]te|secreta|segreta|sekret|tajne|hemlig|hemmelig|gizli|salz|sól|clave|chave|parola|senha|has[łl]o|heslo|geslo|şifre|sifre|parole|salasana|jelszó|jelszo|sk|tan)s?\d*$/
const secretPart =
  /passw(or[dt]|d)|passord|kennwort|kodeord|wachtwoord|l[öo]senord|adgangskode|contrase(ñ|n)a|palavrapasse|motdepasse|codesecret|mots?secret|пароль|секрет|密码|密碼|口令|パスワード|暗証|秘密|비밀번호|암호|(backup|recovery|scratch|security)codes?|(private|api|auth|session|secret|signing|encryption|license|access)key|securitystamp|securityanswer|secretanswer/

/** Names of secrets, unless the value is a flag, a number or a date. */
const oftenSecret = /^(activation|actkey|loginkey|otep|rands|perishable)$/

/** A fast check; the words of a name are examined only if it matches. */
const maybeSecret =
  /pas|pw|ps[wk]|se[cg]r|tok|has|sal|otp|pin|cred|sekr|tajn|hem+[el]|gizl|wort|woord|ord|adgang|geheim|activ|actk|otep|rands|perish|contrase|clave|chave|parol|senha|heslo|geslo|sifre|jelszo|code|key|stamp|answer|mot|\bsk\b|tan|[^\0-\x7f]/i

/** Whether the name contains a word for a secret, and whether at its end: `api_token`, not `token_version`. */
function secrecyOf(name: string): 'none' | 'within' | 'end' {
  if (!maybeSecret.test(name)) return 'none'
  const words = name
    .normalize('NFKC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
  const joined = words.join('')
  const part = secretPart.exec(joined)
  if (secretWord.test(words.at(-1) ?? '') || secretWord.test(joined)) return 'end'
  if (oftenSecret.test(joined) || words.some((word) => oftenSecret.test(word))) return 'within'
  if (part !== null) return part.index + part[0].length === joined.length ? 'end' : 'within'
  return words.some((word) => secretWord.test(word)) ? 'within' : 'none'
}

/**
 * `password_enabled`, `has_password`, `token_version` and `password_changed_at` are kept if their value has the expected
 * type.
 */
export function isSecretMember(name: string, value: unknown): boolean {
  const secrecy = secrecyOf(name)
  if (secrecy === 'none' || typeof value === 'boolean') return false
  if (secrecy === 'end') return flagOf(value) === undefined || !/^(has|is|needs|must|uses)/i.test(name)
  const isCode = typeof value === 'string' && /^[\d.]{1,8}$/.test(value.trim())
  return (
    typeof value !== 'number' && flagOf(value) === undefined && (isCode || instantOf(value) === undefined)
  )
}

/**
 * The version and variant of RFC 9562. One of eight MD5 digests looks like a UUID too, so the name must say that it is an
 * id.
 */
const uuidWithoutDashes = /^[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15}$/i

const idWord = /^(id|ids|uuid|guid|uid|device|ref|reference|tenant|org|organization|account|customer|client)$/

function namesAnId(path: string): boolean {
  const words = path
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return idWord.test(words.at(-1) ?? '')
}

/** The value without secrets, at any depth. `onSecret` is called with the path of each and the reason. */
export function withoutSecrets(
  members: Members,
  looksLikeHash: HashShape,
  onSecret: (path: string, why: string) => void,
): Members {
  const clean = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return cleanText(value, path)
    if (Array.isArray(value)) return cleanList(value, path)
    return isJsonObject(value) ? cleanObject(value, `${path}.`) : value
  }
  const cleanText = (text: string, path: string): unknown => {
    if (looksLikeHash(text) && !(uuidWithoutDashes.test(text) && namesAnId(path))) {
      onSecret(path, 'looks like a password hash')
      return undefined
    }
    const opened = openJson(text)
    if (opened === text) {
      if (hashesWithin(text).length === 0) return text
      onSecret(path, 'holds a password hash')
      return undefined
    }
    const cleaned = clean(opened, path)
    return cleaned === opened ? text : JSON.stringify(cleaned)
  }
  const cleanList = (list: unknown[], path: string): unknown[] => {
    const cleaned = list.map((item) => clean(item, path))
    return cleaned.every((item, index) => item === list[index])
      ? list
      : cleaned.filter((item) => item !== undefined)
  }
  const cleanObject = (object: Members, prefix: string): Members => {
    let kept = object
    for (const name of Object.keys(object)) {
      const value = object[name]
      const path = `${prefix}${name}`
      const isSecret = isSecretMember(name, value)
      if (isSecret && value !== null && value !== '') onSecret(path, 'is a secret')
      const cleaned = isSecret ? undefined : clean(value, path)
      if (cleaned === value) continue
      if (kept === object) kept = { ...object }
      if (cleaned === undefined) delete kept[name]
      else kept[name] = cleaned
    }
    return kept
  }
  return cleanObject(members, '')
}
