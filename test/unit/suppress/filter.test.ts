import assert from 'node:assert/strict'
import { filterFindings } from '../../../src/suppress/filter.js'
import { finding, target } from '../report/sample-report.js'

const filters = { minSeverity: 'low', minConfidence: 'medium', exposure: [], origin: [] } as const

describe('findings that flags leave out', () => {
  const unsure = finding({ confidence: 'low' })
  const elsewhere = finding({ confidence: 'low', fingerprint: 'v1:bcdefghijklmnopqrstuvwxyz2' })
  const targets = [
    target({ findings: [unsure, elsewhere] }),
    target({ findings: [finding({ confidence: 'high' }), elsewhere] }),
  ]

  it('are counted in each target', () => {
    const { filtered, targets: kept } = filterFindings(targets, filters)
    assert.equal(filtered.confidence, 3)
    assert.deepEqual(
      kept.map(({ findings }) => findings.length),
      [0, 1],
    )
  })

  it('are counted once where that is asked for, and not where another target keeps them', () => {
    assert.equal(filterFindings(targets, { ...filters, once: true }).filtered.confidence, 1)
  })
})
