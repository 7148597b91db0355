import { ConfigError } from '../config.ts'

/**
 * The error for the folder of the SQLite file, which the service must be able to write; `why` is the message of the
 * system or of SQLite.
 */
export function unwritableFolder(folder: string, why: string | undefined): ConfigError {
  return new ConfigError(
    `The folder ${folder} must be writable by this user for the database and its secret key (${why}); change its owner or set DATABASE_URL`,
  )
}
