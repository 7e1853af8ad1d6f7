// The paths that a rule is bound to, or silent in: globs, or regular expressions after "re:".
import picomatch from 'picomatch'

const REGULAR = 're:'

/** The pattern in an entry "re:…", or undefined for a glob. */
export function pathPatternOf(entry: string): string | undefined {
  return entry.startsWith(REGULAR) ? entry.slice(REGULAR.length) : undefined
}

/** Globs without regard to case; one without a slash is a base name. A text without a path matches none. */
export function pathTest(entries: readonly string[]): (path: string | undefined) => boolean {
  const tests = entries.map(entryTest)
  let last: { readonly path: string; readonly result: boolean } | undefined
  return (path) => {
    if (path === undefined) return false
    if (last?.path !== path) last = { path, result: tests.some((test) => test(path)) }
    return last.result
  }
}

function entryTest(entry: string): (path: string) => boolean {
  const pattern = pathPatternOf(entry)
  if (pattern === undefined) return globTest(entry)
  const regular = new RegExp(pattern)
  return (path) => regular.test(path)
}

/** As picomatch() itself tests, without what it does for other systems' paths: asked of every file of an image. */
function globTest(glob: string): (path: string) => boolean {
  const regular = picomatch.makeRe(glob, { nocase: true, dot: true })
  return glob.includes('/')
    ? (path) => regular.test(path)
    : (path) => regular.test(path.slice(path.lastIndexOf('/') + 1))
}
