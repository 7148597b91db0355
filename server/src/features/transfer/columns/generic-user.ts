/** A user from members that have the names of our fields, with values as spreadsheets and databases write them. */
import { nowMs } from '../../../clock.ts'
import { fromBase32 } from '../../../encoding/base32.ts'
import { isJsonObject } from '../../../encoding/json-object.ts'
import {
  addNote,
  type Fields,
  fault,
  ignore,
  put,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../formats/fields.ts'
import { flagOf } from '../formats/flags.ts'
import { instantOf } from '../formats/instants.ts'
import { openJson } from '../formats/json-value.ts'
import { looksLocked } from '../formats/password-shape.ts'
import type { Members } from '../formats/source-record.ts'
import type { ImportedUser } from '../imported-user.ts'
import { fieldMeantBy } from './column-names.ts'

const words = {
  active: [
    ...[
      'active',
      'enabled',
      'activated',
      'confirmed',
      'verified',
      'ok',
      'approved',
      'registered',
      'normal',
      'valid',
      'live',
      'a',
      'aktiv',
      'aktiviert',
      'freigeschaltet',
    ],
    ...[
      'actif',
      'active_e',
      'activo',
      'habilitado',
      'ativo',
      'attivo',
      'abilitato',
      'aktywny',
      '有効',
      '利用中',
    ],
  ],
  disabled: [
    ...[
      'pending',
      'invited',
      'unconfirmed',
      'unverified',
      'deleted',
      'removed',
      'expired',
      'staged',
      'closed',
      'rejected',
      'unapproved',
      'cancelled',
      'canceled',
      'spam',
      'i',
    ],
    ...['provisioned', 'deprovisioned', 'on hold', 'terminated', 'trashed', 'not activated', 'draft'],
    ...['disabled', 'inactive', 'blocked', 'banned', 'suspended', 'locked', 'deactivated', 'archived'],
    ...['inaktiv', 'gesperrt', 'deaktiviert', 'inactif', 'bloqué', 'suspendu', 'désactivé', 'inactivo'],
    ...[
      'bloqueado',
      'suspendido',
      'deshabilitado',
      'inativo',
      'desativado',
      'suspenso',
      'inattivo',
      'bloccato',
    ],
    ...['sospeso', 'disattivato', 'nieaktywny', 'zablokowany', 'zawieszony', '無効', '停止', '停止中'],
  ],
}

/** 1 says active and 0 disabled. What another number means is not known, so that it opens no account. */
function statusOfWord(fields: Fields, text: string): 'active' | 'disabled' | undefined {
  const word = text.normalize('NFC').toLowerCase()
  const flag = wordsOfStatus(word) ?? (word.startsWith('-') ? undefined : flagOf(word))
  if (flag !== undefined) return flag ? 'active' : 'disabled'
  if (!/^-?\d{1,9}$/.test(word)) return fault(fields, ['status'], 'is neither active nor disabled')
  addNote(fields, `the status ${word} is not known here, so the account is disabled`)
  return 'disabled'
}

function statusOf(fields: Fields): 'active' | 'disabled' | undefined {
  const text = takeWord(fields, 'status')
  const status = text === undefined ? statusOfState(fields) : statusOfWord(fields, text)
  const activity = columnsThatMean(fields, 'enabled')
    .map((name) => takeActive(fields, name))
    .filter((flag) => flag !== undefined)
  const enabled = activity.length === 0 ? undefined : !activity.includes(false)
  // A table may have several such columns: `suspended` and `deleted`.
  const flags = columnsThatMean(fields, 'disabled')
    .map((name) => takeDated(fields, undefined, name))
    .filter((flag) => flag !== undefined)
  const disabled = isLockedStill(fields) || (flags.length === 0 ? undefined : flags.includes(true))
  if (status === 'disabled' || enabled === false || disabled === true) return 'disabled'
  return status ?? (enabled === undefined && disabled === undefined ? undefined : 'active')
}

/** `state` may be that of an address; with one of these words it is that of the account. */
function statusOfState({ members }: Fields): 'active' | 'disabled' | undefined {
  const name = Object.keys(members).find((each) => /^state$/i.test(each))
  const isActive = name === undefined ? undefined : wordsOfStatus(String(members[name]))
  return isActive === undefined ? undefined : isActive ? 'active' : 'disabled'
}

function columnsThatMean(fields: Fields, field: 'enabled' | 'disabled'): string[] {
  return Object.keys(fields.members).filter((name) => name === field || fieldMeantBy(name) === field)
}

/** Yes and no, or the words of a status: a column `active` may say `inactive`. */
function takeActive(fields: Fields, name: string): boolean | undefined {
  const word = String(fields.members[name] ?? '').trim()
  const isActive = wordsOfStatus(word)
  if (isActive === undefined) return takeDated(fields, undefined, name)
  ignore(fields, name)
  return isActive
}

const untilWhen = /^(banned|suspended|locked|blocked)_?(until|till)$|^lockout_?end$/i

/** Whether the account is locked until an instant that is still to come, or for ever. */
function isLockedStill(fields: Fields): true | undefined {
  const name = Object.keys(fields.members).find((each) => untilWhen.test(each))
  const value = name === undefined ? undefined : fields.members[name]
  const until = value === 'infinity' ? Number.POSITIVE_INFINITY : Date.parse(instantOf(value) ?? '')
  return until > nowMs() ? true : undefined
}

/** `USER_STATE_ACTIVE` and `NOT_ACTIVATED` mean the same as in words. */
function wordsOfStatus(text: string): boolean | undefined {
  const word = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/^(user_)?(state|status)_/, '')
    .replace(/_(verification|approval|activation)$/, '')
    .replaceAll('_', ' ')
  if (words.active.includes(word)) return true
  return words.disabled.includes(word) ? false : undefined
}

/** `metadata`, then `metadata.x` and the members that are no fields. */
function metadataOf(fields: Fields): Members {
  const metadata: Members = { ...takeObject(fields, 'metadata') }
  for (const [name, value] of Object.entries(takeRest(fields, (own) => own))) {
    if (name.startsWith('metadata.')) putPath(metadata, name.split('.').slice(1), value)
    else put(metadata, name, value)
  }
  return metadata
}

function putPath(metadata: Members, [name = '', ...path]: string[], value: unknown): void {
  const inner = Object.hasOwn(metadata, name) ? metadata[name] : {}
  if (path.length === 0) put(metadata, name, value)
  else if (!isJsonObject(inner)) put(metadata, [name, ...path].join('.'), value)
  else {
    putPath(inner, path, value)
    metadata[name] = inner
  }
}

const algorithmName = /^(bcrypt|argon2\w*|scrypt\w*|pbkdf2[\w-]*|md5|sha-?\d*|phpass|plain(text)?)$/i

/**
 * A mark of a lock in the column of the hash says the same as in that of the password. A column `hash` may only name the
 * algorithm of the other column.
 */
function secretsOf(fields: Fields) {
  const password = takeText(fields, 'password')
  const text = takeWord(fields, 'password_hash')
  const password_hash = text !== undefined && algorithmName.test(text) ? undefined : text
  const isLocked = password_hash !== undefined && looksLocked(password_hash, fields.looksLikeHash)
  return isLocked ? { password: password_hash } : { password, password_hash }
}

/** The secret of an authenticator app. Other texts, such as encrypted ones, stay behind. */
function totpSecretOf(fields: Fields): string | undefined {
  const { totp_secret: text } = fields.members
  if (typeof text !== 'string' || (fromBase32(text)?.length ?? 0) < fewestBytes) return undefined
  return takeWord(fields, 'totp_secret')
}
const fewestBytes = 10

const verdicts = new Map<string, boolean>([
  ...['verified', 'confirmed', 'validated'].map((word): [string, boolean] => [word, true]),
  ...['unverified', 'unconfirmed', 'not verified', 'not confirmed', 'pending'].map(
    (word): [string, boolean] => [word, false],
  ),
])

/** A word or the date of the confirmation says yes. */
export function takeVerified(fields: Fields, ...names: string[]): boolean | undefined {
  return takeDated(fields, verdicts, ...names)
}

/** A flag for which a date may stand: that on which it came to be so. */
function takeDated(
  fields: Fields,
  verdicts: ReadonlyMap<string, boolean> | undefined,
  ...names: string[]
): boolean | undefined {
  const name = names.find((each) => fields.members[each] !== undefined)
  const verdict =
    name === undefined ? undefined : verdicts?.get(String(fields.members[name]).trim().toLowerCase())
  if (verdict !== undefined) {
    ignore(fields, name!)
    return verdict
  }
  const isDate = name !== undefined && instantOf(fields.members[name], fields.dayOrder) !== undefined
  if (isDate && flagOf(fields.members[name]) === undefined) {
    ignore(fields, name)
    return true
  }
  return takeFlag(fields, ...names)
}

/** The names in a text with separators, in a JSON list, in an array of PostgreSQL (`{a,b}`), or in one that PHP serialized. */
function rolesIn(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  const opened = openJson(text)
  if (Array.isArray(opened)) return opened.filter((role) => typeof role === 'string')
  const serialized = /^a:\d+:\{/.test(text) ? [...text.matchAll(/s:\d+:"([^"]*)"/g)] : []
  if (serialized.length > 0) return serialized.map(([, role = '']) => role)
  return text
    .replace(/^\{(.*)\}$/, '$1')
    .split(/[;|,\s]+/)
    .filter(Boolean)
}

export function genericUser(fields: Fields): ImportedUser {
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const id = takeWord(fields, 'id')
  const externalId = takeWord(fields, 'external_id')
  const isOurs = id !== undefined && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)
  const roles = rolesIn(takeText(fields, 'roles'))
  const parts = {
    id: isOurs ? id.toLowerCase() : undefined,
    email,
    email_verified: takeVerified(fields, 'email_verified'),
    first_name: takeWord(fields, 'first_name'),
    last_name: takeWord(fields, 'last_name'),
    status: statusOf(fields),
    roles: roles && [...new Set(roles)],
    external_id: externalId ?? (isOurs ? undefined : id),
    created_at: takeInstant(fields, 'created_at'),
    updated_at: takeInstant(fields, 'updated_at'),
    last_login_at: takeInstant(fields, 'last_login_at'),
    profile: isJsonObject(openJson(fields.members['profile'])) ? takeObject(fields, 'profile') : undefined,
    ...secretsOf(fields),
    totp_secret: totpSecretOf(fields),
  }
  const metadata = metadataOf(fields)
  if (externalId !== undefined && !isOurs) put(metadata, 'id', id)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}
