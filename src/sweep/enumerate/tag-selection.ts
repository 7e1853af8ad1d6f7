// Which tags of a repository a sweep takes by their names: globs, regular expressions, a range of versions. By date: newest.ts.
import picomatch from 'picomatch'
import { coerce, parse, type Range, Range as SemverRange } from 'semver'
import { expressionOf } from '../config/expression.js'
import type { TagSelection } from '../types.js'
import { PatternUse } from './pattern-use.js'

type Test = (tag: string) => boolean

function testOf(pattern: string): Test {
  const expression = expressionOf(pattern)
  if (expression === undefined) return picomatch(pattern, { dot: true, nonegate: true, noextglob: true })
  const compiled = new RegExp(expression)
  return (tag) => compiled.test(tag)
}

/** "v1.2.3", "1.2.3-alpine", and the short forms "1" and "1.2", which stand for their first version. */
function inRange(tag: string, range: Range): boolean {
  const version = parse(tag, { loose: true }) ?? (/^v?\d+(?:\.\d+)?$/.test(tag) ? coerce(tag) : null)
  return version !== null && range.test(version)
}

/** Whether a tag's name is one of those selected. Names that are no versions are outside every range. */
export function tagTest({ include, exclude, semver }: TagSelection): Test {
  const wanted = include.map(testOf)
  const unwanted = exclude.map(testOf)
  // What follows a version in a tag ("1.2.3-alpine") is a variant more often than a version to come: it counts.
  const range = semver === undefined ? undefined : new SemverRange(semver, { includePrerelease: true })
  return (tag) =>
    wanted.some((test) => test(tag)) &&
    !unwanted.some((test) => test(tag)) &&
    (range === undefined || inRange(tag, range))
}

/** Which of the patterns that take in match nothing; those that are for all tags are of no interest. */
export const tagUse = ({ include }: TagSelection): PatternUse =>
  new PatternUse(include, (pattern) => (pattern === '*' ? undefined : testOf(pattern)))
