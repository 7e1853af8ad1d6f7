// The built-in rules on the table of names and values that must and must not be found.
import assert from 'node:assert/strict'
import { readMarks } from '../../../src/detect/marks.js'
import type { Match } from '../../../src/detect/types.js'
import { resolveOverlaps } from '../../../src/scan/overlaps.js'
import { builtInDetector, builtInRules } from './built-in.js'
import { GENERIC_TABLE } from './generic-table.js'

/** What a user sees by default: not explained away, of medium confidence or higher, one match for one value. */
function reported(text: string, path: string | undefined): readonly Match[] {
  const { matches } = builtInDetector().scan({
    bytes: Buffer.from(text),
    offset: 0,
    last: true,
    ...(path === undefined ? {} : { path }),
  })
  const rules = new Map(builtInRules().rules.map((rule) => [rule.id, rule]))
  return resolveOverlaps(matches, rules).filter(
    ({ allowed, confidence, validity }) => allowed === undefined && confidence !== 'low' && validity !== 'implausible',
  )
}

const plain = ({ value }: Match): string => Buffer.from(value).toString()

function marked(line: string): { readonly text: string; readonly values: readonly string[] } {
  const { text, secrets } = readMarks(line)
  return { text, values: secrets.map(({ start, end }) => text.slice(start, end)) }
}

for (const { title, path, found = [], common = [], silent = [] } of GENERIC_TABLE) {
  describe(`secret-like names in ${title}`, () => {
    for (const line of [...found, ...common])
      it(`finds ${line.replaceAll('\n', '⏎')}`, () => {
        const { text, values } = marked(line)
        assert.deepEqual(reported(text, path).map(plain), values)
      })
    for (const line of common)
      it(`calls ${line} low`, () => {
        assert.deepEqual(
          reported(marked(line).text, path).map(({ severity }) => severity),
          ['low'],
        )
      })
    for (const line of silent)
      it(`leaves ${line.replaceAll('\n', '⏎')}`, () => {
        assert.deepEqual(
          reported(line, path).map((match) => `${match.ruleId}: ${plain(match)}`),
          [],
        )
      })
  })
}
