// Names that a stranger chose (file names, link targets, extended attributes), scanned as text and never followed.
import type { Match } from '../detect/types.js'
import { leavingPlace, slowCoverage, type UnitTools } from './file-result.js'
import { isGuessable } from './guessable.js'
import { bareFinding, maskPath, plainValues } from './raw-finding.js'
import type { FilePlace, Related, Span } from './types.js'
import type { NameItem, RawFinding, UnitResult } from './unit.js'

/**
 * Findings in a unit's names. All are joined to one text, a line each: most units hold nothing, and one call sees that. A name that
 * holds line breaks is scanned by itself as well, since a line of it could be taken for another name.
 */
export function scanNames(names: readonly NameItem[], tools: UnitTools): UnitResult {
  if (names.length === 0) return { findings: [], coverage: [] }
  const texts = names.map((name) => Buffer.from(name.text ?? Buffer.from(name.path)))
  const joined = Buffer.concat(texts.flatMap((text) => [text, NEWLINE]))
  const { matches, slow } = tools.text.whole(joined, { isFile: false })
  tools.memory.remember(matches)
  const findings: RawFinding[] = []
  let start = 0
  let next = 0
  for (const [i, name] of names.entries()) {
    const end = start + (texts[i]?.length ?? 0)
    while (next < matches.length && (matches[next]?.start ?? 0) < start) next++
    for (; next < matches.length; next++) {
      const match = matches[next]
      if (match === undefined || match.start >= end) break
      if (match.end <= end) findings.push(nameFinding(name, match, start, tools))
    }
    start = end + 1
  }
  return { findings, coverage: slowCoverage(slow, undefined) }
}

const NEWLINE = Buffer.from('\n')

function nameFinding(name: NameItem, match: Match, start: number, tools: UnitTools): RawFinding {
  const at = { start: match.start - start, end: match.end - start }
  const place = namePlace(name, at.end, match, tools)
  const related: Related[] = match.parts.map((part) => ({
    role: 'part',
    place,
    span: span(part.start - start, part.end - start, part.value),
  }))
  const options = { ...tools.setup, rules: tools.text.rules }
  return { ...bareFinding(match, place, span(at.start, at.end, match.value), related, options), entry: name.entry }
}

function span(start: number, end: number, value: Uint8Array): Span {
  return isGuessable(value) ? { offset: start } : { offset: start, length: end - start }
}

/** A value in the name of a parent folder is that folder's finding, whichever file below it showed it. */
function namePlace(name: NameItem, end: number, match: Match, tools: UnitTools): FilePlace {
  const bytes = Buffer.from(name.path)
  const slash = name.kind === 'file-name' ? bytes.indexOf('/', end) : -1
  const path = slash < 0 ? name.path : bytes.subarray(0, slash).toString()
  const exact = slash < 0 && name.pathBase64 !== undefined ? { pathBase64: name.pathBase64 } : {}
  const place: FilePlace = { kind: name.kind, path, ...exact, ...(name.key === undefined ? {} : { key: name.key }) }
  return maskPath(leavingPlace(place, [], tools), plainValues([match]))
}
