/** Whether an account is active, from the columns of different systems. */
import { nowMs } from '../../../clock.ts'
import { addNote, type Fields, fault, ignore, takeWord } from '../formats/fields.ts'
import { flagOf } from '../formats/flags.ts'
import { instantOf } from '../formats/instants.ts'
import { fieldMeantBy } from './column-names.ts'
import { takeDated } from './dated-flags.ts'

const active = wordsIn(`
  active, enabled, activated, confirmed, verified, ok, approved, registered, normal, valid, live,
  a, aktiv, aktiviert, freigeschaltet, actif, active_e, activo, habilitado, ativo, attivo,
  abilitato, aktywny, 有効, 利用中, activa, habilitada, ativa, attiva, aktywna, aktywne, actief, aktivní,
  активен, активна, активный, активний, 启用, 正常, 활성`)

/**
 * Words that disable an account also as a part of longer ones, such as `ldap_blocked` and `blocked_pending_approval` of
 * GitLab.
 */
const closing = wordsIn(
  'blocked, banned, suspended, disabled, deactivated, deleted, locked, inactive, expired',
)

/** Words that disable an account only if they are the complete value. */
const disabled = wordsIn(`
  pending, invited, unconfirmed, unverified, removed, staged, closed, rejected, unapproved,
  cancelled, canceled, spam, i, provisioned, deprovisioned, on hold, terminated, trashed,
  not activated, draft, archived, inaktiv, gesperrt, deaktiviert, inactif, bloqué, suspendu,
  désactivé, inactivo, bloqueado, suspendido, deshabilitado, inativo, desativado, suspenso,
  inattivo, bloccato, sospeso, disattivato, nieaktywny, zablokowany, zawieszony, 無効, 停止, 停止中,
  frozen, blacklisted, gelöscht, ausgetreten, supprimé, bloquée, suspendue, désactivée, eliminado, eliminada,
  bloqueada, suspendida, deshabilitada, desactivado, desactivada, inactiva, excluído, excluída, desativada,
  inativa, suspensa, eliminato, bloccata, sospesa, disattivata, usunięty, zablokowana, zablokowane, nieaktywna,
  nieaktywne, geblokkeerd, inactief, заблокирован, заблокирована, неактивен, неактивна, удален, удалён, удалена,
  отключен, заблокований, 禁用, 停用, 已禁用, 冻结, 退会, 차단, 비활성, 정지`)
const negations = new Set(['not', 'no', 'never', 'non'])

/** Values of chat systems, which only say whether the user is connected. */
const presence = wordsIn('online, offline, away, busy, dnd, do not disturb, idle, invisible')

/** 1 means active and 0 disabled. Other numbers are unknown, so the account is disabled. */
function statusOfWord(fields: Fields, text: string): 'active' | 'disabled' | undefined {
  const word = text.normalize('NFC').toLowerCase()
  const flag = wordsOfStatus(word) ?? (word.startsWith('-') ? undefined : flagOf(word))
  if (flag !== undefined) return flag ? 'active' : 'disabled'
  if (presence.has(word)) return undefined
  if (word === activeInYii && Object.hasOwn(fields.members, 'auth_key')) return 'active'
  if (!/^-?\d{1,9}$/.test(word)) return fault(fields, ['status'], 'is neither active nor disabled')
  noteUnknown(fields, word)
  return 'disabled'
}

/** Tables of Yii have a column `auth_key`; 9 means inactive, and 0 deleted. */
const activeInYii = '10'

function noteUnknown(fields: Fields, number: string): void {
  addNote(fields, `the status ${number} is not known here, so the account is disabled`)
}

/** Combines all columns: one that disables the account is enough. */
export function statusOf(fields: Fields): 'active' | 'disabled' | undefined {
  const text = takeWord(fields, 'status', ...columnsThatMean(fields, 'status'))
  const status = text === undefined ? statusOfState(fields) : statusOfWord(fields, text)
  const activity = columnsThatMean(fields, 'enabled')
    .map((name) => takeActive(fields, name))
    .filter((flag) => flag !== undefined)
  const enabled = activity.length === 0 ? undefined : !activity.includes(false)
  // A table may have several such columns: `suspended` and `deleted`.
  const flags = columnsThatMean(fields, 'disabled')
    .map((name) => takeDisabled(fields, name))
    .filter((flag) => flag !== undefined)
  const disabled =
    isLockedStill(fields) ||
    isOffInActiveDirectory(fields) ||
    (flags.length === 0 ? undefined : flags.includes(true))
  if (status === 'disabled' || enabled === false || disabled === true) return 'disabled'
  return status ?? (enabled === undefined && disabled === undefined ? undefined : 'active')
}

/** A postal address may have such a column too. The column is about the account only if its value is a known status. */
const stateName = /^(state|estado|stato|[eé]tat|stan|stav|zustand|tila|állapot|состояние|стан)$/iu

function statusOfState({ members }: Fields): 'active' | 'disabled' | undefined {
  const name = Object.keys(members).find((each) => stateName.test(each.normalize('NFC').trim()))
  const isActive = name === undefined ? undefined : wordsOfStatus(String(members[name]))
  return isActive === undefined ? undefined : isActive ? 'active' : 'disabled'
}

function columnsThatMean(fields: Fields, field: 'enabled' | 'disabled' | 'status'): string[] {
  return Object.keys(fields.members).filter((name) => name === field || fieldMeantBy(name) === field)
}

/** A boolean or a status word: a column `active` may contain `inactive`. */
function takeActive(fields: Fields, name: string): boolean | undefined {
  const word = String(fields.members[name] ?? '').trim()
  const isActive = wordsOfStatus(word)
  if (isActive === undefined && isOtherNumber(word)) {
    noteUnknown(fields, word)
    ignore(fields, name)
    return false
  }
  if (isActive === undefined) return takeDated(fields, undefined, name)
  ignore(fields, name)
  return isActive
}

/** A number above 1 in such a column is the kind or the time of the lock. */
function takeDisabled(fields: Fields, name: string): boolean | undefined {
  if (!isOtherNumber(String(fields.members[name] ?? ''))) return takeDated(fields, undefined, name)
  ignore(fields, name)
  return true
}

const isOtherNumber = (word: string): boolean => /^\d{1,6}$/.test(word) && flagOf(word) === undefined

/** The flag of a disabled account in `userAccountControl` of Active Directory. */
const disabledFlag = 2

export function isOffInActiveDirectory({ members }: Pick<Fields, 'members'>): true | undefined {
  const name = Object.keys(members).find((each) => /^user_?account_?control$/i.test(each))
  return name !== undefined && (Number(members[name]) & disabledFlag) !== 0 ? true : undefined
}

const untilWhen = /^(banned|suspended|locked|blocked)_?(until|till)$|^lockout_?end$|^ban_?expires$/i

/** Whether the account is locked until a future time, or permanently. */
function isLockedStill(fields: Fields): true | undefined {
  const name = Object.keys(fields.members).find((each) => untilWhen.test(each))
  const value = name === undefined ? undefined : fields.members[name]
  const until = value === 'infinity' ? Number.POSITIVE_INFINITY : Date.parse(instantOf(value) ?? '')
  return until > nowMs() ? true : undefined
}

/** `USER_STATE_ACTIVE` and `NOT_ACTIVATED` as words. */
function wordsOfStatus(text: string): boolean | undefined {
  const word = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/^(user_)?(state|status)_/, '')
    .replace(/_(verification|approval|activation)$/, '')
    .replaceAll('_', ' ')
  if (active.has(word)) return true
  const parts = word.split(/[^\p{L}]+/u)
  const closes = parts.some((part) => closing.has(part)) && !parts.some((part) => negations.has(part))
  return disabled.has(word) || closes ? false : undefined
}

function wordsIn(text: string): ReadonlySet<string> {
  return new Set(text.split(',').map((word) => word.trim()))
}
