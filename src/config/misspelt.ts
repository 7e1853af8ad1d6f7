// SECRETSCAN_* variables that are no setting but look like one: a misspelt name would otherwise change nothing and say nothing.
import { nearest } from '../support/nearest.js'
import { printable, shorten } from '../support/printable.js'
import { variableOf } from './setting.js'
import { settingRows } from './settings.js'

const PREFIX = 'SECRETSCAN_'

/** Variables beside the table: the settings file, what a notified program is told, where tests find their programs. */
const OTHERS = /^SECRETSCAN_(?:CONFIG|DELIVERY|INTEGRATION)$/

const withoutSeparators = (name: string): string => name.replaceAll('_', '')

/** A sentence for each variable of `env` that is close to one of a setting and is none; others may be anybody's. */
export function misspeltVariables(env: NodeJS.ProcessEnv): readonly string[] {
  const known = settingRows.map(([name]) => variableOf(name).slice(PREFIX.length))
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !OTHERS.test(name) && !known.includes(name.slice(PREFIX.length)))
    .flatMap((name) => {
      const word = name.slice(PREFIX.length)
      const same = known.find((candidate) => withoutSeparators(candidate) === withoutSeparators(word))
      const meant =
        same ??
        nearest(
          word,
          known.map((candidate) => candidate.toLowerCase()),
        )?.toUpperCase()
      if (meant === undefined) return []
      return [`${shorten(printable(name), 60)} is no setting and was not read; did you mean ${PREFIX}${meant}?`]
    })
}
