// Why a file cannot be read or written, in words.

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left for this user',
  EROFS: 'the file system is read-only',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'

/** What the system's error says: "there is no such file", else its code; for behind a colon. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  return WORDS[code] ?? code
}

/** What the system says of a write: "no space left", else its code; for in brackets. */
export function whyUnwritable(error: unknown): string {
  const code = codeOf(error)
  return UNWRITABLE[code] ?? code
}
