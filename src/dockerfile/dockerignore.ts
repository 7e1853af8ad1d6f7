// Which files `docker build` leaves out of its context: the pattern rules of .dockerignore (moby's patternmatcher).

interface Pattern {
  readonly exclusion: boolean
  readonly matches: (path: string) => boolean
}

export interface DockerIgnore {
  /** True where the build does not get `path` (slashes, relative to the context, no leading "./"). */
  ignores(path: string): boolean
  /** True where some pattern (`!…`) can bring a path back: an ignored folder must then be walked all the same. */
  readonly hasExclusions: boolean
  /** Lines that are no patterns; the build would fail on them. */
  readonly malformed: readonly string[]
}

/** Go's filepath.Clean with slashes. */
function clean(path: string): string {
  const rooted = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !rooted) kept.push(part)
  }
  return (rooted ? '/' : '') + kept.join('/') || '.'
}

/** One step of a pattern: from offsets in a path (ascending) to all offsets that it can reach from them (ascending). */
type Step = (path: string, from: readonly number[]) => readonly number[]

const one =
  (fits: (character: string) => boolean): Step =>
  (path, from) =>
    from.filter((at) => at < path.length && fits(path[at] ?? '')).map((at) => at + 1)

/** `*`: any run without a slash. */
const run: Step = (path, from) => {
  const reached: number[] = []
  for (const [index, start] of from.entries()) {
    const stop = from[index + 1] ?? path.length + 1
    for (let at = start; at < stop && at <= path.length; at++) {
      reached.push(at)
      if (path[at] === '/') break
    }
  }
  return reached
}

/** `**` before more: nothing, or whole folders. */
const folders: Step = (path, from) => {
  const [first] = from
  if (first === undefined) return []
  const reached = new Set(from)
  for (let at = first; at < path.length; at++) if (path[at] === '/') reached.add(at + 1)
  return [...reached].sort((a, b) => a - b)
}

const rest: Step = (path, from) => (from.length === 0 ? [] : [path.length])

/** `[a-z]`, `[^a]`; undefined where it does not close. */
function characterClass(pattern: string, at: number): { step: Step; next: number } | undefined {
  const end = pattern.indexOf(']', at + 2)
  if (end === -1) return undefined
  const written = pattern.slice(at + 1, end)
  const negated = written.startsWith('^')
  const members = negated ? written.slice(1) : written
  const ranges = [...members.matchAll(/\\?(.)(?:-\\?(.))?/gs)].map(([, from = '', to = from]) => [from, to] as const)
  return {
    step: one((character) => negated !== ranges.some(([from, to]) => character >= from && character <= to)),
    next: end + 1,
  }
}

/** The steps of a pattern; undefined where it is malformed. */
function stepsOf(pattern: string): readonly Step[] | undefined {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] ?? ''
    if (pattern.startsWith('**', at)) {
      at += pattern[at + 2] === '/' ? 3 : 2
      steps.push(at >= pattern.length ? rest : folders)
    } else if (character === '[') {
      const set = characterClass(pattern, at)
      if (set === undefined) return undefined
      steps.push(set.step)
      at = set.next
    } else if (character === '\\') {
      const literal = pattern[at + 1]
      if (literal === undefined) return undefined
      steps.push(one((each) => each === literal))
      at += 2
    } else {
      steps.push(
        character === '*' ? run : character === '?' ? one((each) => each !== '/') : one((each) => each === character),
      )
      at++
    }
  }
  return steps
}

/** Walks all ways at once, so that no pattern takes more than its length times the path's. */
function walks(steps: readonly Step[], path: string): boolean {
  let reached: readonly number[] = [0]
  for (const step of steps) reached = step(path, reached)
  return reached.at(-1) === path.length
}

const WILD = /[*?[\]\\]/

function matcher(pattern: string): ((path: string) => boolean) | undefined {
  if (!WILD.test(pattern)) return (path) => path === pattern
  const tail = pattern.slice(2)
  if (pattern.startsWith('**') && tail !== '' && !WILD.test(tail)) {
    return (path) => path.endsWith(tail) || (tail.startsWith('/') && path === tail.slice(1))
  }
  const steps = stepsOf(pattern)
  return steps === undefined ? undefined : (path) => walks(steps, path)
}

function parsePattern(line: string): Pattern | undefined {
  const exclusion = line.startsWith('!')
  const written = (exclusion ? line.slice(1) : line).trim()
  if (written === '') return undefined
  const cleaned = clean(written)
  const matches = matcher(cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned)
  return matches === undefined ? undefined : { exclusion, matches }
}

/** `path` and its parent folders, outermost first. */
function selfAndParents(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Reads a .dockerignore text. Later patterns win; a pattern that fits a folder fits all below it. */
export function parseDockerignore(text: string): DockerIgnore {
  const patterns: Pattern[] = []
  const malformed: string[] = []
  for (const raw of text.replace(/^\ufeff/, '').split('\n')) {
    const line = raw.startsWith('#') ? '' : raw.trim()
    if (line === '') continue
    const pattern = parsePattern(line)
    if (pattern === undefined) malformed.push(line)
    else patterns.push(pattern)
  }
  return {
    malformed,
    hasExclusions: patterns.some((pattern) => pattern.exclusion),
    ignores(path) {
      const paths = selfAndParents(path)
      let ignored = false
      for (const pattern of patterns) {
        if (pattern.exclusion === ignored && paths.some(pattern.matches)) ignored = !pattern.exclusion
      }
      return ignored
    },
  }
}
