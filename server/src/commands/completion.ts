import { keysOf } from '../encoding/keys.ts'
import { isOneOf } from '../encoding/one-of.ts'
import { commandList } from './catalogue.ts'
import { bash, fish, zsh } from './shell/completion.ts'
import { type Command, UsageError } from './usage.ts'

const shells = { bash, zsh, fish }

export const completion: Command = {
  name: 'completion',
  about: 'Print a script that completes commands and options in bash, zsh or fish',
  positionals: ['SHELL'],
  examples: [
    'bash > ~/.local/share/bash-completion/completions/roster',
    'fish > ~/.config/fish/completions/roster.fish',
  ],
  async run(input) {
    const [shell = ''] = input.positionals
    if (!isOneOf(keysOf(shells), shell)) throw new UsageError('SHELL is bash, zsh or fish.')
    console.log(shells[shell](await commandList()))
    return 0
  },
}
