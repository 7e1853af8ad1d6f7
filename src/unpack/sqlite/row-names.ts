// Which name stands beside a cell: its column's, or, where a row is a setting, the name that the row itself holds.
import { ANY_VALUE, bareValues, isPassing, snakeCase } from '../cell-names.js'

/** How the cells of one column are named. */
export interface ColumnNames {
  readonly name: string
  /** The place of the column that holds the name, where this one holds the values of settings. */
  readonly key?: number
  /** It holds names: no cell of it is written. */
  readonly isLabel: boolean
  /** Values that stand without a name. */
  readonly bare?: RegExp
  /** Hexadecimal values are left out: they say which row is meant, or what a thing is a digest of. */
  readonly isIdentifier: boolean
}

const KEY = /^(.*?)_?(?:name|key|k|setting|option|variable|param(?:eter)?|property|attribute|field)$/
const VALUE = /^(.*?)_?(?:value|val|v|content)$/
const IDENTIFIER = /(?:^|_)(?:u?u?id|guid|oid|sha|sha\d*|commit|revision|hash|digest|checksum|etag)$/
const SALT = /salt$/

/** How the cells of a table are named, by its name and those of its columns. */
export function columnNames(table: string, columns: readonly string[]): ColumnNames[] {
  const plain = columns.map(snakeCase)
  const keys = firstPlaces(plain.map((name) => KEY.exec(name)?.[1]))
  const keyOf = plain.map((name, place) => {
    const of = VALUE.exec(name)?.[1]
    const key = of === undefined ? undefined : (keys.get(of) ?? keys.get(''))
    return key === place ? undefined : key
  })
  const labels = new Set(keyOf)
  const passes = isPassing(snakeCase(table))
  const isSalted = plain.some((name) => SALT.test(name))
  return columns.map((name, place) => {
    const key = keyOf[place]
    const bare = passes ? ANY_VALUE : bareValues(plain[place] ?? '', key !== undefined, isSalted)
    return {
      name,
      isLabel: labels.has(place),
      isIdentifier: IDENTIFIER.test(plain[place] ?? ''),
      ...(key === undefined ? {} : { key }),
      ...(bare === undefined ? {} : { bare }),
    }
  })
}

/** `option_name` belongs to `option_value`, `name` to each value without such. */
function firstPlaces(beginnings: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [place, of] of beginnings.entries()) if (of !== undefined && !places.has(of)) places.set(of, place)
  return places
}
