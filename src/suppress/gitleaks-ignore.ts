// .gitleaksignore: the fingerprints that gitleaks wrote, "file:rule:line" or "commit:file:rule:line", so that what was accepted there stays accepted.
import { readFileSync } from 'node:fs'
import type { IgnoreEntry, IgnoreFile, IgnoreSubject } from './ignore-file.js'

const FINGERPRINT = /^(?:[0-9a-f]{7,64}:)?(?<file>.+):(?<rule>[\w.-]+):(?<line>\d+)$/

/**
 * Parses the text of a .gitleaksignore; lines of another form count for nothing, as with gitleaks. An entry holds for its file and
 * line, and for its rule where `ruleIds` has it; the names of other rules are gitleaks' own. The commit is not looked at: what is
 * scanned here are files and their old versions.
 */
export function parseGitleaksIgnore(text: string, path: string, ruleIds: ReadonlySet<string>): IgnoreFile {
  const byPlace = new Map<string, { entry: IgnoreEntry; rule: string }[]>()
  const entries = text.split(/\r?\n/).flatMap((raw, index) => {
    const fields = FINGERPRINT.exec(raw.trim())?.groups
    if (fields === undefined || raw.trimStart().startsWith('#')) return []
    const entry: IgnoreEntry = { line: index + 1, text: raw.trim(), kind: 'fingerprint', reason: `listed in ${path}` }
    const place = placeOf(fields['file'] ?? '', Number(fields['line']))
    byPlace.set(place, [...(byPlace.get(place) ?? []), { entry, rule: fields['rule'] ?? '' }])
    return [entry]
  })
  const matches = ({ paths, line, ruleId }: IgnoreSubject): IgnoreEntry[] =>
    line === undefined
      ? []
      : paths
          .flatMap((file) => byPlace.get(placeOf(file, line)) ?? [])
          .filter(({ rule }) => rule === ruleId || !ruleIds.has(rule))
          .map(({ entry }) => entry)
  return { path, entries, expired: [], matches, match: (subject) => matches(subject)[0] }
}

/** "./" and what gitleaks writes for files in archives ("a.zip!b") make no difference. */
function placeOf(file: string, line: number): string {
  return `${file.replace(/^\.\//, '').replaceAll('!', '/')}\n${line}`
}

/** The .gitleaksignore at `path`; undefined where there is none that can be read. */
export function readGitleaksIgnore(path: string, ruleIds: ReadonlySet<string>): IgnoreFile | undefined {
  try {
    return parseGitleaksIgnore(readFileSync(path, 'utf8'), path, ruleIds)
  } catch {
    return undefined
  }
}
