// Breaks prose for a terminal's width, at spaces and never inside a word. For sentences only: a
// table's cells are cut or laid out elsewhere (report/layout.ts).

import stringWidth from 'fast-string-width'

/**
 * @param text one or more lines; a line break in it stays, and so does the space that a line begins
 *   with
 * @param width the columns that a line may take; a word wider than that stands on a line of its own,
 *   whole, so that an address or a command can still be copied
 * @param indent the columns by which the lines that this function starts are moved in; the lines of
 *   the text itself stay where they are
 */
export function wrap(text: string, width: number, indent = 0): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, ' '.repeat(indent)))
    .join('\n')
}

function wrapLine(line: string, width: number, margin: string): string {
  if (stringWidth(line) <= width) {
    return line
  }
  const lead = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = lead
  let empty = true
  // A run of spaces between two words belongs to the second: columns set by hand stay apart.
  for (const [, gap = '', word = ''] of line.slice(lead.length).matchAll(/( *)([^ ]+)/g)) {
    if (!empty && stringWidth(current + gap + word) > width) {
      lines.push(current)
      current = lead + margin + word
    } else {
      current += gap + word
    }
    empty = false
  }
  return [...lines, current].join('\n')
}

/** Rows that `text` takes in a terminal of `columns`: a line that is wider goes on in the next row. */
export const rowsOf = (text: string, columns: number): number =>
  text.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)
