/** English texts that are right in other languages as they are. */
import type { Language } from '../../src/html/language.ts'

/** Names, and terms that are not translated. */
export const sameEverywhere: ReadonlySet<string> = new Set([
  'Roster',
  'SCIM',
  'Webhook',
  'Webhooks',
  'Hooks',
  'Code',
  'oauth2-proxy',
  'Apache (mod_auth_openidc)',
  '{size} kB',
])

/** Words that the language shares with English. */
export const sameIn: Partial<Record<Language, ReadonlySet<string>>> = {
  de: new Set([
    ...['Administrator', 'Export', 'Filter', 'Format', 'Import', 'Live', 'Name', 'Passkeys', 'Status'],
    'Version',
  ]),
  fr: new Set([
    ...['Actions', 'Administration', 'Application', 'Applications', 'Description', 'Format', 'Pause'],
    ...['Secrets', 'Session', 'Sessions', 'Version'],
  ]),
  pt: new Set(['Status', 'Tokens']),
  es: new Set(['No', 'Roles', 'roles', 'Tokens']),
  it: new Set(['Database', 'File', 'No', 'Password', 'Provider', 'file']),
  pl: new Set(['Administrator', 'Format', 'Import', 'Program']),
}
