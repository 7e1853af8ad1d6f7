// Files in which a pattern of one line finds the password.
import type { FileDetector, Match } from '../types.js'
import { LINE_FORMATS, type LineFormat } from './line-formats.js'
import { passwordMatch } from './match.js'
import { anyOf, type Line, latin1, lines } from './text.js'

const PATHS = anyOf(LINE_FORMATS.map((format) => format.path))

export const lineFiles: FileDetector = {
  ruleIds: [...new Set(LINE_FORMATS.map((format) => format.ruleId))],
  maxBytes: 1024 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const found = LINE_FORMATS.filter((format) => format.path.test(path)).map(finder)
    const matches: Match[] = []
    for (const line of lines(latin1(file))) {
      // Every format is short lines; a long one is no hand-written configuration.
      if (line.text.length <= 4096) for (const find of found) matches.push(...find(line))
    }
    return matches
  },
}

/** What a format finds in one line after another. */
function finder({ ruleId, line, below, second }: LineFormat): (at: Line) => readonly Match[] {
  const isBelow = below === undefined ? () => true : indentedBelow(below)
  let isSecond = true
  return ({ text, start }) => {
    isSecond = !isSecond
    if (!isBelow(text) || (second === true && !isSecond)) return []
    const found = line.global ? [...text.matchAll(line)] : [line.exec(text)]
    return found.flatMap((each) => {
      const place =
        each?.indices?.groups?.['secret'] ?? each?.indices?.groups?.['secret2'] ?? each?.indices?.groups?.['secret3']
      if (!place) return []
      return passwordMatch({ ruleId, start: start + place[0], end: start + place[1], value: text.slice(...place) })
    })
  }
}

/** Whether a line stands below one that matches `heading`, and further in. Asked of each line in turn. */
function indentedBelow(heading: RegExp): (text: string) => boolean {
  let depth = -1
  return (text) => {
    if (text.trim() === '') return false
    const indent = text.search(/\S/)
    if (depth >= 0 && indent > depth) return true
    depth = heading.test(text) ? indent : -1
    return false
  }
}
