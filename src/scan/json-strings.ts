// Every string of a JSON text with where it stands, duplicates and unknown fields included: what a parser drops must not hide a secret.
// Reads broken JSON as far as it goes; it checks nothing.

export interface JsonString {
  /** Keys from the top, list elements without a number: "config.Env". */
  readonly path: string
  readonly value: string
}

/** Deeper keys are left out of paths; the strings there are found all the same. */
const DEEPEST = 64
const TOKEN = /"(?:[^"\\]|\\[\s\S])*"?(\s*:)?|[{}[\],]/g

/** Yields the string values in their order. A key comes as part of its values' paths; a key of anything else as a value of its own. */
export function* jsonStrings(text: string): Generator<JsonString> {
  const keys: string[] = []
  const named: boolean[] = []
  let key: string | undefined
  for (const match of text.matchAll(TOKEN)) {
    const [token, colon] = match
    if (token === '{' || token === '[') {
      named.push(key !== undefined && keys.length < DEEPEST)
      if (key !== undefined && named.at(-1) === true) keys.push(key)
      key = undefined
    } else if (token === '}' || token === ']' || token === ',') {
      // A number, true, false or null had this key.
      if (key !== undefined) yield { path: keys.join('.'), value: key }
      key = undefined
      if (token !== ',' && named.pop() === true) keys.pop()
    } else if (colon !== undefined) {
      key = unquote(token.slice(0, -colon.length))
    } else {
      yield { path: (key === undefined ? keys : [...keys, key]).join('.'), value: unquote(token) }
      key = undefined
    }
  }
}

function unquote(token: string): string {
  const closed = token.length > 1 && token.endsWith('"') ? token : `${token}"`
  try {
    const value: unknown = JSON.parse(closed)
    return typeof value === 'string' ? value : ''
  } catch {
    // Broken escapes: the text as it stands is still worth a look.
    return token.replace(/^"|"$/g, '')
  }
}
