import { ConfigError } from '../config.ts'

/** For the folder of the SQLite file, which the service has to write; `why` is what the system or SQLite said. */
export function unwritableFolder(folder: string, why: string | undefined): ConfigError {
  return new ConfigError(
    `The folder ${folder} must be writable by this user for the database and its secret key (${why}); change its owner or set DATABASE_URL`,
  )
}
