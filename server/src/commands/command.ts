/** What commands share. */

import { createRoster, type Roster } from '../app.ts'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { type Input, UsageError } from './usage.ts'

export { type Command, type Input, UsageError } from './usage.ts'

/** Runs `work` on the service without listening, on a migrated database, and closes it. */
export async function withRoster<T>(work: (roster: Roster) => Promise<T>): Promise<T> {
  const roster = createRoster(readConfig(), createLog('warn'))
  try {
    await roster.prepare()
    return await work(roster)
  } finally {
    await roster.database.close()
  }
}

/** The result for people, or as JSON for programs. */
export function print(input: Input, result: unknown, text: string): void {
  console.log(input.json ? JSON.stringify(result) : text)
}

export function textOption(input: Input, name: string): string | undefined {
  const value = input.values[name]
  return typeof value === 'string' ? value : undefined
}

/** All values of an option that may be given several times. */
export function textOptions(input: Input, name: string): string[] {
  const value = input.values[name]
  return Array.isArray(value) ? value : []
}

/** @throws Usage when the option is missing */
export function requiredOption(input: Input, name: string): string {
  const value = textOption(input, name)
  if (value === undefined) throw new UsageError(`--${name} is missing; see --help.`)
  return value
}

/** The first line of standard input, for passwords. */
export async function readLine(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8').split('\n')[0]!.replace(/\r$/, '')
}
