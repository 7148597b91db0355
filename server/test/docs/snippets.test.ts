/**
 * Every shell block of the documentation is run, page by page, each on a separate service, and its output is compared.
 *
 * - `console`: commands after `$ `, each followed by its output; `…` matches any text. Without output it prints
 *   nothing.
 * - `console service`: the command that started the service of the page, and what it printed.
 * - `sh`: a script that ends with 0, whatever it prints.
 * - `ini service`: settings of the service of the page, and of its commands.
 * - `needs PROGRAM` after the language: runs where the program is installed.
 * - `norun: why` after the language: what cannot be run here, and only that (`elsewhere` in `blocks.ts`).
 *
 * A `…` in a command is what a reader would copy from the output of the service: a link's token.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { after, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import {
  type Block,
  foreignCommandsOf,
  neededBy,
  ownCommandsOf,
  patternOf,
  settingsOf,
  shellBlocksOf,
  stepsOf,
} from './blocks.ts'
import { openWorkplace, removeBundle, root, type Workplace } from './workplace.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: root }).sort()

// Two pages at a time: each has a service, a database and a shell of its own.
describe('documentation', { concurrency: 2 }, () => {
  after(removeBundle)
  for (const page of pages) {
    describe(page, () => {
      const blocks = shellBlocksOf(read(page))
      const runnable = blocks.filter(({ info }) => !info.startsWith('norun'))

      it(`${page} says for each block that is not run why`, () => {
        for (const block of blocks) {
          const place = `${page}:${block.line}`
          assert.match(
            block.info,
            /^$|^service$|^needs \S+$|^norun: .{5,}$/,
            `${place}: what is "${block.info}"?`,
          )
          if (block.info.startsWith('norun')) assert.deepEqual(ownCommandsOf(block), [], `${place} is hidden`)
          else if (block.info !== 'service')
            assert.deepEqual(foreignCommandsOf(block), [], `${place} cannot be run`)
        }
      })

      const isSafe = runnable.every(
        (block) => block.info === 'service' || foreignCommandsOf(block).length === 0,
      )
      if (runnable.length > 0 && isSafe) {
        it(`the commands of ${page} print the documented output`, { timeout: 300_000 }, async () => {
          const showsNpm = blocks.some(({ info }) => info === 'service')
          const workplace = await openWorkplace({
            withNpm: showsNpm || page === 'README.md',
            settings: settingsOf(read(page)),
          })
          try {
            for (const block of runnable.filter(isInstalled))
              await runBlock(workplace, block, `${page}:${block.line}`)
          } finally {
            await workplace.close()
          }
        })
      }

      it(`the links of ${page} lead to files and headings that exist`, () => {
        for (const [, target = '', , anchor] of read(page).matchAll(/\]\(([^)#\s]*)(#([^)]*))?\)/g)) {
          if (/^https?:/.test(target)) continue
          const file = target === '' ? page : join(dirname(page), target)
          assert.ok(existsSync(resolve(root, file)), `${page} links to ${target}`)
          if (anchor)
            assert.ok(anchorsOf(read(file)).includes(anchor), `${page} links to ${target}#${anchor}`)
        }
      })
    })
  }
})

describe('README.md', () => {
  it('has fewer than 700 words, commands and all', () => {
    assert.ok(read('README.md').split(/\s+/).filter(Boolean).length < 700)
  })

  it('shows the command that starts the service and the one that runs the tests, each as a line to copy', () => {
    const lines = shellBlocksOf(read('README.md')).flatMap(({ text }) => text.split('\n'))
    for (const command of ['npm ci && npm start', 'npm ci && npm test'])
      assert.ok(lines.includes(command), command)
  })

  it('leads to every page of docs/', () => {
    for (const page of pages.filter((name) => /^docs\/[^/]+$/.test(name)))
      assert.ok(read('README.md').includes(`](${page})`), page)
  })
})

async function runBlock(workplace: Workplace, block: Block, place: string): Promise<void> {
  if (block.info === 'service') {
    const [{ command, expected } = { command: '', expected: '' }, ...more] = stepsOf(block)
    assert.ok(command.endsWith('npm start') && more.length === 0, `${place}: the service starts by npm start`)
    const pattern = patternOf(workplace.adapted(expected))
    // It is ready before it has printed everything.
    await until(
      () => pattern.test(workplace.printed().trimEnd()),
      () => `${pattern} in ${workplace.printed()} (${place})`,
    )
    return
  }
  const isScript = block.language !== 'console'
  for (const { command, expected } of isScript ? [{ command: block.text, expected: '…' }] : stepsOf(block)) {
    const whole = await completed(workplace, workplace.adapted(command))
    const { text, code } = await workplace.run(whole)
    assert.equal(code, 0, `${place}: ${command}\n${text}`)
    assert.match(text.trimEnd(), patternOf(workplace.adapted(expected)), `${place}: ${command}\n${text}`)
  }
}

/** Each `…` is what followed the same beginning in the output of the service, the last time. */
async function completed({ printed }: Workplace, command: string): Promise<string> {
  let whole = command
  for (const [, beginning = ''] of command.matchAll(/([^\s'"]+)…/g)) {
    // The log is written once a second.
    await until(() => printed().includes(beginning), `${beginning}…`)
    const [rest] = /^[\w-]+/.exec(printed().slice(printed().lastIndexOf(beginning) + beginning.length)) ?? []
    whole = whole.replace(`${beginning}…`, `${beginning}${rest}`)
  }
  return whole
}

function isInstalled(block: Block): boolean {
  const program = neededBy(block)
  const folders = process.env['PATH']?.split(delimiter) ?? []
  return program === undefined || folders.some((folder) => existsSync(join(folder, program)))
}

function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
