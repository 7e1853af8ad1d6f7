// What a user sees by default of one file: by the rules' patterns and by the detectors of file types, one finding for one value.
import { fileDetectors } from '../../../src/detect/files/index.js'
import type { Match } from '../../../src/detect/types.js'
import { resolveOverlaps } from '../../../src/scan/overlaps.js'
import { builtInDetector, builtInRules } from './built-in.js'

const rules = new Map(builtInRules().rules.map((rule) => [rule.id, rule]))
const detectors = fileDetectors(builtInRules())

export const plainValue = ({ value }: Match): string => Buffer.from(value).toString()

/** Not explained away, of medium confidence or higher, plausible. */
export function reported(text: string, path: string): readonly Match[] {
  const bytes = Buffer.from(text)
  const matches = [
    ...builtInDetector().scan({ bytes, offset: 0, last: true, path }).matches,
    ...detectors.filter((each) => each.accepts(path, bytes)).flatMap((each) => each.scan(bytes, path)),
  ]
  return resolveOverlaps(matches, rules).filter(
    ({ allowed, confidence, validity }) => allowed === undefined && confidence !== 'low' && validity !== 'implausible',
  )
}
