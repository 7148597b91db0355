/** Scripts that complete commands and options. They contain lists of words and do not run Roster. */
import { remoteOptions } from '../remote/remote.ts'
import type { Command } from '../usage.ts'

type Words = { name: string; about: string; options: { name: string; about: string; takesValue: boolean }[] }

const common = [
  { name: 'help', about: 'show this help', takesValue: false },
  { name: 'json', about: 'print JSON', takesValue: false },
]

function wordsOf(commands: readonly Command[]): Words[] {
  return commands.map(({ name, about, options, remote }) => ({
    name,
    about,
    options: [
      ...Object.entries({ ...options, ...(remote && remoteOptions) }).map(
        ([option, { about: what, type }]) => ({
          name: option,
          about: what,
          takesValue: type === 'string',
        }),
      ),
      ...common,
    ],
  }))
}

const optionWords = ({ options }: Words) => options.map(({ name }) => `--${name}`).join(' ')

/** The first words, and the words that may follow each group. */
function groupsOf(commands: readonly Words[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ')
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])])
  }
  return groups
}

export function bash(commands: readonly Command[]): string {
  const words = wordsOf(commands)
  const groups = groupsOf(words)
  const seconds = [...groups].filter(([, follow]) => follow.length > 0)
  return `# Completes roster in bash.
_roster() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=
  case "$command" in
    ${seconds.map(([first]) => first).join('|')}) [ "$COMP_CWORD" -gt 2 ] && command="$command \${COMP_WORDS[2]}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${[...groups.keys()].join(' ')} --help --version"
  else
    case "$command" in
${seconds.map(([first, follow]) => `      ${first}) words="${follow.join(' ')} --help" ;;`).join('\n')}
${words.map((each) => `      "${each.name}") words="${optionWords(each)}" ;;`).join('\n')}
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _roster roster`
}

/** A text for single quotes, with brackets and colons escaped for zsh. */
const forZsh = (text: string) => text.replaceAll("'", '’').replace(/[[\]:\\]/g, '\\$&')

export function zsh(commands: readonly Command[]): string {
  const words = wordsOf(commands)
  const groups = groupsOf(words)
  const firsts = [...groups].map(([first, follow]) => {
    const about =
      follow.length > 0 ? follow.join(', ') : (words.find(({ name }) => name === first)?.about ?? '')
    return `      '${first}:${forZsh(about)}'`
  })
  const seconds = [...groups]
    .filter(([, follow]) => follow.length > 0)
    .map(([first]) => {
      const own = words.filter(({ name }) => name.startsWith(`${first} `))
      return `    ${first}) follow=(${own.map(({ name, about }) => `'${name.slice(first.length + 1)}:${forZsh(about)}'`).join(' ')}) ;;`
    })
  const options = words.map(
    ({ name, options: all }) =>
      `    '${name}') _arguments ${all.map((each) => `'--${each.name}[${forZsh(each.about)}]${each.takesValue ? ':value:_files' : ''}'`).join(' ')} '*:argument:_files' ;;`,
  )
  return `#compdef roster
_roster() {
  local -a follow
  if (( CURRENT == 2 )); then
    follow=(
${firsts.join('\n')}
    )
    _describe 'command' follow
    return
  fi
  local command=$words[2]
  case $command in
${seconds.join('\n')}
  esac
  if (( $#follow )); then
    if (( CURRENT == 3 )); then _describe 'command' follow; return; fi
    command="$command $words[3]"
  fi
  case $command in
${options.join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _roster "$@"; else compdef _roster roster; fi`
}

const forFish = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`

export function fish(commands: readonly Command[]): string {
  const words = wordsOf(commands)
  const lines = ['# Completes roster in fish.']
  for (const [first, follow] of groupsOf(words)) {
    const about =
      follow.length > 0 ? follow.join(', ') : (words.find(({ name }) => name === first)?.about ?? '')
    lines.push(`complete -c roster -n __fish_use_subcommand -f -a ${first} -d ${forFish(about)}`)
  }
  for (const { name, about, options } of words) {
    const [first = '', second] = name.split(' ')
    const seen = `__fish_seen_subcommand_from ${first}`
    if (second !== undefined)
      lines.push(
        `complete -c roster -n '${seen}; and test (count (commandline -opc)) -eq 2' -f -a ${second} -d ${forFish(about)}`,
      )
    const here = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`
    for (const option of options)
      lines.push(
        `complete -c roster -n '${here}' -l ${option.name}${option.takesValue ? ' -r' : ''} -d ${forFish(option.about)}`,
      )
  }
  return lines.join('\n')
}
