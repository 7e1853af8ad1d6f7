// Something to scan that stands where a command is expected: which command scans it.
import { existsSync, type Stats, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { namesComposeFile } from '../../compose/discover.js'
import { parseTarget, type Target } from '../../image/reference.js'
import { UsageError } from '../../support/errors.js'
import { shellWord } from '../../support/shell-word.js'

function targetOf(word: string): Target | undefined {
  try {
    return parseTarget(word)
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

function commandForFile(word: string, stats: Stats): string {
  const quoted = shellWord(word)
  if (stats.isDirectory()) return existsSync(join(word, 'oci-layout')) ? `image oci:${quoted}` : `dir ${quoted}`
  if (targetOf(word)?.kind === 'archive') return `image ${quoted}`
  return namesComposeFile(basename(word)) ? `compose -f ${quoted}` : `dir ${quoted}`
}

/** A word may be what no path can be, or lead where nobody may look. */
function statsOf(word: string): Stats | undefined {
  try {
    return statSync(word)
  } catch {
    return undefined
  }
}

/** The command line that scans the file or folder `word`; undefined where there is none. */
export function commandForPath(word: string): string | undefined {
  const stats = statsOf(word)
  return stats === undefined ? undefined : commandForFile(word, stats)
}

/** The command line that scans the image `word`; undefined where it does not look like one: a lone word may be anything. */
export function commandForImage(word: string): string | undefined {
  const target = targetOf(word)
  const isOne = target !== undefined && (target.kind !== 'engine-or-registry' || /[:/]/.test(word))
  return isOne ? `image ${shellWord(word)}` : undefined
}
