// Passwords given to programs as command-line options.

export interface FlagValue {
  readonly flag: string
  /** Plain: must not be printed. */
  readonly value: string
}

/** A whole word. */
export const PASSWORD_OPTION =
  /^--?(?:[a-z0-9-]*passw(?:or)?d|passphrase|requirepass|masterauth|pass|token|[a-z-]*secret|api-key|access-key|secret-key)$/i
export const PASSWORD_OPTION_IN_TEXT =
  /(?<![\w-])(?<flag>--?(?:[a-z0-9-]*passw(?:or)?d|passphrase|requirepass|masterauth|pass|token|[a-z-]*secret|api-key|access-key|secret-key))(?:=|\s+)(?<quote>["']?)(?<value>[^\s"'$;|&<>-][^\s"';|&<>]*)\k<quote>/i
/** mysql and its kin take the password right behind -p. */
export const SHORT_P = /(?<![\w-])(?<flag>-p)(?<value>[^\s"'$;|&<>0-9:/-][^\s"';|&<>]{2,})/
export const USES_SHORT_P = /\b(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin|mariadb-dump)\b/

/** Programs with a one-letter option for the password, its value a word of its own. */
const SHORT_OPTIONS: readonly { readonly flag: string; readonly programs: RegExp }[] = [
  { flag: '-a', programs: /\b(?:redis|valkey|keydb)-cli\b/ },
  {
    flag: '-p',
    programs: /\b(?:mongosh?|mongodump|mongorestore|mongoimport|mongoexport|rabbitmqadmin|cypher-shell|cqlsh)\b/,
  },
  { flag: '-P', programs: /\bsqlcmd\b/ },
  { flag: '-w', programs: /\bldap(?:search|whoami|add|modify)\b/ },
]

/** The one-letter options that give a password to one of the programs in `command`. */
export const shortOptionsOf = (command: string): readonly string[] =>
  SHORT_OPTIONS.filter(({ programs }) => programs.test(command)).map(({ flag }) => flag)

/** Where a script gives a password by the one-letter option `flag`: in the command of such a program, since `mkdir -p` is none. */
export const shortOptionInText = (flag: string): RegExp => {
  const programs = SHORT_OPTIONS.find((each) => each.flag === flag)?.programs.source ?? ''
  return new RegExp(
    String.raw`(?<=${programs}[^;&|\n]*)(?<![\w-])(?<flag>${flag})\s+(?<quote>["']?)(?<value>[^\s"'$;|&<>-][^\s"';|&<>]*)\k<quote>`,
  )
}

/** No value of its own: a variable, a mounted secret, a switch (--mysql-native-password=ON). */
export const isReference = (value: string): boolean =>
  /^\$|^\/run\/secrets\/|^(?:true|false|on|off|yes|no)$/i.test(value)

/** The first password that `command` (words, or one text) gives by an option; references to variables are none. */
export function flagValue(command: readonly string[] | string): FlagValue | undefined {
  if (typeof command !== 'string') {
    for (const [index, word] of command.entries()) {
      const [flag = '', ...rest] = word.split('=')
      const value = rest.length > 0 ? rest.join('=') : command[index + 1]
      if (
        PASSWORD_OPTION.test(flag) &&
        value !== undefined &&
        value !== '' &&
        !value.startsWith('-') &&
        !isReference(value)
      )
        return { flag, value }
    }
    return command.some((word) => /\s/.test(word)) ? flagValue(command.join(' ')) : undefined
  }
  const found = PASSWORD_OPTION_IN_TEXT.exec(command) ?? (USES_SHORT_P.test(command) ? SHORT_P.exec(command) : null)
  const { flag, value } = found?.groups ?? {}
  return flag === undefined || value === undefined || isReference(value) ? undefined : { flag, value }
}
