import assert from 'node:assert/strict'
import { UsageError } from '../../../src/support/errors.js'
import { baselineText, parseBaseline } from '../../../src/suppress/baseline.js'
import { reportFingerprints } from '../../../src/suppress/report-fingerprints.js'

const fingerprint = (letter: string): string => `v1:${letter.repeat(26)}`
const reportWith = (findings: unknown[], suppressed = 0): string =>
  JSON.stringify({ findings, suppressed: { baseline: suppressed } })

describe('baselines', () => {
  it('hold fingerprints only, sorted and once each, and read back the same', () => {
    const text = baselineText([fingerprint('b'), fingerprint('a'), fingerprint('b')])
    assert.deepEqual(JSON.parse(text), { schemaVersion: 1, fingerprints: [fingerprint('a'), fingerprint('b')] })
    assert.deepEqual([...parseBaseline(text, 'x').fingerprints], [fingerprint('a'), fingerprint('b')])
  })

  const broken: [string, string][] = [
    ['no JSON', 'fingerprints'],
    ['another version', '{"schemaVersion":2,"fingerprints":[]}'],
    ['no list', '{"schemaVersion":1}'],
    ['something that is no fingerprint', '{"schemaVersion":1,"fingerprints":["hunter2"]}'],
  ]
  for (const [name, text] of broken) {
    it(`are refused with ${name}, without quoting it`, () => {
      assert.throws(
        () => parseBaseline(text, 'known.json'),
        (error: unknown) =>
          error instanceof UsageError && error.message.includes('known.json') && !error.message.includes('hunter2'),
      )
    })
  }

  it('are made from a report, with what a baseline already suppresses and without what is suppressed otherwise', () => {
    const findings = [
      { fingerprint: fingerprint('a') },
      { fingerprint: fingerprint('b'), suppressed: { by: 'baseline' } },
      { fingerprint: fingerprint('c'), suppressed: { by: 'inline' } },
    ]
    assert.deepEqual(reportFingerprints(reportWith(findings, 1), 'r.json').fingerprints, [
      fingerprint('a'),
      fingerprint('b'),
    ])
  })

  it('hold the other places of a value too, without which it would not be suppressed', () => {
    const related = [
      { role: 'same-value', fingerprint: fingerprint('b') },
      { role: 'part', fingerprint: fingerprint('c') },
      { role: 'same-value' },
    ]
    const report = reportWith([{ fingerprint: fingerprint('a'), related }])
    assert.deepEqual(reportFingerprints(report, 'r.json').fingerprints, [fingerprint('a'), fingerprint('b')])
  })

  it('are not made from a report from which a baseline has removed findings: they would be lost', () => {
    assert.throws(
      () => reportFingerprints(reportWith([{ fingerprint: fingerprint('a') }], 3), 'r.json'),
      /made with a baseline/,
    )
  })

  const failures: [string, object, RegExp][] = [
    [
      'of which a target failed',
      {
        targets: [{ input: 'a.tar' }, { input: 'b.tar', failed: { code: 'NOT_FOUND', message: 'no such file' } }],
        findings: [],
      },
      /b\.tar: no such file/,
    ],
    [
      'that could not be done',
      { error: { code: 'USAGE', message: 'There is no setting "x"', exitCode: 2 } },
      /no setting "x"/,
    ],
  ]
  for (const [name, report, message] of failures) {
    it(`are not made from a scan ${name}: nothing is known of what is there`, () =>
      assert.throws(
        () => reportFingerprints(JSON.stringify(report), 'r.json'),
        (error) => error instanceof UsageError && message.test(error.message),
      ))
  }

  const coverage: [string, object, boolean][] = [
    ['nothing was left out', { errors: [], skipped: [] }, false],
    ['there are notes', { errors: [], skipped: [{ code: 'BASELINE_STALE', effect: 'note' }] }, false],
    ['a limit left something out', { errors: [], skipped: [{ code: 'LIMIT_FILE_SIZE', effect: 'skipped' }] }, true],
    ['something broke', { errors: [{ code: 'NO_MANIFEST', effect: 'partial' }], skipped: [] }, true],
  ]
  for (const [name, parts, incomplete] of coverage) {
    it(`know of a report whether it saw everything: ${name}`, () =>
      assert.equal(reportFingerprints(JSON.stringify({ findings: [], ...parts }), 'r.json').incomplete, incomplete))
  }

  it('are not made from anything else', () => {
    for (const text of ['', '{', '[]', '{"findings":1}', reportWith([{}])])
      assert.throws(() => reportFingerprints(text, 'r.json'), UsageError)
  })
})
