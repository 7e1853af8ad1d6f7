// What a CREATE TABLE statement says of the columns: their names in the order in which records hold them. Not a parser of SQL.

interface Token {
  readonly text: string
  /** A name in quotes or a literal: no keyword, whatever it says. */
  readonly quoted: boolean
}

/** Characters of a longer statement that are read. */
const LONGEST = 64 * 1024
const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' }
const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y
const NO_COLUMN = /^(?:constraint|primary|unique|check|foreign)$/i

/** The columns of a table in the order in which records hold them, by the statement that made it. */
export function tableColumns(sql: string): readonly string[] {
  const { definitions, behind } = listOf(tokensOf(sql.slice(0, LONGEST)))
  const columns = definitions.filter(([first]) => first !== undefined && !isKeyword(first, NO_COLUMN))
  // Such a table is kept in an index.
  const withoutRowid = /\bwithout rowid\b/i.test(behind.map(({ text }) => text).join(' '))
  const names = columns.filter((definition) => !isVirtual(definition)).map(([name]) => name?.text ?? '')
  return withoutRowid ? keyFirst(names, definitions) : names
}

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < sql.length; ) {
    const sign = sql[at] as string
    const closing = CLOSING[sign]
    const comment = sql.startsWith('--', at) ? '\n' : sql.startsWith('/*', at) ? '*/' : undefined
    if (comment !== undefined) at = behindNext(sql, comment, at + 2)
    else if (closing !== undefined) {
      const end = endOfQuoted(sql, at + 1, closing)
      tokens.push({ text: sql.slice(at + 1, end).replaceAll(closing + closing, closing), quoted: true })
      at = end + 1
    } else if (/\s/.test(sign)) at++
    else {
      WORD.lastIndex = at
      const text = WORD.exec(sql)?.[0] ?? sign
      tokens.push({ text, quoted: false })
      at += text.length
    }
  }
  return tokens
}

function behindNext(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from)
  return found < 0 ? sql.length : found + mark.length
}

/** Where the quote ends: a doubled mark stands for itself. */
function endOfQuoted(sql: string, from: number, mark: string): number {
  for (let at = sql.indexOf(mark, from); at >= 0; at = sql.indexOf(mark, at + 2))
    if (mark === ']' || sql[at + 1] !== mark) return at
  return sql.length
}

/** What stands between the commas of the first list in brackets, and what stands behind the list. */
function listOf(tokens: readonly Token[]): {
  readonly definitions: readonly (readonly Token[])[]
  readonly behind: readonly Token[]
} {
  const begin = tokens.findIndex((token) => isSign(token, '('))
  const definitions: Token[][] = [[]]
  let depth = 0
  for (let index = begin; begin >= 0 && index < tokens.length; index++) {
    const token = tokens[index] as Token
    if (isSign(token, '(') && depth++ === 0) continue
    if (isSign(token, ')') && --depth === 0) return { definitions, behind: tokens.slice(index + 1) }
    if (depth === 1 && isSign(token, ',')) definitions.push([])
    else definitions.at(-1)?.push(token)
  }
  return { definitions, behind: [] }
}

const isSign = ({ text, quoted }: Token, sign: string): boolean => !quoted && text === sign
const isKeyword = ({ text, quoted }: Token, words: RegExp): boolean => !quoted && words.test(text)

/** A generated column that is worked out when it is read. */
const isVirtual = ([, ...rest]: readonly Token[]): boolean =>
  rest.some((token) => isKeyword(token, /^as$/i)) && !rest.some((token) => isKeyword(token, /^stored$/i))

/** A table without rowid holds the columns of its primary key first. */
function keyFirst(names: readonly string[], definitions: readonly (readonly Token[])[]): string[] {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]))
  const key = new Set(definitions.flatMap(keyOf).flatMap((name) => known.get(name.toLowerCase()) ?? []))
  return [...key, ...names.filter((name) => !key.has(name))]
}

/** The columns of the primary key that a definition names: its own, or those in the brackets behind PRIMARY KEY. */
function keyOf(definition: readonly Token[]): readonly string[] {
  const at = definition.findIndex((token) => isKeyword(token, /^primary$/i))
  const [first] = definition
  if (at < 0 || first === undefined) return []
  if (!isKeyword(first, NO_COLUMN)) return [first.text]
  return listOf(definition.slice(at)).definitions.flatMap(([name]) => name?.text ?? [])
}
