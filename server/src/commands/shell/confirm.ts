/** Asks for confirmation before data is deleted. */
import { createInterface } from 'node:readline/promises'
import type { Input, Option } from '../usage.ts'

/** The option of every command that asks. */
export const yes: Record<'yes', Option> = { yes: { type: 'boolean', about: 'do not ask for confirmation' } }

/** The exit code of a command that needs an answer. */
export const needsConfirmation = 3

/**
 * Asks on a terminal, unless `--yes` is given. Without a terminal the question is printed as JSON, and nothing happens.
 * @returns the exit code if the command must stop
 */
export async function refused(input: Input, question: string): Promise<number | null> {
  if (input.values['yes'] === true) return null
  if (input.json || !process.stdin.isTTY || !process.stderr.isTTY) {
    console.log(JSON.stringify({ needs_confirmation: question, confirm_with: '--yes' }))
    return needsConfirmation
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question} [y/N] `)
  terminal.close()
  if (/^y(es)?$/i.test(answer.trim())) return null
  console.error('Nothing was changed.')
  return 1
}
