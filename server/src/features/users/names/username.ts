/**
 * Usernames: 1–64 code points of letters, digits, `.`, `_` and `-`, of any script. They are compared in canonical form
 * (`usernameKey`) and shown as typed, so both forms must fit the grammar. Users who sign up may not mix scripts, use
 * rare ones, nor take a reserved name or a name that looks like a reserved one (`looks.ts`). Administrators may.
 */
import { hasRareScript, latinLook, mixesScripts } from './looks.ts'
import { faultOfText, foldCase } from './text.ts'

export type UsernameCheck = { ok: true; key: string } | { ok: false; code: string; detail: string }

/**
 * The chooser of the username: the user at sign-up, or an administrator (this includes imports and the command line).
 */
export type UsernameChooser = 'signup' | 'admin'

export const maxUsernameLength = 64
// The classes of letters and marks include invisible characters (Hangul fillers, variation selectors); these are
// excluded.
const grammar = /^(?!\p{M})[[\p{L}\p{M}\p{N}._\-]--\p{Default_Ignorable_Code_Point}]+$/v
const idLike = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/

const reservedForAll: ReadonlySet<string> = new Set(['me', 'import', 'export', '.', '..'])
const reservedAtSignUp: ReadonlySet<string> = new Set(
  'admin administrator root system sysadmin superuser superadmin webmaster postmaster hostmaster security support official moderator roster null undefined anonymous'
    .split(' ')
    .map(reservedLook),
)

/** The form in which usernames are compared and must be unique. Any text is accepted. */
export function usernameKey(value: string): string {
  return foldCase(value)
}

/**
 * Whether this is a valid username. The codes are those of `faultOfText`, and `invalid_character`, `username_reserved`,
 * `username_like_id`, `mixed_scripts`.
 */
export function checkUsername(value: string, by: UsernameChooser): UsernameCheck {
  const fault = faultOfText(value, { min: 1, max: maxUsernameLength })
  if (fault) return { ok: false, ...fault }
  const key = usernameKey(value)
  if (!grammar.test(value) || !grammar.test(key)) {
    return refused('invalid_character', 'A username has only letters, digits, dots, underscores and hyphens.')
  }
  if (reservedForAll.has(key) || (by === 'signup' && reservedAtSignUp.has(reservedLook(key)))) {
    return refused('username_reserved', 'This username is reserved.')
  }
  if (by === 'signup' && hasRareScript(key))
    return refused('invalid_character', 'A username has letters of scripts that are in everyday use.')
  if (by === 'signup' && mixesScripts(value))
    return refused('mixed_scripts', 'A username may not mix letters of different scripts.')
  if (idLike.test(key)) return refused('username_like_id', 'A username may not look like the id of a user.')
  return { ok: true, key }
}

/** Reserved names are compared with `i` as `l` and `rn` as `m`, so that `adm1n` and `adrnin` are reserved too. */
function reservedLook(key: string): string {
  return latinLook(key).replaceAll('i', 'l').replaceAll('rn', 'm')
}

function refused(code: string, detail: string): UsernameCheck {
  return { ok: false, code, detail }
}
