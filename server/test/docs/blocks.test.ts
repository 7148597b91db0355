import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foreignCommandsOf, ownCommandsOf, patternOf, shellBlocksOf, stepsOf } from './blocks.ts'

const fence = '```'
const blockOf = (info: string, ...lines: string[]) =>
  shellBlocksOf([fence + info, ...lines, fence].join('\n'))[0]!

describe('blocks of the documentation', () => {
  it('sees every shell block, also one that does not say so', () => {
    const page = `${fence}json\n{}\n${fence}\n\n  ${fence}bash\n  ls\n  ${fence}\n${fence}\n$ ls\n${fence}\n`
    assert.deepEqual(
      shellBlocksOf(page).map(({ line }) => line),
      [5, 8],
    )
  })

  it('splits commands and what they show', () => {
    const block = blockOf('console', '$ echo one', 'one', '$ cat <<X', '> two', '> X', 'two', '$ true')
    assert.deepEqual(stepsOf(block), [
      { command: 'echo one', expected: 'one\n' },
      { command: 'cat <<X\ntwo\nX', expected: 'two\n' },
      { command: 'true', expected: '' },
    ])
  })

  it('finds the command that a block which is not run hides', () => {
    const block = blockOf(
      'sh norun: needs Docker',
      'docker build . \\',
      '  --quiet && npx roster doctor | cat',
    )
    assert.deepEqual(ownCommandsOf(block), ['npx roster doctor', 'cat'])
  })

  it('finds what must not be run', () => {
    for (const command of [
      'npm ci',
      'ROSTER_PORT=1 npm start',
      'docker ps',
      'curl -s https://example.com/users',
      'echo x > /etc/x',
    ])
      assert.deepEqual(foreignCommandsOf(blockOf('sh', `true && ${command}`)), [command])
    assert.deepEqual(foreignCommandsOf(blockOf('sh', 'curl -s http://localhost:8000/users # npm ci')), [])
  })

  it('compares the whole output but for the placeholders', () => {
    assert.match('{"id":"1","a":true}', patternOf('{"id":"…","a":true}\n'))
    assert.doesNotMatch('{"id":"1","a":false}', patternOf('{"id":"…","a":true}'))
    assert.doesNotMatch('something', patternOf(''))
  })
})
