// Rows of the table: columns that line up where they fit, and a second line where they do not. Nothing is cut off.
import stringWidth from 'fast-string-width'
import { wrap } from '../support/wrap.js'

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
  /** Lines below the row, under its title. */
  readonly remarks: readonly string[]
}

const INDENT = 3
const SEVERITY = 10
const GAP = 2
/** A longer title pushes place and secret to the next line. */
const MOST_TITLE = 30
/** Room that every row leaves for the masked value. */
const USUAL_SECRET = 16

/** The widest of `texts` that is not wider than `limit`. */
function widest(texts: readonly string[], limit: number): number {
  return Math.max(0, ...texts.map((text) => stringWidth(text)).filter((width) => width <= limit))
}

/**
 * One or two lines for each row, titles and places below each other, and its remarks, which `paint` colours. `broken`: what is wider goes on
 * in the next line, as on a terminal that would break words.
 */
export function layRows(
  rows: readonly Row[],
  width: number,
  { broken, paint }: { readonly broken: boolean; readonly paint: (text: string) => string },
): string[] {
  const titleWidth = widest(
    rows.map(({ title }) => title),
    MOST_TITLE,
  )
  const before = INDENT + SEVERITY + titleWidth + GAP
  const oneLine = rows.filter(({ title }) => stringWidth(title) <= titleWidth)
  const placeWidth = widest(
    oneLine.map(({ place }) => place),
    width - before - GAP - USUAL_SECRET,
  )
  const hanging = ' '.repeat(INDENT + SEVERITY)
  const gap = ' '.repeat(GAP)
  return rows.flatMap(({ severity, title, place, secret, remarks }) => {
    const start = `${' '.repeat(INDENT)}${pad(severity, SEVERITY)}`
    const fits =
      stringWidth(title) <= titleWidth &&
      stringWidth(place) <= placeWidth &&
      before + placeWidth + GAP + stringWidth(secret) <= width
    const main = fits
      ? [`${start}${pad(title, titleWidth)}${gap}${pad(place, placeWidth)}${gap}${secret}`.trimEnd()]
      : [`${start}${title}`.trimEnd(), `${hanging}${place}${gap}${secret}`.trimEnd()]
    const lines = (text: string) => (broken ? wrap(text, width, GAP, true) : text).split('\n')
    return [...main.flatMap(lines), ...remarks.flatMap((remark) => lines(`${hanging}${remark}`)).map(paint)]
  })
}
