// What `npm start` runs: the service, with settings of the C library, which reads them only when a program starts. Without
// them glibc keeps memory that was freed. `execve` replaces this program by the next one in the same process.
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('roster.js', import.meta.url))
process.env.MALLOC_ARENA_MAX ??= '2'
process.env.MALLOC_MMAP_THRESHOLD_ ??= '1048576'
if (process.platform === 'linux' && process.execve)
  process.execve(process.execPath, [process.execPath, ...process.execArgv, program, 'serve'])
process.argv.splice(1, Infinity, program, 'serve')
await import('./roster.js')
