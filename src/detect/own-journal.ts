// What this program itself writes beside the names of secrets, and nobody gets in with: hashes under the project's key, in the journal of a
// migration (src/migrate/journal.ts). Known by the form of its lines, so that nothing else in that folder is taken for one: originals hold values.

const PATH = /(?:^|[/\\])journal\.jsonl$/
const RECORD = /^\{"at":"\d{4}-\d\d-\d\dT[\d:.]+Z","type":"[a-z-]+",/

/** true where `value` is such a hash in `line` of the file at `path`. */
export function isOwnTag(value: string, line: string, path: string | undefined): boolean {
  if (path === undefined || !/^[0-9a-f]{64}$/.test(value) || !PATH.test(path) || !RECORD.test(line)) return false
  return line.includes(`"hmac":"${value}"`)
}
