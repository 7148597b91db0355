import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { collectWhenIdle } from './idle-memory.ts'

it('a process with nothing to do gives up what it does not use any more', { timeout: 60_000 }, async ({
  signal,
}) => {
  const garbage = new WeakRef({})
  const { stop } = collectWhenIdle(100)
  while (garbage.deref()) await sleep(200, undefined, { signal })
  stop()
})
