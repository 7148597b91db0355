/** The yardstick for sign-ins: argon2id with our parameters and nothing else, as many at once as the service allows. */
import { availableParallelism } from 'node:os'
import { verify } from '@node-rs/argon2'

const stored = process.env['HASH'] ?? ''
const password = process.env['PASSWORD'] ?? ''
const seconds = Number(process.env['SECONDS'] ?? 10)
const atOnce = Math.max(
  1,
  Math.min(availableParallelism(), Number(process.env['UV_THREADPOOL_SIZE'] ?? 4) - 2),
)

let done = 0
const before = process.cpuUsage()
const endsAt = performance.now() + seconds * 1000
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (performance.now() < endsAt) {
      await verify(stored, password)
      done += 1
    }
  }),
)
const { user, system } = process.cpuUsage(before)
// Hashes a second, and the milliseconds of a core that each took.
console.log(done / seconds, (user + system) / 1000 / done)
