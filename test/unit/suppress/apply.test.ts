import assert from 'node:assert/strict'
import type { Finding } from '../../../src/scan/types.js'
import { applySuppressions, type SuppressionOptions } from '../../../src/suppress/apply.js'
import { filterFindings } from '../../../src/suppress/filter.js'
import { parseIgnoreFile } from '../../../src/suppress/ignore-file.js'
import { finding, fingerprintOf, target } from '../report/sample-report.js'

const now = new Date('2026-06-15T12:00:00Z')
const ignoring = (text: string) => parseIgnoreFile(text, '.secretscanignore', now)
const baselineOf = (...letters: string[]) => ({ path: 'known.json', fingerprints: new Set(letters.map(fingerprintOf)) })

function suppressedBy(
  one: Finding,
  options: Partial<SuppressionOptions>,
  kind: 'image' | 'dir' = 'image',
): string | undefined {
  const { targets } = applySuppressions([target({ kind, findings: [one] })], {
    inlineIgnores: false,
    tellStale: false,
    ...options,
  })
  return targets[0]?.findings[0]?.suppressed?.by
}

describe('suppressions', () => {
  it('come from the baseline, the ignore file or the rule itself', () => {
    assert.equal(suppressedBy(finding(), {}), undefined)
    assert.equal(suppressedBy(finding(), { baseline: baselineOf('a') }), 'baseline')
    assert.equal(suppressedBy(finding(), { ignoreFile: ignoring('app/.env') }), 'ignore-file')
    assert.equal(suppressedBy(finding({ allowed: 'example in a lock file' }), {}), 'allowlist')
  })

  it('come from inline comments in folders, but not in images, which strangers write', () => {
    const inline = finding({ inlineIgnore: true })
    assert.equal(suppressedBy(inline, {}, 'dir'), 'inline')
    assert.equal(suppressedBy(inline, {}, 'image'), undefined)
    assert.equal(suppressedBy(inline, { inlineIgnores: true }, 'image'), 'inline')
  })

  it('need every place of the value', () => {
    const twice = finding({
      related: [
        {
          role: 'same-value',
          fingerprint: fingerprintOf('b'),
          place: { kind: 'file', path: 'other' },
          span: { offset: 0 },
        },
      ],
    })
    assert.equal(suppressedBy(twice, { baseline: baselineOf('a') }), undefined)
    assert.equal(suppressedBy(twice, { baseline: baselineOf('a', 'b') }), 'baseline')
    assert.equal(suppressedBy(twice, { baseline: baselineOf('a'), ignoreFile: ignoring('/other') }), 'baseline')
  })

  it('do not ignore a place in the configuration by a path', () => {
    assert.equal(
      suppressedBy(finding({ place: { kind: 'env', key: 'app' } }), { ignoreFile: ignoring('*') }),
      undefined,
    )
    assert.equal(
      suppressedBy(finding({ place: { kind: 'env', key: 'app' } }), { ignoreFile: ignoring('rule:example-token') }),
      'ignore-file',
    )
  })

  it('tell which entries match nothing and which have expired', () => {
    const options = {
      inlineIgnores: false,
      tellStale: true,
      baseline: baselineOf('a', 'z'),
      ignoreFile: ignoring('gone/\nold until=2020-01-01'),
    }
    const { notes } = applySuppressions([target({ kind: 'dir', findings: [finding()] })], options)
    assert.deepEqual(
      notes.map(({ code, effect }) => `${code} ${effect}`),
      ['BASELINE_STALE note', 'IGNORE_STALE note', 'IGNORE_EXPIRED note'],
    )
    assert.match(notes[0]?.detail ?? '', /1 of 2/)
    assert.match(notes[1]?.detail ?? '', /line 1\b/)
  })

  const notesOf = (text: string, changes: Partial<SuppressionOptions> = {}) =>
    applySuppressions([target({ findings: [finding()] })], {
      inlineIgnores: false,
      tellStale: true,
      ignoreFile: ignoring(text),
      ...changes,
    }).notes

  it('tell no line in vain that suppresses something, or would if another did not', () =>
    assert.deepEqual(notesOf('app/.env\napp/\nrule:example-token'), []))

  it('tell lines that match nothing only where they are wanted', () =>
    assert.deepEqual(notesOf('gone/', { tellStale: false }), []))

  it('tell a rule that does not exist, and which one was probably meant', () => {
    const [note] = notesOf('rule:exmaple-token', { tellStale: false, ruleIds: ['example-token'] })
    assert.equal(note?.code, 'IGNORE_UNKNOWN_RULE')
    assert.match(note?.detail ?? '', /:1: there is no rule "exmaple-token"; did you mean "example-token"\?/)
  })

  it("do not call the entries for a project's paths stale where only images were scanned", () => {
    const options = { inlineIgnores: false, tellStale: true, ignoreFile: ignoring('gone/\nrule:example-token x/**') }
    assert.deepEqual(applySuppressions([target()], options).notes, [])
    assert.equal(applySuppressions([target(), target({ kind: 'dir' })], options).notes.length, 1)
  })
})

describe('filters', () => {
  const all = { minSeverity: 'low', minConfidence: 'low', exposure: [], origin: [] } as const
  const findings = [
    finding({ severity: 'high', confidence: 'high', exposure: 'final', origin: 'own' }),
    finding({ severity: 'low', confidence: 'medium', exposure: 'deleted', origin: 'base' }),
    finding({ severity: 'critical', confidence: 'low', exposure: 'metadata', origin: 'unknown' }),
  ]
  const kept = (filters: Partial<Parameters<typeof filterFindings>[1]>) => {
    const { targets, filtered } = filterFindings([target({ findings })], { ...all, ...filters })
    return [
      targets[0]?.findings.length,
      Object.fromEntries(Object.entries(filtered).filter(([, amount]) => amount > 0)),
    ]
  }

  it('leave out and count by severity, confidence, exposure and origin', () => {
    assert.deepEqual(kept({}), [3, {}])
    assert.deepEqual(kept({ minSeverity: 'high' }), [2, { severity: 1 }])
    assert.deepEqual(kept({ minConfidence: 'medium' }), [2, { confidence: 1 }])
    assert.deepEqual(kept({ exposure: ['deleted', 'metadata'] }), [2, { exposure: 1 }])
    assert.deepEqual(kept({ minSeverity: 'high', minConfidence: 'high' }), [1, { severity: 1, confidence: 1 }])
  })

  it('keep a finding whose origin is not known', () => {
    assert.deepEqual(kept({ origin: ['own'] }), [2, { origin: 1 }])
  })
})
