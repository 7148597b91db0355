/** The code blocks of a page of documentation, and what of them is run. */

export type Step = { command: string; expected: string }

export type Block = {
  language: string
  /** The text after the language: nothing, `service`, `needs PROGRAM`, or `norun: why`. */
  info: string
  text: string
  line: number
}

const shells = new Set(['sh', 'bash', 'shell', 'console', 'shell-session', 'zsh', ''])

/** Blocks with commands for a shell; a block without a language is one if it has a prompt. */
export function shellBlocksOf(page: string): Block[] {
  return blocksOf(page).filter(
    ({ language, text }) => shells.has(language) && (language !== '' || /^\$ /m.test(text)),
  )
}

/** The settings of the page's service: the lines of its blocks `ini service`. */
export function settingsOf(page: string): Record<string, string> {
  const lines = blocksOf(page)
    .filter(({ language, info }) => language === 'ini' && info === 'service')
    .flatMap(({ text }) => text.split('\n').filter((line) => /^\w+=/.test(line)))
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]))
}

/** The program that a block needs and that not every machine has. */
export const neededBy = ({ info }: Block): string | undefined => /^needs (\S+)$/.exec(info)?.[1]

function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [index, line] of page.split('\n').entries()) {
    const [, language = '', info = ''] = /^\s*```([\w-]*)(.*)$/.exec(line) ?? []
    if (!/^\s*```/.test(line)) {
      if (open) open.text += `${line}\n`
    } else if (open) {
      blocks.push(open)
      open = undefined
    } else open = { language, info: info.trim(), text: '', line: index + 1 }
  }
  return blocks
}

/** The commands of a block with a prompt, each with what it shows; `> ` continues a command. */
export function stepsOf({ text }: Block): Step[] {
  const steps: Step[] = []
  for (const line of text.trimEnd().split('\n')) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: '' })
    else if (!last) throw new Error(`a block of the kind "console" begins with "$ ", not ${line}`)
    else if (line.startsWith('> ') && last.expected === '') last.command += `\n${line.slice(2)}`
    else last.expected += `${line}\n`
  }
  return steps
}

/** Matches the shown text; `…` matches any text. */
export function patternOf(expected: string): RegExp {
  const parts = expected
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*?')}$`)
}

/** What is not on every machine that runs the tests, reaches something that is not there, or would change the machine. */
const elsewhere = [
  /^(docker|kubectl|helm|gh|git clone|systemctl|systemd-run|systemd-analyze|roster)\b/,
  /^(psql|pg_dump|pg_restore|createdb|pgbackrest|promtool|jq|age-keygen)\b/,
  /^(kc\.sh|kcadm\.sh|firebase|aws|mysqldump|sqlite3|ldapsearch)\b|^python manage\.py\b/,
  // What other systems give, at addresses of their own.
  /^curl .*https:\/\/(?!localhost)/,
  // The files of a release.
  /^(sha256sum|tar)\b.* ?roster-\d|^\.\/roster\b|^npx roster-server\b/,
  // A database or directory of another system, and folders of a server.
  /^npx roster users import (postgres:\/\/|ldaps:\/\/|\/etc\/)|^export \w+=\/var\//,
  // Each page's service is started by `npm start`, and `npm test` runs this.
  /^npm\b/,
  // Places of the system that a test must not touch.
  /^(cp|mkdir|echo)\b.* \/(etc|opt|usr)\//,
]

/** The commands of a block that are for other machines: such a block must not be run. */
export const foreignCommandsOf = (block: Block): string[] =>
  commandsOf(block).filter((command) => isForeign(command) && command.split(' ')[0] !== neededBy(block))

/** The others: a block with one of them must be run. */
export const ownCommandsOf = (block: Block): string[] =>
  commandsOf(block).filter((command) => !isForeign(command))

/** Settings in front of a command do not matter. */
const isForeign = (command: string): boolean => {
  const bare = command.replace(/^(?:[A-Z_]+=[^\s$]* +)+/, '')
  return elsewhere.some((tool) => tool.test(bare))
}

function commandsOf({ language, text }: Block): string[] {
  const script = language === 'console' ? text.match(/(?<=^[$>] ).*/gm)?.join('\n') : text
  return (script ?? '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/\s(?:&&|\|\||[;|])\s/))
    .map((command) => command.trim())
    .filter((command) => command !== '' && !/^cd\b/.test(command))
}
