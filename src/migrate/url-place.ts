// Where the password of a connection URL stands: in what its service gets, and as it is written.

/** The password of a URL whose variable keeps the rest. */
export interface PasswordPlace {
  /** UTF-16 offsets in the variable's value. */
  readonly start: number
  readonly end: number
  /** As written there: the entry's own text, and of it the password or the reference that gives it, by UTF-16 offsets. */
  readonly written: { readonly text: string; readonly start: number; readonly end: number }
}

/** The variable that gives the password; undefined where it is written out. */
export const referenceIn = ({ written: { text, start, end } }: PasswordPlace): string | undefined =>
  /^\$\{?([A-Za-z_]\w*)/.exec(text.slice(start, end))?.[1]
