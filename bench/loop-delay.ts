/** Loaded into the service before anything else: on SIGUSR2 it writes how late its event loop was since the last time. */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

export type LoopDelay = { maxMs: number; p99Ms: number }

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  process.on('SIGUSR2', () => {
    // A turn that runs counts only when it has ended.
    setImmediate(() => {
      const found: LoopDelay = { maxMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 }
      writeFileSync(process.env['LOOP_DELAY_FILE']!, JSON.stringify(found))
      delay.reset()
    })
  })
}
