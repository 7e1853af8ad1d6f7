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

export const isReference = (value: string): boolean => /^\$|^\/run\/secrets\/|^(?:true|false)$/i.test(value)

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
