/** Runs commands in this process: a process for each of many commands would take most of the time of a test. */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { runCommand } from '../../src/main.ts'
import type { Engine } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

export type Ran = { code: number; out: string; err: string }

/** A database of its own, and what runs commands on it. */
export async function commandsOn(engine: Engine) {
  const settings = {
    DATABASE_URL: await sharedDatabase(engine),
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
  }
  const run = (args: string[], more: Record<string, string> = {}) => runWith({ ...settings, ...more }, args)
  return {
    settings,
    run,
    /** The result of a command that must succeed, from its JSON. */
    async json(...args: string[]) {
      const { code, out, err } = await run([...args, '--json'])
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}${out}`)
      return JSON.parse(out)
    },
  }
}

/** Runs a command with these environment variables and this standard input. */
export async function runWith(
  { input = '', ...settings }: Record<string, string>,
  args: string[],
): Promise<Ran> {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const)
  const { log, error } = console
  const { stdin } = process
  const written = { out: '', err: '' }
  Object.assign(process.env, settings)
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true })
  const keep = (name: keyof typeof written) => (text: string) => {
    written[name] += `${text}\n`
  }
  console.log = keep('out')
  console.error = keep('err')
  try {
    return { code: await runCommand(args), ...written }
  } finally {
    Object.assign(console, { log, error })
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true })
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
