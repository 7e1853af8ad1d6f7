// Which name stands beside a cell: its column's, or, where a row is a setting, the name that the row itself holds. And which cells stand
// without: what a table keeps of a session or a digest is of no use to who reads it, and there is one in every row.

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
  readonly isNumber: boolean
}

/** Columns of one table that are told apart: as many as SQLite can be built for. */
const MOST_COLUMNS = 32767
const KEY = /^(.*?)_?(?:name|key|k|setting|option|variable|param(?:eter)?|property|attribute|field)$/
const VALUE = /^(.*?)_?(?:value|val|v|content)$/
/** Tables with a row for each visit, or with the texts that a program shows. */
const PASSING =
  /(?:^|_)(?:sessions?|cookies?|csrf|xsrf|nonces?|captchas?|strings|translations?|i18n|l10n|locales?|labels)(?:_|$)|(?:^|_)auth_?tokens?$/
/** Columns of what is derived from a secret, or made to be sent along. */
const DERIVED =
  /(?:^|_)(?:hash(?:ed|es)?|digest|checksum|salt|sha\d*|md5|csrf|xsrf|nonce|session|sess|fingerprint|signature|etag|last_?(?:four|eight))(?:_|$)/
const NUMBER = /(?:^|_)(?:u?u?id|guid|oid|sha|sha\d*|commit|revision|hash|digest|checksum|etag)$/
const PASSWORD = /pass|pwd/
const SALT = /salt$/
const ANY = /^/
/** No password, but made of one. */
const DIGEST = /^[0-9a-f]{32,300}$/i
/** The same of a token: 32 or 40 digits may be what somebody drew. */
const LONG_DIGEST = /^[0-9a-f]{56,300}$/i

/** How the cells of a table are named, by its name and those of its columns. */
export function columnNames(table: string, columns: readonly string[]): ColumnNames[] {
  const names = columns.slice(0, MOST_COLUMNS)
  const plain = names.map(snakeCase)
  const keys = firstPlaces(plain.map((name) => KEY.exec(name)?.[1]))
  const keyOf = plain.map((name, place) => {
    const of = VALUE.exec(name)?.[1]
    const key = of === undefined ? undefined : (keys.get(of) ?? keys.get(''))
    return key === place ? undefined : key
  })
  const labels = new Set(keyOf)
  const isPassing = PASSING.test(snakeCase(table))
  const isSalted = plain.some((name) => SALT.test(name))
  return names.map((name, place) => {
    const key = keyOf[place]
    const bare = isPassing ? ANY : bareIn(plain[place] ?? '', key !== undefined, isSalted)
    return {
      name,
      isLabel: labels.has(place),
      isNumber: NUMBER.test(plain[place] ?? ''),
      ...(key === undefined ? {} : { key }),
      ...(bare === undefined ? {} : { bare }),
    }
  })
}

/** `settingKey` and `setting-key` as `setting_key`. */
const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^\w]+/g, '_')
    .toLowerCase()

/** `option_name` belongs to `option_value`, `name` to each value without such. */
function firstPlaces(beginnings: readonly (string | undefined)[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [place, of] of beginnings.entries()) if (of !== undefined && !places.has(of)) places.set(of, place)
  return places
}

/** A setting that looks like a digest is a key that somebody made; beside a salt stands no password. */
function bareIn(name: string, isSetting: boolean, isSalted: boolean): RegExp | undefined {
  if (DERIVED.test(name) || (isSalted && PASSWORD.test(name))) return ANY
  if (isSetting) return undefined
  return PASSWORD.test(name) ? DIGEST : LONG_DIGEST
}
