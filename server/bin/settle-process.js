/** What Roster sets in its own process before any of its code runs. */
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

export function settleProcess() {
  // What a start makes lives on. V8 would answer by making the space for new objects larger, which costs 15 MB for good.
  if (process.argv[2] === 'serve') {
    // Collects when the heap has grown by 20% since the last time instead of up to 300%: less memory for a little more work.
    setFlagsFromString('--heap-growing-percent=20')
    setFlagsFromString('--semi-space-growth-factor=1')
    setTimeout(() => setFlagsFromString('--semi-space-growth-factor=2'), 5000).unref()
  }
  // npm passes a signal to the shell that it starts, which ends without passing it on: notice that the shell is gone.
  if (process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32') {
    const shell = process.ppid
    setInterval(() => process.ppid !== shell && process.kill(process.pid, 'SIGTERM'), 250).unref()
  }
  // Read by libuv when its first thread starts: room for password hashes beside files and DNS.
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(8, availableParallelism() + 4))
}
