// The rules of file detectors are tested by their own examples, as those of patterns are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_DETECTORS, fileDetectors } from '../../../../src/detect/files/index.js'
import { parseRulePack } from '../../../../src/detect/rule-pack.js'
import type { Match } from '../../../../src/detect/types.js'
import { packageRoot } from '../../../../src/support/package-root.js'

const RULES = parseRulePack(readFileSync(join(packageRoot(), 'patterns', 'files.yaml'), 'utf8'), 'files.yaml')

/** What all detectors that accept the file find in it. */
function scan(path: string | undefined, text: string): readonly Match[] {
  assert.ok(path)
  const file = Buffer.from(text, 'utf8')
  return fileDetectors({ rules: RULES })
    .filter((detector) => detector.accepts(path, file.subarray(0, 4096)))
    .flatMap((detector) => detector.scan(file, path))
}

const plain = (text: string): string => text.replaceAll('{+}', '')

describe('file rules', () => {
  for (const rule of RULES) {
    it(`${rule.id}: finds the marked value of each example, and it alone`, () => {
      for (const { text, path } of rule.examples) {
        const marked = plain(text)
        const start = Buffer.byteLength(marked.slice(0, marked.indexOf('«')))
        const value = marked.slice(marked.indexOf('«') + 1, marked.indexOf('»'))
        const found = scan(path, marked.replace('«', '').replace('»', '')).filter((match) => match.ruleId === rule.id)
        assert.deepEqual(
          found.map((match) => [match.start, match.end]),
          [[start, start + Buffer.byteLength(value)]],
          text,
        )
      }
    })
    it(`${rule.id}: is silent on its counterexamples`, () => {
      for (const { text, path } of rule.counterexamples) {
        assert.deepEqual(
          scan(path, plain(text)).filter((match) => match.ruleId === rule.id),
          [],
          text,
        )
      }
    })
  }

  it('every rule of a detector is in patterns/files.yaml, and the other way round', () => {
    const detected = FILE_DETECTORS.flatMap((detector) => detector.ruleIds)
    assert.deepEqual([...new Set(detected)].sort(), RULES.map(({ id }) => id).sort())
  })

  it('a detector gives no match of a rule that was left out', () => {
    const rule = RULES.find(({ id }) => id === 'docker-config-identity-token')
    assert.ok(rule)
    const [first] = fileDetectors({ rules: [rule] })
    assert.ok(first)
    const file = Buffer.from('{"auths":{"a":{"auth":"Y2k6bWFwbGU3MQ==","identitytoken":"abcdefghijklmnopqr"}}}')
    assert.deepEqual(
      first.scan(file, '.docker/config.json').map((match) => match.ruleId),
      ['docker-config-identity-token'],
    )
  })
})
