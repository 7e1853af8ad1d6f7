// Breaks prose for a terminal's width, at spaces; inside a word only where that is a path for people to read. A table's cells are laid
// out elsewhere (report/layout.ts).

import stringWidth from 'fast-string-width'

/**
 * @param text one or more lines; a line break in it stays, and so does the space that a line begins
 *   with
 * @param width the columns that a line may take; a word wider than that stands on a line of its own,
 *   whole, so that an address or a command can still be copied
 * @param indent the columns by which the lines that this function starts are moved in; the lines of
 *   the text itself stay where they are
 * @param paths true: a wider word goes on behind a slash, but for a URL
 */
export function wrap(text: string, width: number, indent = 0, paths = false): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, ' '.repeat(indent), paths))
    .join('\n')
}

/** The parts of a path, each with the slash behind it; a URL in one. */
const partsOf = (word: string): readonly string[] =>
  word.includes('://') ? [word] : (word.match(/[^/]*\/+|[^/]+/g) ?? [word])

function wrapLine(line: string, width: number, margin: string, paths: boolean): string {
  if (stringWidth(line) <= width) {
    return line
  }
  const lead = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = lead
  let empty = true
  // A run of spaces between two words belongs to the second: columns set by hand stay apart.
  for (const [, gap = '', word = ''] of line.slice(lead.length).matchAll(/( *)([^ ]+)/g)) {
    const isWide = paths && stringWidth(lead + margin + word) > width
    for (const [index, part] of (isWide ? partsOf(word) : [word]).entries()) {
      const next = index === 0 ? gap + part : part
      if (!empty && stringWidth(current + next) > width) {
        lines.push(current)
        current = lead + margin + part
      } else {
        current += next
      }
      empty = false
    }
  }
  return [...lines, current].join('\n')
}

/** Rows that `text` takes in a terminal of `columns`: a line that is wider goes on in the next row. */
export const rowsOf = (text: string, columns: number): number =>
  text.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)
