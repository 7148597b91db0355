/** All commands. Each is loaded when it runs, so that a health check does not load the whole service. */
import type { Command } from './usage.ts'

const users = () => import('./users/users.ts')
const state = () => import('./users/state.ts')
const password = () => import('./users/password.ts')
const roles = () => import('./access/roles.ts')
const apiKeys = () => import('./access/api-keys.ts')
const audit = () => import('./audit/audit.ts')
const jobs = () => import('./jobs.ts')

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  migrate: async () => (await import('./database/migrate.ts')).migrateCommand,
  'admin create': async () => (await import('./admin.ts')).adminCreate,
  'users create': async () => (await users()).usersCreate,
  'users list': async () => (await users()).usersList,
  'users show': async () => (await import('./users/show.ts')).usersShow,
  'users disable': async () => (await state()).usersDisable,
  'users enable': async () => (await state()).usersEnable,
  'users delete': async () => (await state()).usersDelete,
  'users restore': async () => (await state()).usersRestore,
  'users password': async () => (await password()).usersPassword,
  'users unlock': async () => (await password()).usersUnlock,
  'users sessions': async () => (await import('./users/sessions.ts')).usersSessions,
  'users import': async () => (await import('./users/import.ts')).usersImport,
  'users export': async () => (await users()).usersExport,
  'roles list': async () => (await roles()).rolesList,
  'roles show': async () => (await roles()).rolesShow,
  'roles create': async () => (await roles()).rolesCreate,
  'roles update': async () => (await roles()).rolesUpdate,
  'roles delete': async () => (await roles()).rolesDelete,
  'roles grant': async () => (await roles()).rolesGrant,
  'roles revoke': async () => (await roles()).rolesRevoke,
  'api-keys list': async () => (await apiKeys()).apiKeysList,
  'api-keys create': async () => (await apiKeys()).apiKeysCreate,
  'api-keys revoke': async () => (await apiKeys()).apiKeysRevoke,
  'audit list': async () => (await audit()).auditList,
  'audit export': async () => (await audit()).auditExport,
  'audit tail': async () => (await audit()).auditTail,
  'audit verify': async () => (await import('./audit/verify.ts')).auditVerify,
  'audit public-key': async () => (await import('./audit/verify.ts')).auditPublicKey,
  'jobs list': async () => (await jobs()).jobsList,
  'jobs show': async () => (await jobs()).jobsShow,
  'jobs cancel': async () => (await jobs()).jobsCancel,
  'jobs undo': async () => (await jobs()).jobsUndo,
  'passwords import-hibp': async () => (await import('./passwords/import-hibp.ts')).passwordsImportHibp,
  'keys list': async () => (await import('./keys.ts')).keysList,
  'keys rotate': async () => (await import('./keys.ts')).keysRotate,
  'mail test': async () => (await import('./mail.ts')).mailTest,
  config: async () => (await import('./config.ts')).configCommand,
  backup: async () => (await import('./database/backup.ts')).backup,
  restore: async () => (await import('./database/restore.ts')).restore,
  doctor: async () => (await import('./doctor/doctor.ts')).doctor,
  health: async () => (await import('./health.ts')).health,
  openapi: async () => (await import('./openapi.ts')).openapi,
  completion: async () => (await import('./completion.ts')).completion,
}

export const commandNames = Object.keys(commands)

/** The command at the beginning of these words. */
export async function findCommand(words: readonly string[]): Promise<Command | undefined> {
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((each) => Object.hasOwn(commands, each))
  return name === undefined ? undefined : commands[name]!()
}

/** All of them, or those of a group. */
export function commandList(group?: string): Promise<Command[]> {
  const names = commandNames.filter((name) => group === undefined || name.startsWith(`${group} `))
  return Promise.all(names.map((name) => commands[name]!()))
}
