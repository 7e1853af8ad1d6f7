// Words of commands that a person runs next, or that a program writes down for a shell.

/** `word` for a POSIX shell, in single quotes where it needs them. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
