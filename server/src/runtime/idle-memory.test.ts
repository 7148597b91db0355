import { it } from 'node:test'
import { until } from '../../test/harness/wait.ts'
import { collectWhenIdle } from './idle-memory.ts'

it('a process with nothing to do frees the memory that it does not use', async () => {
  const garbage = new WeakRef({})
  const { stop } = collectWhenIdle(100)
  await until(() => garbage.deref() === undefined, 'the collection')
  stop()
})
