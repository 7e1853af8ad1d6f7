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
  const suggestion = suggestionFor(id, config.commandIDs)?.replaceAll(':', ' ')
  throw new UsageError(`There is no command "${shorten(printable(id.split(':')[0] ?? ''), 60)}"`, {
    hint:
      suggestion === undefined
        ? 'Run "secretscan --help" for the list of commands.'
        : `Did you mean "secretscan ${suggestion}"?`,
  })
}

export default hook
