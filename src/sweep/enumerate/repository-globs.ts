// Which repositories of a registry a sweep takes: names and globs in order, "!" takes out what stands before it.
import picomatch from 'picomatch'
import { isRepositoryName } from '../../image/reference.js'
import { PatternUse } from './pattern-use.js'

export interface RepositorySelection {
  /** Names without a wildcard: these need no listing. */
  readonly named: readonly string[]
  /** The same, also those that are taken out again. */
  readonly mentioned: readonly string[]
  /** Whether a glob asks for repositories whose names are not known. */
  readonly needsListing: boolean
  /** What every repository that a glob matches begins with, one for each glob: "team/" for "team/*"; "" where it may be any. */
  readonly prefixes: readonly string[]
  takes(repository: string): boolean
}

const GLOB = /[*?[\]{}]/

const testOf = (glob: string) => picomatch(glob, { dot: true, nonegate: true, noextglob: true })

/**
 * Which of `patterns` match nothing. Not those that name a repository, which is missed by itself, and not those that take out: they may
 * stand there for what is yet to come.
 */
export function repositoryUse(patterns: readonly string[], host: string): PatternUse {
  return new PatternUse(patterns, (pattern) => {
    if (pattern.startsWith('!')) return undefined
    const glob = fullName(pattern, host)
    return GLOB.test(glob) ? testOf(glob) : undefined
  })
}

/** The part before the first wildcard. */
const literalStart = (glob: string): string => glob.slice(0, glob.search(GLOB))

/** Whether a list only takes out. */
export const onlyTakesOut = (patterns: readonly string[]): boolean =>
  patterns.length > 0 && patterns.every((pattern) => pattern.startsWith('!'))

const allBut = (patterns: readonly string[]): readonly string[] =>
  onlyTakesOut(patterns) ? ['**', ...patterns] : patterns

/** "nginx" is "library/nginx" at Docker Hub. */
function fullName(pattern: string, host: string): string {
  return host === 'docker.io' && !pattern.includes('/') && !GLOB.test(pattern) ? `library/${pattern}` : pattern
}

/**
 * The selection that `patterns` make: the last pattern that matches a name decides. "*" goes up to the next slash, "**" across. Where all
 * of them take out, they mean all but those.
 */
export function selectRepositories(patterns: readonly string[], host: string): RepositorySelection {
  const rules = allBut(patterns).map((pattern) => {
    const takes = !pattern.startsWith('!')
    const glob = fullName(takes ? pattern : pattern.slice(1), host)
    return { takes, glob, matches: testOf(glob) }
  })
  const takes = (repository: string): boolean =>
    rules.reduce((taken, rule) => (rule.matches(repository) ? rule.takes : taken), false)
  const wanted = rules.filter((rule) => rule.takes).map(({ glob }) => glob)
  const globs = wanted.filter((glob) => GLOB.test(glob))
  const mentioned = [...new Set(wanted.filter((glob) => !GLOB.test(glob)))]
  return {
    named: mentioned.filter(takes),
    mentioned,
    needsListing: globs.length > 0,
    prefixes: [...new Set(globs.map(literalStart))],
    takes,
  }
}

/** The first `depth` segments that the prefixes fix ("team" of "team/*"); undefined where a glob leaves them open. */
export function namespacesOf(prefixes: readonly string[]): readonly string[] | undefined {
  const namespaces = prefixes.map((prefix) => (prefix.includes('/') ? prefix.slice(0, prefix.indexOf('/')) : undefined))
  return namespaces.every((name) => name !== undefined) ? [...new Set(namespaces)] : undefined
}

/** Why a name or glob of `repositories` can match no repository, whatever a registry holds; undefined where it may. */
export function patternProblem(pattern: string): string | undefined {
  const glob = pattern.replace(/^!/, '')
  if (/[A-Z]/.test(glob.replace(/\[[^\]]*\]/g, ''))) return 'matches nothing: repositories are named in lower case'
  if (/^\/|\/\/|\/$/.test(glob)) return 'matches nothing: a part of it between slashes is empty'
  for (const [open, close] of ['[]', '{}'] as const)
    if (glob.split(open ?? '').length !== glob.split(close ?? '').length)
      return `has a "${open}" or "${close}" without the other`
  if (GLOB.test(glob) || isRepositoryName(glob)) return undefined
  return 'is no name of a repository: it stands there without host and tag'
}
