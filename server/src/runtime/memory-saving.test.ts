import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

it('V8 knows the flag that saves memory', () => {
  const module = new URL('memory-saving.ts', import.meta.url).href
  const script = `const { saveMemory } = await import('${module}'); saveMemory(0)(); setTimeout(() => {}, 10)`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  // V8 only reports an unknown flag there.
  assert.deepEqual([status, stderr], [0, ''])
})
