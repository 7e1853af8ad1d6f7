// Patterns of tags: globs, or regular expressions between slashes.

/** The expression between slashes, undefined for a glob. */
export function expressionOf(pattern: string): string | undefined {
  return /^\/(.+)\/$/s.exec(pattern)?.[1]
}
