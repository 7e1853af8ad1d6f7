// The completion script for bash. oclif's own completes neither file names, nor choices, nor flags behind an argument; see commands/autocomplete.ts.
import type { Command } from '@oclif/core'

/** `image|dir` for a case of bash. */
const either = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' | ')

function flagCases(commands: readonly Command.Loadable[]): string {
  return commands
    .map(({ id, flags }) => {
      const names = Object.entries(flags).flatMap(([name, flag]) => {
        if (flag.hidden) return []
        return flag.type === 'boolean' && flag.allowNo ? [`--${name}`, `--no-${name}`] : [`--${name}`]
      })
      return `    '${id}') flags='${[...names, '--help'].join(' ')}' ;;`
    })
    .join('\n')
}

/** Flags that take one of a few words: by these words, the commands and flags. */
function choiceCases(commands: readonly Command.Loadable[]): string {
  const byChoices = new Map<string, string[]>()
  for (const { id, flags } of commands)
    for (const [name, flag] of Object.entries(flags)) {
      if (flag.type !== 'option' || flag.options === undefined || flag.hidden) continue
      const choices = flag.options.join(' ')
      byChoices.set(choices, [...(byChoices.get(choices) ?? []), `${id} --${name}`])
    }
  return [...byChoices].map(([choices, places]) => `    ${either(places)}) words='${choices}' ;;`).join('\n')
}

/** What bash reads to complete `bin`: commands, flags, the words that a flag takes, else file names. Works with bash 3.2, which macOS has. */
export function bashCompletion(bin: string, commands: readonly Command.Loadable[]): string {
  const shown = commands.filter(({ hidden }) => !hidden).toSorted((one, other) => (one.id < other.id ? -1 : 1))
  return `# Completion of ${bin} for bash, written by "${bin} autocomplete".
_${bin}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} IFS=$' \\t\\n'
  local commands=' ${shown.map(({ id }) => id).join(' ')} '
  local command='' flags='' words='' at next
  # Of --format=json bash makes three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    next=\${command:+$command:}\${COMP_WORDS[at]}
    [[ $commands == *" $next "* || $commands == *" $next:"* ]] || break
    command=$next
  done
  case $command in
${flagCases(shown)}
  esac
  case "$command $prev" in
${choiceCases(shown)}
  esac
  if [[ -z $words && $cur == -* ]]; then
    words=$flags
  elif [[ -z $words && $at -eq $COMP_CWORD ]]; then
    for next in $commands; do
      if [[ -z $command ]]; then words+=" \${next%%:*}"
      elif [[ $next == "$command":* ]]; then next=\${next#"$command":}; words+=" \${next%%:*}"; fi
    done
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -o default -F _${bin} ${bin}
`
}
