/** What a command is. */
import type { Remote } from './remote/remote.ts'

export type Option = { type: 'string' | 'boolean'; about: string; value?: string; multiple?: true }

export type Input = {
  values: Record<string, string | boolean | string[] | undefined>
  positionals: readonly string[]
  json: boolean
}

export type Command = {
  /** One or two words; the first of two is the group. */
  name: string
  about: string
  options?: Record<string, Option>
  /** Names of the arguments after the command, all of them required. */
  positionals?: readonly string[]
  /** Command lines as a user would type them, without `roster` and the name of the command. */
  examples?: readonly string[]
  /** @returns the exit code */
  run(input: Input): Promise<number>
  /** The same over HTTP, for commands that can. @returns the exit code */
  remote?(input: Input, remote: Remote): Promise<number>
}

/** Wrong usage: the message is shown and the exit code is 2. */
export class UsageError extends Error {}
