// Secrets in a word of a command or in a script as text, whatever program reads it: assignments, URLs, statements of SQL, JSON.
import { isReference } from './option-password.js'
import { isNamedSecret, saysSecretAtEnd } from './secret-names.js'

export interface TextSecret {
  readonly by: 'option' | 'variable' | 'url'
  readonly name: string
  /** Plain: must not be printed. */
  readonly value: string
  /** UTF-16 offset. */
  readonly start: number
}

/**
 * NAME=value, also behind the letter of a property (Java's -Ddb.password=…, Gradle's -PmavenPassword=…); in a script what a shell would change
 * is none.
 */
const ASSIGNMENT =
  /(?:(?<![\w$.\\])|(?<=\\[nrt]))(?<property>(?<=(?<![\w-])-)(?:D|P(?=[a-z])))?(?<name>[A-Za-z_][\w.-]{0,127})=(?=(?<quote>["']?)(?<value>[^\s"'$;|&<>`\\]{1,512})\k<quote>)/dg
/** A line of settings: name = value, name: value, requirepass value */
const LINE =
  /(?:^|[\n"']|\\n)[ \t]{0,8}(?:(?<name>[A-Za-z_][\w.-]{0,127})(?:[ \t]{1,4}=|=[ \t]|:[ \t])[ \t]{0,4}|(?:requirepass|masterauth|primaryauth)[ \t]{1,4})(?<value>[^\s"'$`\\]{1,512})[ \t]*(?=$|[\n"']|\\n)/dg
/** A line of .pgpass: host:port:database:user:password */
const PGPASS =
  /(?<![\w.:*-])[\w.*-]{1,64}:(?:\d{2,5}|\*):(?:[a-z][\w-]{0,63}|\*):[a-z][\w-]{0,63}:(?<value>[^\s"'$`\\:]{1,512})/dg
/** config set DB_PASSWORD value: a name of several words, behind which its value stands. */
const SET =
  /\b(?:set|config)(?=\s{1,4}["']?(?:[^\s"'=]{0,128}[:/.])?(?<name>[A-Za-z_][\w-]{0,127})["']?\s{1,4}(?<quote>["']?)(?<value>[^\s"'$`\\;|&<>-][^\s"'$`\\;|&<>]*)\k<quote>)/dg
/** The last @ ends the password, as in url-password.ts. */
const URL =
  /\b(?<name>[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s:@/?#'"]*:(?<value>[^\s@/?#'"$`\\]+(?:@[^\s@/?#'":,$`\\]+)*)@[^\s@/?#'",]/dgi
/** IDENTIFIED BY '…', PASSWORD '…', PASSWORD = N'…', PASSWORD('…') */
const STATEMENT =
  /\b(?:identified\s+(?:with\s+\S{1,64}\s+)?(?:by|as)|(?<name>password))(?:\s+|\s*=\s*|\s*\(\s*)N?\\?(?<quote>["'])(?<value>[^\s"'$`\\]{1,512})\\?\k<quote>/dgi
/** Oracle's CREATE USER app IDENTIFIED BY app_pw, without quotes. */
const UNQUOTED =
  /\b(?:user|role|to)\s{1,4}\S{1,128}\s{1,4}identified\s{1,4}by\s{1,4}"?(?!(?:values|password|random|externally|globally)\b)(?<value>[a-z][\w$#]{1,127})/dgi
/** "name": "value", name: 'value', name => "value" */
const MEMBER =
  /(?<![\w$])\\?["']?(?<name>[A-Za-z_][\w.-]{0,127})\\?["']?\s{0,8}(?::|=>)\s{0,8}\\?(?<quote>["'])(?<value>[^\s"'$`\\]{1,512})\\?\k<quote>/dg
/** Django's create_superuser('admin', 'admin@example.com', '…') */
const CREATED =
  /\b(?<name>create_(?:super)?user)\([^()]{0,400},\s{0,8}\\?(?<quote>["'])(?<value>[^\s"'$`\\@]{1,512})\\?\k<quote>\s{0,8}\)/dg

/** Environment style, or a name that ends in what it is. */
const TELLING_NAME =
  /^(?:[A-Z][A-Z0-9_]*|(?:.*[-_.])?(?:password|passwd|pwd|secret|token|apikey|api[-_]key|macaroon)|.*[a-z](?:Password|Passwd|Pwd|Secret|Token|ApiKey))$/
const isTelling = (name: string, value: string, isProperty: boolean): boolean =>
  (isProperty || TELLING_NAME.test(name)) && isNamedSecret(name, value) && !/^\.{0,2}\/|^\d{1,5}$/.test(value)

/** What `text` holds, in no order. */
export function textSecrets(text: string): readonly TextSecret[] {
  const all = (
    pattern: RegExp,
    by: TextSecret['by'],
    fits: (name: string, value: string, isProperty: boolean) => boolean,
  ): readonly TextSecret[] =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const { name = 'password', value: long = '', property } = match.groups ?? {}
      const start = match.indices?.groups?.['value']?.[0]
      const value = by === 'variable' ? untilNext(long, text[match.index - 1] ?? '') : long
      return start === undefined || isReference(value) || !fits(name, value, property !== undefined)
        ? []
        : [{ by, name, value, start }]
    })
  return [
    ...all(URL, 'url', (_, value) => !/^[*x]+$/i.test(value)),
    ...all(ASSIGNMENT, 'variable', isTelling),
    ...all(STATEMENT, 'option', () => true),
    ...all(UNQUOTED, 'option', () => true),
    ...all(MEMBER, 'variable', (name, value) => saysSecretAtEnd(name) && isNamedSecret(name, value)),
    ...all(CREATED, 'option', () => true),
    ...all(LINE, 'variable', isTelling),
    ...all(PGPASS, 'option', () => true),
    ...all(
      SET,
      'variable',
      (name, value) =>
        /[a-z][A-Z_]|[A-Z]_|^requirepass$|^Password$/.test(name) && saysSecretAtEnd(name) && isNamedSecret(name, value),
    ),
  ]
}

/** Among others of its kind a value ends where the next one begins: [iterations=8192,password=…], Map?ServerPassword=…?Port=1 */
function untilNext(value: string, before: string): string {
  if (before === '?') return value.split('?', 1)[0] ?? ''
  return before === ',' || before === '[' ? (value.split(/[,\]]/, 1)[0] ?? '') : value
}
