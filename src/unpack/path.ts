// Paths inside archives as text: they are shown and compared, never opened.

/** `path` without leading slash, "." and empty parts left out, ".." resolved (never above the root); "" is the root. */
export function normalizePath(path: string): string {
  if (isNormal(path)) return path
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

const ODD_PART = /(?:^|\/)\.{0,2}(?:\/|$)/

function isNormal(path: string): boolean {
  return !ODD_PART.test(path)
}
