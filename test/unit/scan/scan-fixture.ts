// Scans images built in memory through the whole path, real workers included, with three small rules of its own.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadRuleSet, type RuleSet } from '../../../src/detect/rule-set.js'
import { openStdin } from '../../../src/image/sources/stdin.js'
import { type ScanOptions, scanImage, scanSource } from '../../../src/scan/scan-image.js'
import { openSession } from '../../../src/scan/session.js'
import type { Finding, Place, ScanContext, TargetReport } from '../../../src/scan/types.js'
import { buildArchive, chunked, type ImageSpec } from '../../fixtures/image-builder.js'

const PACK = `
family: test
rules:
  - id: test-token
    title: Token of the test
    kind: format
    severity: critical
    confidence: high
    keywords: [tok_]
    pattern: '\\b(?<secret>tok_[0-9A-Za-z]{32})\\b'
    remediation: Revoke it.
    references: [https://example.org/]
    examples: ['«tok_{+}${'a1B2c3D4'.repeat(4)}»', 'x «tok_{+}${'a1B2c3D4'.repeat(4)}»']
    counterexamples: [tok_short]
  - id: test-password
    title: Password of the test
    kind: generic
    severity: medium
    confidence: medium
    keywords: [password]
    pattern: '(?<![A-Za-z0-9])(?<name>[A-Z_]*password)["'']?\\s?[=: ]\\s?["'']?(?<secret>[^\\s"''@]{4,64})'
    flags: i
    remediation: Change it.
    references: [https://example.org/]
    examples: ['password=«Tr0ub4dor-and-3»', 'DB_PASSWORD=«Tr0ub4dor-and-3»']
    counterexamples: ['password=']
`

/** A made-up token that no rule but the test's knows. */
export function token(seed: string): string {
  let state = 7
  for (const character of seed) state = (state * 31 + character.charCodeAt(0)) >>> 0
  let text = 'tok_'
  for (let i = 0; i < 32; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[(state >>> 16) % 62]
  }
  return text
}

let rules: Promise<RuleSet> | undefined

export function testRules(): Promise<RuleSet> {
  rules ??= inFolder(async (folder) => {
    const pack = join(folder, 'test.yaml')
    await writeFile(pack, PACK)
    return loadRuleSet({ packs: [pack], defaults: false, only: [], skip: [] })
  })
  return rules
}

export async function scanOptions(more: Partial<ScanOptions> = {}): Promise<ScanOptions> {
  return {
    rules: await testRules(),
    sourceOptions: {
      maxManifestSize: 4 * 1024 * 1024,
      includeAttestations: false,
      allowForeignLayers: false,
      followLinks: false,
      insecureRegistries: [],
      offline: true,
    },
    maxDecodeDepth: 3,
    maxArchiveDepth: 4,
    showSecrets: false,
    cache: false,
    cacheMaxSize: 1024 ** 3,
    ...more,
  }
}

export function scanContext(more: Partial<ScanContext> = {}): ScanContext {
  return { signal: new AbortController().signal, on: () => {}, concurrency: 2, ...more }
}

/** Scans an archive by path; `archive` is a spec of one image or finished bytes. */
export function scanArchive(
  archive: ImageSpec | Uint8Array,
  more: Partial<ScanOptions> = {},
): Promise<readonly TargetReport[]> {
  return inFolder(async (folder) => {
    const path = join(folder, 'image.tar')
    await writeFile(
      path,
      archive instanceof Uint8Array ? archive : await buildArchive({ layout: 'hybrid', images: [archive] }),
    )
    const reports = await scanImage(path, await scanOptions(more), scanContext())
    // The folder's name is made up anew each time.
    return reports.map((report) => ({
      ...report,
      input: 'image.tar',
      reference: report.reference === path ? 'image.tar' : report.reference,
    }))
  })
}

/** The one report of an archive with one image. */
export async function scanOne(archive: ImageSpec | Uint8Array, more: Partial<ScanOptions> = {}): Promise<TargetReport> {
  const reports = await scanArchive(archive, more)
  assert.equal(reports.length, 1)
  const [report] = reports
  assert.ok(report !== undefined)
  return report
}

/** Scans bytes as they come through a pipe. */
export async function scanPipe(bytes: Uint8Array, more: Partial<ScanOptions> = {}): Promise<readonly TargetReport[]> {
  const options = await scanOptions(more)
  const context = scanContext()
  const session = await openSession(options, 2)
  const input = Object.assign(chunked(bytes), { destroy: () => {} })
  const source = openStdin({ ...options.sourceOptions, signal: context.signal }, input)
  try {
    return await scanSource(source, '-', options, session, context)
  } finally {
    await session.close()
  }
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'secretscan-test-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** "kind path key" of a place, for tables. */
export function placeName(place: Place): string {
  const path = 'path' in place ? [place.path, ...('inside' in place ? (place.inside ?? []) : [])].join('!') : undefined
  return [place.kind, path, place.key].filter((part) => part !== undefined).join(' ')
}

export function placesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ place }) => placeName(place)).sort()
}
