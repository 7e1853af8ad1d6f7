// .secretscanignore: gitignore patterns for paths, "fingerprint:…" lines, "rule:ID path-glob" lines; each with an optional
// "until=2026-12-31" and "# reason". Reads and matches; whose suppression counts is decided in apply.ts.
import { readFileSync } from 'node:fs'
import ignore, { type Ignore } from 'ignore'
import picomatch from 'picomatch'
import { UsageError } from '../support/errors.js'
import { printable, shorten } from '../support/printable.js'
import { whyUnreadable } from '../support/unreadable.js'
import { FINGERPRINT } from './baseline.js'

/** Longest glob that is compiled, in characters. */
const MAX_GLOB = 1024

export interface IgnoreEntry {
  readonly line: number
  readonly text: string
  readonly kind: 'path' | 'fingerprint' | 'rule'
  readonly reason?: string
  /** The last day on which the entry counts. */
  readonly until?: string
}

/** What an entry is asked about. `paths`: the file, and the file inside it where it is an archive. */
export interface IgnoreSubject {
  readonly fingerprint?: string
  readonly ruleId: string
  readonly paths: readonly string[]
  /** 1-based; absent where the place has none. */
  readonly line?: number
}

export interface IgnoreFile {
  readonly path: string
  readonly entries: readonly IgnoreEntry[]
  readonly expired: readonly IgnoreEntry[]
  /** The entry that ignores `subject`. */
  match(subject: IgnoreSubject): IgnoreEntry | undefined
  /** All entries that would ignore `subject` if they stood alone: none of them is in vain. */
  matches(subject: IgnoreSubject): readonly IgnoreEntry[]
}

type Matcher = (subject: IgnoreSubject) => IgnoreEntry | undefined

function parseLine(raw: string, line: number, path: string): IgnoreEntry | undefined {
  const comment = /(?:^|\s)#(.*)$/.exec(raw)
  const body = (comment === null ? raw : raw.slice(0, comment.index)).trim()
  const until = /(?:^|\s)until=(\S*)/.exec(`${body} ${comment?.[1] ?? ''}`)?.[1]
  if (until !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until)))) {
    throw new UsageError(`${path}:${line}: "until=${shorten(printable(until), 40)}" is not a date`, {
      hint: 'Write it as until=2026-12-31.',
    })
  }
  const text = body.replace(/(?:^|\s+)until=\S*/, '').trim()
  if (text === '') return undefined
  const reason = (comment?.[1] ?? '').replace(/(?:^|\s)until=\S*/, '').trim()
  return {
    line,
    text,
    kind: kindOf(text, `${path}:${line}`),
    ...(reason === '' ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
  }
}

/** A word and a colon at the beginning of a line are taken for a kind: written wrong, they would silently be a path that is nowhere. */
function kindOf(text: string, where: string): IgnoreEntry['kind'] {
  const word = /^([a-z][a-z-]*):(?!\/)/.exec(text)?.[1]
  if (word === undefined) return 'path'
  if (word === 'rule') return word
  if (word === 'fingerprint') {
    if (FINGERPRINT.test(text.slice('fingerprint:'.length).trim())) return word
    throw new UsageError(`${where}: "${shorten(printable(text), 60)}" is no fingerprint`, {
      hint: 'Write it as the JSON report has it: fingerprint:v1: and 26 letters and digits.',
    })
  }
  throw new UsageError(`${where}: there is no kind of line "${shorten(printable(word), 40)}:"`, {
    hint: `Lines are paths, fingerprint:… or rule:ID; a path that begins so is written as ./${shorten(printable(text), 40)}`,
  })
}

/** As gitignore has it, later lines win; each line that ignores the path by itself counts as of use. */
function pathMatchers(entries: readonly IgnoreEntry[]): {
  readonly decides: Matcher
  readonly alone: readonly Matcher[]
} {
  const patternsOf = (some: readonly IgnoreEntry[]): Ignore => {
    const patterns = ignore({ ignorecase: false, allowRelativePaths: true })
    for (const entry of some) patterns.add({ pattern: entry.text, mark: String(entry.line) })
    return patterns
  }
  const matcherOf = (some: readonly IgnoreEntry[]): Matcher => {
    const patterns = patternsOf(some)
    return ({ paths }) => {
      for (const path of paths) {
        const { ignored, rule } = path === '' ? { ignored: false, rule: undefined } : patterns.test(path)
        if (ignored) return some.find(({ line }) => String(line) === rule?.mark)
      }
      return undefined
    }
  }
  return { decides: matcherOf(entries), alone: entries.map((entry) => matcherOf([entry])) }
}

function globMatcher(glob: string, where: string): (text: string) => boolean {
  if (glob.length > MAX_GLOB) throw new UsageError(`${where}: the pattern is longer than ${MAX_GLOB} characters`)
  return picomatch(glob, { dot: true, basename: !glob.includes('/') })
}

function ruleMatcher(entry: IgnoreEntry, path: string): Matcher {
  const [id = '', glob] = entry.text
    .slice('rule:'.length)
    .trim()
    .split(/\s+(.*)/)
  const where = `${path}:${entry.line}`
  if (id === '')
    throw new UsageError(`${where}: "rule:" needs the ID of a rule`, { hint: 'Write it as rule:ID path-glob.' })
  const ruleMatches = globMatcher(id, where)
  const pathMatches = glob === undefined || glob === '' ? undefined : globMatcher(glob, where)
  return ({ ruleId, paths }) =>
    ruleMatches(ruleId) && (pathMatches === undefined || paths.some((candidate) => pathMatches(candidate)))
      ? entry
      : undefined
}

function fingerprintMatcher(entries: readonly IgnoreEntry[]): Matcher {
  const byFingerprint = new Map(entries.map((entry) => [entry.text.slice('fingerprint:'.length).trim(), entry]))
  return ({ fingerprint }) => (fingerprint === undefined ? undefined : byFingerprint.get(fingerprint))
}

/** Parses the text of an ignore file. `path` is for messages; entries whose day is before that of `now` (UTC) do not count. */
export function parseIgnoreFile(text: string, path: string, now: Date): IgnoreFile {
  const today = now.toISOString().slice(0, 10)
  const all = text.split(/\r?\n/).flatMap((raw, index) => parseLine(raw, index + 1, path) ?? [])
  const isExpired = ({ until }: IgnoreEntry): boolean => until !== undefined && until < today
  const entries = all.filter((entry) => !isExpired(entry))
  const ofKind = (kind: IgnoreEntry['kind']): IgnoreEntry[] => entries.filter((entry) => entry.kind === kind)
  const byPath = pathMatchers(ofKind('path'))
  const others = [fingerprintMatcher(ofKind('fingerprint')), ...ofKind('rule').map((entry) => ruleMatcher(entry, path))]
  const ask = (matchers: readonly Matcher[], subject: IgnoreSubject): IgnoreEntry[] =>
    matchers.flatMap((matcher) => matcher(subject) ?? [])
  return {
    path,
    entries,
    expired: all.filter(isExpired),
    match: (subject) => ask([...others, byPath.decides], subject)[0],
    matches: (subject) => ask([...others, ...byPath.alone], subject),
  }
}

/** Reads an ignore file; undefined where there is none and it is not `required`. Throws UsageError. */
export function readIgnoreFile(path: string, now: Date, required: boolean): IgnoreFile | undefined {
  try {
    return parseIgnoreFile(readFileSync(path, 'utf8'), path, now)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code === 'ENOENT' && !required) return undefined
    throw new UsageError(`The ignore file ${path} cannot be read: ${whyUnreadable(error)}`, { cause: error })
  }
}
