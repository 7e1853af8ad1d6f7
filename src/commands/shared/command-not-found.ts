// oclif's hook for an unknown command: a usage error with a suggestion, and never a prompt.
import type { Hook } from '@oclif/core'
import { UsageError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable, shorten } from '../../support/printable.js'
import { commandForImage, commandForPath } from './target-hint.js'

/** The words of `id` as they were typed: oclif joins those in front of the first flag with colons, which they may hold themselves. */
function typedWords(id: string): readonly string[] {
  const args = process.argv.slice(2)
  const count = args.findIndex((_, index) => args.slice(0, index + 1).join(':') === id) + 1
  return count === 0 ? id.split(':') : args.slice(0, count)
}

/** Names that other programs have for what one of ours does. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['completion', 'autocomplete'],
  ['completions', 'autocomplete'],
])

/** A command has at most two words. */
function suggestionFor(words: readonly string[], commands: readonly string[]): string | undefined {
  const known = OTHER_NAMES.get(words[0] ?? '')
  if (known !== undefined) return [known, ...words.slice(1)].join(' ')
  return nearest(words.slice(0, 2).join(':'), commands) ?? nearest(words[0] ?? '', commands)
}

/** The command that `words` begin with, and what stands behind it though the command takes nothing of the kind. */
function excessOf(
  words: readonly string[],
  commands: readonly string[],
): { command: string; excess: string } | undefined {
  const longest = [2, 1].find((count) => count < words.length && commands.includes(words.slice(0, count).join(':')))
  if (longest === undefined) return undefined
  return { command: words.slice(0, longest).join(' '), excess: words.slice(longest).join(' ') }
}

const hook: Hook<'command_not_found'> = async function commandNotFound({ config, id }) {
  const topics = new Set(config.topics.map(({ name }) => name))
  const words = typedWords(id)
  const suggestion = suggestionFor(words, config.commandIDs)?.replaceAll(':', ' ')
  const beyond = excessOf(words, config.commandIDs)
  // "migrate aply" means one of the commands below "migrate".
  if (beyond !== undefined && !suggestion?.startsWith(`${beyond.command} `)) {
    const { command, excess } = beyond
    const takesFiles = config.findCommand(command.replaceAll(' ', ':'))?.flags['file'] !== undefined
    throw new UsageError(`"secretscan ${command}" takes no argument "${shorten(printable(excess), 60)}"`, {
      hint: takesFiles ? `Give files with -f: secretscan ${command} -f FILE` : `See "secretscan ${command} --help".`,
    })
  }
  // The words that are a topic's, and the one that is not.
  const known = words.findIndex((_, index) => !topics.has(words.slice(0, index + 1).join(':')))
  const name = words.slice(0, known + 1).join(' ')
  const meant = known === 0 ? meantBy(name, suggestion) : suggestion
  throw new UsageError(`There is no command "${shorten(printable(name), 60)}"`, {
    hint:
      meant === undefined
        ? 'Run "secretscan --help" for the list of commands.'
        : `Did you mean "secretscan ${printable(meant)}"?`,
  })
}

/** No command has a sign in its name: such a word that is near to one means its file all the same. */
function meantBy(word: string, suggestion: string | undefined): string | undefined {
  const path = commandForPath(word)
  if (path !== undefined && /[./:]/.test(word)) return path
  return suggestion ?? path ?? commandForImage(word)
}

export default hook
