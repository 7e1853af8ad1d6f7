import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { CHUNK_SIZE } from '../../../src/detect/types.js'
import { ImageRoom, KeptFindings } from '../../../src/scan/finding-limits.js'
import { type ScannedFiles, scanFiles } from '../../../src/scan/scan-files.js'
import { openSession } from '../../../src/scan/session.js'
import type { LayerResult, LocalFinding } from '../../../src/scan/types.js'
import type { RawFinding } from '../../../src/scan/unit.js'
import { scanContext, scanOne, scanOptions, token } from './scan-fixture.js'

/** `count` lines with a token each, no two alike, `width` bytes long with their line break. */
function denseLines(count: number, width = 64): string {
  return Array.from({ length: count }, (_, i) => `${token(`dense${i}`)} `.padEnd(width - 1, '.')).join('\n')
}

async function scanFile(path: string, bytes: string | Uint8Array): Promise<ScannedFiles> {
  const session = await openSession(await scanOptions(), 2)
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(bytes)
  }
  async function* files() {
    yield { path, size: bytes.length, body: body() }
  }
  try {
    return await scanFiles(files(), session, scanContext())
  } finally {
    await session.close()
  }
}

const ofRule = (findings: readonly LocalFinding[], ruleId: string) =>
  findings.filter((finding) => finding.ruleId === ruleId)

/** What the report says of findings that were counted only. */
const limits = ({ coverage }: ScannedFiles) =>
  coverage
    .filter(({ code }) => code === 'LIMIT_FINDINGS')
    .map(({ effect, detail, place }) => [effect, place !== undefined && 'path' in place ? place.path : '', detail])

const counted = (count: number) =>
  `The file holds more findings than are listed: ${count} of test-token were counted only (1000 of a rule are listed).`

describe('the limits on findings', () => {
  it('lists a thousand of a rule in a file, counts the others, and hides no other rule behind them', async () => {
    const scanned = await scanFile('dump.env', `${denseLines(1200)}\nDB_PASSWORD=Tr0ub4dor-and-3\n`)
    assert.deepEqual(
      ofRule(scanned.findings, 'test-token').map(({ span }) => span.line),
      Array.from({ length: 1000 }, (_, i) => i + 1),
    )
    assert.equal(ofRule(scanned.findings, 'test-password').length, 1)
    assert.deepEqual(limits(scanned), [['partial', 'dump.env', counted(200)]])
  })

  it('says nothing of a file with a thousand', async () => {
    const scanned = await scanFile('dump.txt', denseLines(1000))
    assert.deepEqual([scanned.findings.length, scanned.coverage], [1000, []])
  })

  it('lists the first of a file that is scanned in pieces, whichever worker is first', async () => {
    // Some in each piece, and more than a thousand only together.
    const lines = Math.ceil((4 * CHUNK_SIZE) / 1024)
    const scanned = await scanFile('big.log', denseLines(lines, 1024))
    assert.deepEqual(
      scanned.findings.map(({ span }) => span.line),
      Array.from({ length: 1000 }, (_, i) => i + 1),
    )
    assert.deepEqual(limits(scanned), [['partial', 'big.log', counted(lines - 1000)]])
  })

  it('counts what an archive stores as it is once, in the member', async () => {
    for (const lines of [1500, Math.ceil((3 * CHUNK_SIZE) / 512)]) {
      const scanned = await scanFile('dump.gz', gzipSync(denseLines(lines, 512), { level: 0 }))
      assert.equal(scanned.findings.length, 1000)
      assert.deepEqual(limits(scanned), [['partial', 'dump.gz', counted(lines - 1000)]])
    }
  })

  it('keeps the gravest of a layer, in whatever order they come', () => {
    const finding = (entry: number, more: Partial<RawFinding>) =>
      ({ entry, span: { offset: 0 }, severity: 'medium', confidence: 'medium', ...more }) as RawFinding
    const all = [
      finding(1, { severity: 'critical', confidence: 'low' }),
      finding(2, {}),
      finding(3, { severity: 'critical' }),
      finding(4, {}),
      finding(5, { severity: 'high', confidence: 'high' }),
    ]
    for (const order of [all, [...all].reverse()]) {
      const kept = new KeptFindings(3)
      for (const one of order) kept.add([one])
      assert.deepEqual(
        kept.all().map(({ entry }) => entry),
        [3, 5, 2],
      )
      assert.equal(kept.dropped, 2)
    }
  })

  it('lists no more of an image than it has room for, and says so of the layer', () => {
    const layer = (severities: readonly string[]) =>
      ({
        findings: severities.map((severity) => ({ severity, confidence: 'high' })),
        coverage: [],
      }) as unknown as LayerResult
    const room = new ImageRoom(3)
    const first = layer(['low', 'low'])
    assert.equal(room.fit(first), first)
    const second = room.fit(layer(['low', 'critical', 'high']))
    assert.deepEqual(
      [second.findings.map(({ severity }) => severity), second.shortened, second.coverage.map(({ code }) => code)],
      [['critical'], true, ['LIMIT_FINDINGS']],
    )
    assert.equal(room.fit(layer(['critical'])).findings.length, 0)
  })

  it('tells of a dense file in an image as well', async () => {
    const report = await scanOne({ layers: [{ files: { 'app/dump.sql': denseLines(1100) } }] })
    assert.equal(report.findings.length, 1000)
    assert.deepEqual(
      report.coverage.map(({ code, detail }) => [code, detail]),
      [['LIMIT_FINDINGS', counted(100)]],
    )
  })
})
