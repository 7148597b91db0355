/**
 * The cost of our hashes: argon2id with 19 MiB, two passes, one lane, as recommended by the OWASP Password Storage Cheat
 * Sheet.
 */
const [memoryKiB, passes, lanes] = [19_456, 2, 1]

/** Options for the package; its algorithm 2 is argon2id. */
export const parameters = { algorithm: 2, memoryCost: memoryKiB, timeCost: passes, parallelism: lanes }

/** The beginning of hashes with these parameters. Other hashes are replaced at the next sign-in. */
export const currentPrefix = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$`
