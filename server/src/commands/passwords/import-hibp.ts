import { createReadStream, statSync } from 'node:fs'
import { readConfig } from '../../config.ts'
import { thrown } from '../../errors.ts'
import { importHibp } from '../../features/passwords/breached/import-hibp.ts'
import { type Command, print, UsageError } from '../command.ts'
import { progress } from '../shell/progress.ts'

export const passwordsImportHibp: Command = {
  name: 'passwords import-hibp',
  about: 'Convert a list of breached passwords (SHA-1, ordered by hash) into ROSTER_BREACHED_PASSWORDS',
  positionals: ['FILE'],
  examples: ['pwnedpasswords.txt', '-'],
  async run(input) {
    const [name = ''] = input.positionals
    const target = readConfig().breachedPasswords
    if (target === null)
      throw new UsageError(
        'Set ROSTER_BREACHED_PASSWORDS to the file that the list goes to; servers read it there.',
      )
    const source = name === '-' ? process.stdin : createReadStream(existing(name))
    const shown = progress(name === '-' ? undefined : statSync(name).size, input.values['quiet'] === true)
    const bytes = () => ('bytesRead' in source ? source.bytesRead : 0)
    try {
      const count = await importHibp(source, target, (lines) => shown.show(lines, bytes()))
      shown.end()
      print(
        input,
        { file: target, passwords: count },
        `wrote ${count} breached passwords to ${target}; restart the servers that are running`,
      )
      return 0
    } catch (error) {
      shown.end()
      throw new UsageError(`${thrown(error).message} ${target} is as it was.`)
    }
  },
}

function existing(name: string): string {
  try {
    statSync(name)
    return name
  } catch (error) {
    throw new UsageError(`${name} cannot be read (${thrown(error).code}).`)
  }
}
