/** The type of a command. */

import type { Remote } from './remote/remote.ts'
import type { Input, Option } from './shell/input.ts'

export { type Input, type Option, UsageError } from './shell/input.ts'

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
