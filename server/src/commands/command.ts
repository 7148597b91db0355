/** Functions that commands share. */

import { createRoster, type Roster } from '../app.ts'
import { ConfigError, readConfig } from '../config.ts'
import { databaseName, needDatabase, unmigrated } from '../database/presence.ts'
import { isAppError } from '../errors.ts'
import { createLog } from '../log/log.ts'
import { type Input, UsageError } from './usage.ts'

export { type Command, type Input, UsageError } from './usage.ts'

/** The message for a wrong secret key, with the remedy if the right one is lost. */
export const wrongKey =
  'is not the one of this database: its signing keys do not open. Give it the right one (ROSTER_SECRET_KEY, or the .key file in the folder of the SQLite file), or make new signing keys with `roster keys rotate --now`'

/** The service without its HTTP server, and the name of its database for messages. */
export type Place = Roster & { databaseName: string }

/**
 * Runs `work` on the service without listening, on a database that exists and is up to date, and closes it. Creates
 * neither a database nor a key. `anyKey` is for the command that replaces signing keys which cannot be decrypted.
 * @throws ConfigError when there is no database, or it cannot be used
 */
export async function withRoster<T>(
  work: (roster: Place) => Promise<T>,
  { anyKey }: { anyKey: boolean } = { anyKey: false },
): Promise<T> {
  const config = readConfig()
  needDatabase(config)
  const roster = createRoster(config, createLog('warn', { write: (line) => process.stderr.write(line) }))
  try {
    const name = databaseName(config)
    const lacking = await unmigrated(roster.database, name)
    if (lacking !== null) throw new ConfigError(lacking)
    if (!anyKey) await checkSecretKey(roster)
    await roster.prepare()
    return await work({ ...roster, databaseName: name })
  } finally {
    await roster.database.close()
  }
}

/** Checks the secret key: with another one every sign-in would fail. @throws ConfigError */
export async function checkSecretKey({ signingKeys }: Roster): Promise<void> {
  await signingKeys.current('EdDSA').catch((error: unknown) => {
    throw isAppError(error) ? error : new ConfigError(`The secret key ${wrongKey}`)
  })
}

/** Prints the result as text, or as JSON. */
export function print(input: Input, result: unknown, text: string): void {
  console.log(input.json ? JSON.stringify(result) : text)
}

export function textOption(input: Input, name: string): string | undefined {
  const value = input.values[name]
  return typeof value === 'string' ? value : undefined
}

/** All values of an option that may be repeated. */
export function textOptions(input: Input, name: string): string[] {
  const value = input.values[name]
  return Array.isArray(value) ? value : []
}

/** @throws Usage when the option is missing */
export function requiredOption(input: Input, name: string): string {
  const value = textOption(input, name)
  if (value === undefined) throw new UsageError(`--${name} is missing; see --help.`)
  return value
}

/** A positional argument that the command requires; the parser has refused a command line without it. */
export function argument(input: Pick<Input, 'positionals'>, at = 0): string {
  const value = input.positionals[at]
  if (value === undefined) throw new UsageError('An argument is missing; see --help.')
  return value
}

/** The first line of standard input, for passwords. */
export async function readLine(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8').split('\n')[0]!.replace(/\r$/, '')
}
