/** What a hash of ours costs: argon2id with 19 MiB, two passes, one lane, as the OWASP Password Storage Cheat Sheet recommends. */
const [memoryKiB, passes, lanes] = [19_456, 2, 1]

/** For the package, whose algorithm 2 is argon2id. */
export const parameters = { algorithm: 2, memoryCost: memoryKiB, timeCost: passes, parallelism: lanes }

/** How hashes with these parameters begin. Others are replaced at the next sign-in. */
export const currentPrefix = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$`
