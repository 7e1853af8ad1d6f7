// Keeps values out of plans: the text that an edit writes must hold none.

import { relative } from 'node:path'
import { isAlsoNoSecret } from '../compose/known-words.js'
import { isPlainWord } from '../compose/secret-names.js'
import type { LocatedValue, Section } from '../compose/types.js'
import { escaped } from '../support/regexp.js'
import { TextIndex } from '../support/text-index.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'
import { meets, merged } from './ranges.js'
import { RefusedError, type Workbook } from './workbook.js'

/** Shorter values stand in other words by chance. */
const TELLING = 6
/** UTF-16 units in which an option stands before its value. */
const NEAR = 40

/**
 * A plan holds no value: where a line is written anew that holds another secret, which stays, nothing of its services moves. One that is
 * also no secret in the project (a user "app") counts only as a word that nobody is called by.
 * @throws RefusedError
 */
export function refuseValues(
  { known, project }: Pick<Gathered, 'known' | 'project'>,
  moves: readonly Move[],
  changes: ReturnType<Workbook['changes']>,
): void {
  refuseWords(project, moves, changes)
  const texts = changes.flatMap(({ edits }) => edits.map(({ insert }) => insert))
  const telling = known.filter(({ secret }) => secret.length >= TELLING && !isPlainWord(secret))
  const index = new TextIndex(
    telling.flatMap((candidate) => [
      [candidate.secret, candidate] as const,
      [candidate.secret.replaceAll('$', '$$$$'), candidate] as const,
    ]),
  )
  const held = texts.flatMap((text) =>
    index.within(text).filter(({ secret }) => !isAlsoNoSecret(secret, project) || standsIn(text, secret)),
  )
  for (const { id, secret, services: own } of new Set(held)) {
    const holding = project.values.filter(({ resolved }) => resolved.includes(secret)).flatMap(({ usedBy }) => usedBy)
    const services = new Set([...own, ...holding])
    const refused = moves.filter(({ candidate }) => candidate.services.some((service) => services.has(service)))
    if (refused.length > 0)
      throw new RefusedError(
        refused.map(({ candidate }) => candidate.id),
        (refused.some(({ candidate }) => candidate.id === id) ? besideItself(secret, project, changes) : undefined) ??
          `the text to write would hold ${id}, which stays`,
        { holds: id },
      )
  }
}

/** Where a value that moves stands in a command that is written anew for it, in a way that is not understood (a default in a script). */
function besideItself(
  secret: string,
  project: Gathered['project'],
  changes: ReturnType<Workbook['changes']>,
): string | undefined {
  const isWritten = ({ file, start, end }: LocatedValue) =>
    changes.some((change) => change.file === file && change.edits.some((edit) => edit.start < end && edit.end > start))
  const value = project.values.find(
    (each) => COMMANDS.has(each.section) && each.resolved.includes(secret) && isWritten(each),
  )
  if (value === undefined) return undefined
  const what = value.section === 'healthcheck' ? 'health check' : value.section
  return `the ${what} in ${relative(project.directory, value.file)}:${value.line}, which has to read it from a file, holds the value itself as well, where it cannot be replaced`
}

const COMMANDS: ReadonlySet<Section> = new Set(['healthcheck', 'command', 'entrypoint', 'other'])
/** What names somebody or something in front of a word. */
const BEFORE_NAME = /(?:^|\s)(?:-[UuhdnH]|--?(?:user(?:name)?|host|db(?:name)?|database|name))[=\s]\s*["']?$/

/**
 * A password that may be a word stands in a command that is written anew, and nothing says that it is something else there.
 * @throws RefusedError
 */
function refuseWords(
  project: Gathered['project'],
  moves: readonly Move[],
  changes: ReturnType<Workbook['changes']>,
): void {
  const commands = project.values.filter(({ section }) => COMMANDS.has(section))
  const texts = changes.flatMap(({ file, edits }) => {
    const own = merged(commands.filter((value) => value.file === file))
    return edits.filter(({ start, end }) => meets(own, start, end)).map(({ insert }) => insert)
  })
  const words = moves.filter(
    ({ candidate: { secret } }) =>
      secret.length >= TELLING &&
      isPlainWord(secret) &&
      texts.some((text) => standsIn(text, secret)) &&
      !isAlsoNoSecret(secret, project) &&
      !project.values.some(({ section, resolved }) => section === 'image' && resolved.includes(secret)),
  )
  if (words.length === 0) return
  throw new RefusedError(
    words.map(({ candidate }) => candidate.id),
    'a command that has to be written anew holds its value as a word, and nothing tells whether it is the password there',
  )
}

/** As a word, and not as somebody's name: -U app beside the password "app". */
function standsIn(text: string, word: string): boolean {
  const places = text.matchAll(new RegExp(`(?<![\\w./-])${escaped(word)}(?![\\w/-])`, 'g'))
  return [...places].some(({ index }) => !BEFORE_NAME.test(text.slice(Math.max(0, index - NEAR), index)))
}
