// The marks in a rule's examples: «…» round the value that must be found, {+} where a long token is cut so that no file holds it whole.

const JOINT = '{+}'
const OPEN = '«'
const CLOSE = '»'

export interface MarkedText {
  readonly text: string
  /** UTF-16 offsets of the marked values, in order. */
  readonly secrets: readonly { readonly start: number; readonly end: number }[]
}

/** `marked` without its marks. @throws RangeError where marks do not pair. */
export function readMarks(marked: string): MarkedText {
  const secrets: { start: number; end: number }[] = []
  let text = ''
  let start = -1
  for (const part of marked.replaceAll(JOINT, '').split(/([«»])/)) {
    if (part === OPEN) {
      if (start >= 0) throw new RangeError('« stands twice before »')
      start = text.length
    } else if (part === CLOSE) {
      if (start < 0) throw new RangeError('» stands without «')
      secrets.push({ start, end: text.length })
      start = -1
    } else text += part
  }
  if (start >= 0) throw new RangeError('« stands without »')
  return { text, secrets }
}
