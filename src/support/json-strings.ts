// Finds the string values of a JSON text with their byte offsets. Not a validator: it reads on over comments and stray bytes.

/** A string value. `start` and `end` enclose it without its quotes; `path` are the names of the objects it stands in. */
export interface JsonString {
  readonly path: readonly string[]
  readonly value: string
  readonly start: number
  readonly end: number
}

const MAX_DEPTH = 64
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

function unescapeJson(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    const parsed: unknown = JSON.parse(literal)
    return typeof parsed === 'string' ? Buffer.from(parsed, 'utf8').toString('latin1') : literal.slice(1, -1)
  } catch {
    return literal.slice(1, -1)
  }
}

/**
 * All string values of `text` (latin1), in order. Objects add their name to the path, arrays do not.
 * Nesting below 64 levels is not followed.
 */
export function* jsonStrings(text: string): Generator<JsonString> {
  const path: string[] = []
  const opened: { isObject: boolean; named: boolean }[] = []
  let name: string | undefined
  let expectsName = false
  for (const token of text.matchAll(TOKEN)) {
    const literal = token[0]
    const inside = opened.at(-1)
    if (literal === '{' || literal === '[') {
      if (opened.length >= MAX_DEPTH) return
      if (name !== undefined) path.push(name)
      opened.push({ isObject: literal === '{', named: name !== undefined })
      name = undefined
      expectsName = literal === '{'
    } else if (literal === '}' || literal === ']') {
      if (opened.pop()?.named) path.pop()
      name = undefined
    } else if (literal === ',') {
      name = undefined
      expectsName = inside?.isObject ?? false
    } else if (literal === ':') {
      expectsName = false
    } else if (literal.startsWith('"')) {
      if (expectsName) {
        name = unescapeJson(literal)
        continue
      }
      const value = unescapeJson(literal)
      yield {
        path: name === undefined ? [...path] : [...path, name],
        value,
        start: token.index + 1,
        end: token.index + literal.length - 1,
      }
    }
  }
}
