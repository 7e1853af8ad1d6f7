// Rows of the table: columns that line up where they fit, and a second line where they do not. Nothing is cut off.
import stringWidth from 'string-width'

/** `text` filled up with spaces to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

/** `left` and `right` at the two ends of a line of `width` columns. */
export function ends(left: string, right: string, width: number): string {
  return `${left}${' '.repeat(Math.max(2, width - stringWidth(left) - stringWidth(right)))}${right}`
}

/** The start of `text` that fits into `width` columns, with an ellipsis where something is left out. */
export function clip(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** What a row holds; `severity` may be painted, the others are plain. */
export interface Row {
  readonly severity: string
  readonly title: string
  readonly place: string
  readonly secret: string
}

const INDENT = 3
const SEVERITY = 10
const GAP = 2

/** One or two lines for each row, titles and places below each other. */
export function layRows(rows: readonly Row[], width: number): string[] {
  const titleWidth = Math.min(30, Math.max(0, ...rows.map(({ title }) => stringWidth(title))))
  const secretWidth = Math.max(0, ...rows.map(({ secret }) => stringWidth(secret)))
  const placeSpace = width - INDENT - SEVERITY - titleWidth - 2 * GAP - secretWidth
  const placeWidth = Math.min(Math.max(0, ...rows.map(({ place }) => stringWidth(place))), Math.max(0, placeSpace))
  const indent = ' '.repeat(INDENT)
  const hanging = ' '.repeat(INDENT + SEVERITY)
  const gap = ' '.repeat(GAP)
  return rows.flatMap(({ severity, title, place, secret }) => {
    const start = `${indent}${pad(severity, SEVERITY)}`
    if (stringWidth(title) <= titleWidth && stringWidth(place) <= placeWidth) {
      return [`${start}${pad(title, titleWidth)}${gap}${pad(place, placeWidth)}${gap}${secret}`.trimEnd()]
    }
    return [`${start}${title}`, `${hanging}${place}${gap}${secret}`.trimEnd()]
  })
}
