// The order of targets that nobody named one by one.
import assert from 'node:assert/strict'
import type { Severity } from '../../../src/detect/types.js'
import { sortWorstFirst } from '../../../src/report/worst-first.js'
import type { Finding, TargetReport } from '../../../src/scan/types.js'

function target(reference: string, severities: readonly Severity[], more: Partial<TargetReport> = {}): TargetReport {
  const findings = severities.map(
    (severity): Finding => ({
      fingerprint: `v1:${reference}`,
      ruleId: 'r',
      severity,
      confidence: 'high',
      validity: 'unchecked',
      secret: { shown: '****', guessable: true },
      place: { kind: 'env', key: 'A' },
      span: { offset: 0 },
      decodedFrom: [],
      related: [],
      origin: 'unknown',
    }),
  )
  const stats = { layers: 0, files: 0, bytes: 0 }
  return { kind: 'image', input: reference, reference, cachedLayers: [], findings, coverage: [], stats, ...more }
}

describe('targets, worst first', () => {
  it('by the worst severity, then by number, failed ones before clean ones, equal ones as they came', () => {
    const sorted = sortWorstFirst([
      target('clean', []),
      target('failed', [], { failed: { code: 'NOT_FOUND', message: '', exitCode: 4 } }),
      target('many-low', ['low', 'low', 'low']),
      target('one-high', ['high']),
      target('other-high', ['high']),
      target('two-high', ['low', 'high']),
      target('critical', ['critical']),
    ])
    assert.deepEqual(
      sorted.map(({ reference }) => reference),
      ['critical', 'two-high', 'one-high', 'other-high', 'many-low', 'failed', 'clean'],
    )
  })

  it('counts no finding that is shown though suppressed', () => {
    const [critical] = target('a', ['critical']).findings
    assert.ok(critical)
    const shown = target('shown', [], { findings: [{ ...critical, suppressed: { by: 'baseline' } }] })
    const sorted = sortWorstFirst([shown, target('low', ['low'])])
    assert.deepEqual(
      sorted.map(({ reference }) => reference),
      ['low', 'shown'],
    )
  })
})
