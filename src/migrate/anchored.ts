// Values with a YAML anchor that aliases elsewhere in the file stand for: one place to write, several to read.
import { relative } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { Blocked } from './build-use.js'

/** In front of a value: its anchor, and perhaps a tag. */
const ANCHOR = /&([^\s,[\]{}]+)[ \t]+(?:![^\s]*[ \t]+)?$/

/** Why a value stays that other places have by an alias, with their lines; undefined: none has. */
export function aliasedElsewhere({ files, directory }: ComposeProject, value: LocatedValue): Blocked | undefined {
  const bytes = files.find(({ file, kind }) => file === value.file && kind === 'compose')?.bytes
  if (bytes === undefined) return undefined
  const lineStart = bytes.lastIndexOf(0x0a, value.start - 1) + 1
  const before = Buffer.from(bytes.subarray(lineStart, value.start)).toString('utf8')
  const [, anchor] = ANCHOR.exec(before) ?? []
  if (anchor === undefined) return undefined
  const places = Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .flatMap((line, index) => (namesAlias(line, anchor) ? [`${relative(directory, value.file)}:${index + 1}`] : []))
  if (places.length === 0) return undefined
  return {
    reason: `${places.join(', ')} ${places.length === 1 ? 'has' : 'have'} it, too, by the alias *${anchor}: one edit would change all of them.`,
    todo: 'Write the value in each place, or into .env with ${NAME} in each, and plan again.',
  }
}

/** Not in a comment. */
const namesAlias = (line: string, anchor: string): boolean =>
  line
    .replace(/(?:^|\s)#.*$/, '')
    .split(/[\s,[\]{}]+/)
    .includes(`*${anchor}`)
