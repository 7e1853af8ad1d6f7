// oclif's hook for an unknown command: a usage error with a suggestion, and never a prompt.
import type { Hook } from '@oclif/core'
import { UsageError } from '../../support/errors.js'
import { nearest } from '../../support/nearest.js'
import { printable, shorten } from '../../support/printable.js'

/** oclif joins all leading words ("imgae:app:latest"); a command has at most two. */
function suggestionFor(id: string, commands: readonly string[]): string | undefined {
  const words = id.split(':')
  return nearest(words.slice(0, 2).join(':'), commands) ?? nearest(words[0] ?? '', commands)
}

const hook: Hook<'command_not_found'> = async function commandNotFound({ config, id }) {
  const topics = new Set(config.topics.map(({ name }) => name))
  const suggestion = suggestionFor(id, config.commandIDs)?.replaceAll(':', ' ')
  // The words that are a topic's, and the one that is not.
  const words = id.split(':')
  const known = words.findIndex((_, index) => !topics.has(words.slice(0, index + 1).join(':')))
  const name = words.slice(0, known + 1).join(' ')
  throw new UsageError(`There is no command "${shorten(printable(name), 60)}"`, {
    hint:
      suggestion === undefined
        ? 'Run "secretscan --help" for the list of commands.'
        : `Did you mean "secretscan ${suggestion}"?`,
  })
}

export default hook
