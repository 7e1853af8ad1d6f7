// Walks over text files whose positions are byte offsets: every file is read as latin1, one character a byte.

/** The file as text in which index n is byte n. */
export function latin1(file: Uint8Array): string {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1')
}

/** Last part of a normalised path, in lower case. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase()
}

/** A line without its end; `start` is its byte offset. */
export interface Line {
  readonly text: string
  readonly start: number
}

/** The lines of `text`, ended by LF or CRLF. */
export function* lines(text: string): Generator<Line> {
  let start = 0
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const cr = end > start && text[end - 1] === '\r' ? 1 : 0
    yield { text: text.slice(start, end - cr), start }
    start = end + 1
  }
}

/** An entry of an INI-like file; `start` and `end` enclose the value without quotes. */
export interface IniEntry {
  /** Lower case; "" before the first section. */
  readonly section: string
  /** Lower case. */
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
}

const SECTION = /^\s*\[([^\]]{0,200})\]/
const ENTRY = /^(\s*([^\s=#;][^=]{0,200}?)\s*[=:]\s*)(.*?)\s*$/

/** Entries `name = value` (or `name: value`) of an INI, properties or configuration file, with the section each stands in. */
export function* iniEntries(text: string, separator: '=' | '=:' = '='): Generator<IniEntry> {
  let section = ''
  for (const line of lines(text)) {
    const heading = SECTION.exec(line.text)
    if (heading?.[1] !== undefined) {
      section = heading[1].trim().toLowerCase()
      continue
    }
    const entry = (separator === '=' ? /^(\s*([^\s=#;][^=]{0,200}?)\s*=\s*)(.*?)\s*$/ : ENTRY).exec(line.text)
    if (!entry) continue
    const [, head = '', name = '', rest = ''] = entry
    const quote = /^(["'])(.*)\1$/.exec(rest)
    const value = quote?.[2] ?? rest
    const start = line.start + head.length + (quote ? 1 : 0)
    yield { section, name: name.toLowerCase(), value, start, end: start + value.length }
  }
}

const PART_BEGINS = String.raw`(?:^|\/)`

/**
 * One expression that matches where any of `paths` does: `accepts` is asked for every file of an image, so it must be cheap. That a part
 * of the path begins is asked once for all that want it, which takes half the time.
 */
export function anyOf(paths: readonly RegExp[]): RegExp {
  const all = [...new Set(paths.flatMap(({ source }) => alternatives(source)))]
  const names = all.filter((each) => each.startsWith(PART_BEGINS)).map((each) => each.slice(PART_BEGINS.length))
  const others = all.filter((each) => !each.startsWith(PART_BEGINS))
  const union = (sources: readonly string[]) => sources.map((source) => `(?:${source})`).join('|')
  return new RegExp([...(names.length > 0 ? [`${PART_BEGINS}(?:${union(names)})`] : []), ...others].join('|'), 'i')
}

/** What an expression has to choose from, outside of its groups and classes. */
function alternatives(source: string): string[] {
  const found = ['']
  let depth = 0
  for (const [token] of source.matchAll(/\\.|\[(?:[^\]\\]|\\.)*\]|[\s\S]/g)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === '|' && depth === 0) found.push('')
    else found.push((found.pop() ?? '') + token)
  }
  return found
}
