// Passwords given to programs as command-line options.
import { programsIn } from './programs.js'
import { isSecret, saysSecretAtEnd } from './secret-names.js'

export interface FlagValue {
  readonly flag: string
  /** Plain: must not be printed. */
  readonly value: string
}

/** `-Dname` is a property of Java: an assignment. */
const OPTION = /^--?(?!D[a-z])(?<name>[A-Za-z][\w.-]+)$/
/** An option with what follows it, in a text: whether that is a password, its name says (`givesPassword`). */
export const OPTION_IN_TEXT =
  /(?<![\w-])(?<flag>--?(?!D[a-z])[A-Za-z][\w.-]+)(?:=|\s+)(?<quote>["']?)(?<value>[^\s"'$;|&<>-][^\s"';|&<>]*)\k<quote>/

/** A file, or what says where a secret comes from: docker build --secret id=npm. */
const NO_PASSWORD = /^(?:id|type|src|source|env|file)=|\.(?:pem|key|crt|json|ya?ml|toml|txt|env)$/i

/** Gives user:password. */
const LOGIN = /basic[-_.]?auth$/i

/** true where the option `flag` (with its dashes) gives `value` as a password: by the words that make a variable a secret. */
export function givesPassword(flag: string, value: string): boolean {
  const name = OPTION.exec(flag)?.groups?.['name']
  if (name === undefined || LOGIN.test(name) || NO_PASSWORD.test(value)) return false
  return saysSecretAtEnd(name) && isSecret(name, value)
}
/** mysql and its kin take the password right behind -p. */
const SHORT_P = /(?<![\w-])(?<flag>-p)(?<value>[^\s"'$;|&<>0-9:/-][^\s"';|&<>]{2,})/
const TAKES_SHORT_P = /^(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin|mariadb-dump)$/

/** Programs with an option for the password whose name does not say so, its value a word of its own. */
const SHORT_OPTIONS: readonly { readonly flag: string; readonly programs: RegExp }[] = [
  { flag: '-a', programs: /^(?:redis|valkey|keydb)-cli$/ },
  {
    flag: '-p',
    programs: /^(?:mongosh?|mongodump|mongorestore|mongoimport|mongoexport|rabbitmqadmin|cypher-shell|cqlsh|influx)$/,
  },
  { flag: '-P', programs: /^sqlcmd$/ },
  { flag: '-t', programs: /^influx$/ },
  { flag: '-w', programs: /^(?:ldap(?:search|whoami|add|modify)|odoo|odoo-bin|openerp-server)$/ },
  { flag: '--auth', programs: /^nats-server$/ },
]

/** true where the option `flag` of `program` is followed by a password, which only the program says. */
export const isShortOption = (flag: string, program: string | undefined): boolean =>
  SHORT_OPTIONS.some((each) => each.flag === flag && program !== undefined && each.programs.test(program))

/** Forms of a password in a text, each with the programs that mean it by that. */
export const SHORT_IN_TEXT: readonly { readonly pattern: RegExp; readonly programs: RegExp }[] = [
  { pattern: SHORT_P, programs: TAKES_SHORT_P },
  ...SHORT_OPTIONS.map(({ flag, programs }) => ({
    pattern: new RegExp(
      String.raw`(?<![\w-])(?<flag>${flag})\s+(?<quote>["']?)(?<value>[^\s"'$;|&<>-][^\s"';|&<>]*)\k<quote>`,
    ),
    programs,
  })),
]

/** No value of its own: a variable, a mounted secret, a switch (--mysql-native-password=ON). */
export const isReference = (value: string): boolean =>
  /^\$|^@?\/run\/secrets\/|^(?:true|false|on|off|yes|no)$/i.test(value)

/** The first password that `command` (words, or one text) gives by an option; references to variables are none. */
export function flagValue(command: readonly string[] | string): FlagValue | undefined {
  if (typeof command !== 'string') {
    for (const [index, word] of command.entries()) {
      const [flag = '', ...rest] = word.split('=')
      const value = rest.length > 0 ? rest.join('=') : (command[index + 1] ?? '')
      if (value !== '' && !value.startsWith('-') && !isReference(value) && givesPassword(flag, value))
        return { flag, value }
    }
    return command.some((word) => /\s/.test(word)) ? flagValue(command.join(' ')) : undefined
  }
  const options = [...command.matchAll(new RegExp(OPTION_IN_TEXT, 'g'))]
  const option = options.find(({ groups }) => givesPassword(groups?.['flag'] ?? '', groups?.['value'] ?? ''))
  const short = SHORT_P.exec(command)
  const isMeant = short !== null && TAKES_SHORT_P.test(programsIn(command)(short.index) ?? '')
  const { flag, value } = (option ?? (isMeant ? short : undefined))?.groups ?? {}
  return flag === undefined || value === undefined || isReference(value) ? undefined : { flag, value }
}
