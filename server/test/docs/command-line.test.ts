/** What the documentation says of the command line exists, also where it cannot be run. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { remoteOptions } from '../../src/commands/remote/remote.ts'
import type { Command } from '../../src/commands/usage.ts'

const root = new URL('../../..', import.meta.url).pathname
const sources = ['*.md', 'docs/**/*.md', 'deploy/**/*.{md,txt,yaml,sh,service}', '*.yaml']

/** They ask for the password on standard input, and say so. */
const needed: Record<string, string> = { 'admin create': '--password-stdin' }

it('shows commands with options that exist', async () => {
  const commands = await allCommands()
  const faults: string[] = []
  for (const file of globSync(sources, { cwd: root })) {
    for (const { name, rest } of mentions(readFileSync(join(root, file), 'utf8'), [...commands.keys()])) {
      const known = [
        '--help',
        '--json',
        ...Object.keys(commands.get(name)?.options ?? {}).map((o) => `--${o}`),
        ...(commands.get(name)?.remote ? Object.keys(remoteOptions).map((o) => `--${o}`) : []),
      ]
      const given = rest.match(/(?<= )--[a-z-]+/g) ?? []
      for (const option of given) {
        if (!known.includes(option)) faults.push(`${file}: roster ${name} ${option}`)
      }
      const missing = needed[name]
      if (missing && !given.some((option) => option === missing || option === '--help'))
        faults.push(`${file}: roster ${name} without ${missing}`)
    }
  }
  assert.deepEqual(faults, [])
})

async function allCommands(): Promise<Map<string, Command>> {
  const files = globSync('server/src/commands/**/*.ts', { cwd: root })
  const modules = await Promise.all(files.map((file) => import(join(root, file))))
  const commands = modules.flatMap((module) => Object.values(module) as Partial<Command>[])
  return new Map(commands.flatMap((each) => (each?.run && each.name ? [[each.name, each as Command]] : [])))
}

/** `roster users import FILE --mode upsert`, up to the end of the line or of the code. */
function mentions(text: string, names: readonly string[]): { name: string; rest: string }[] {
  const joined = text.replace(/\\\n\s*/g, ' ')
  return names.flatMap((name) =>
    [...joined.matchAll(new RegExp(`\\broster(?:\\.js)? ${name}\\b([^\\n\`|;&]*)`, 'g'))].map(
      ([, rest = '']) => ({
        name,
        rest,
      }),
    ),
  )
}
