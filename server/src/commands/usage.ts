/** What a command is. */
import type { Input, Option } from './input.ts'
import type { Remote } from './remote/remote.ts'

export { type Input, type Option, UsageError } from './input.ts'

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
