// A report with every kind of thing in it, for the tests of the formats.
import type { RuleSummary } from '../../../src/detect/rule.js'
import type { Digest, LayerEntry } from '../../../src/image/types.js'
import type { ScanReport } from '../../../src/report/types.js'
import type { Finding, TargetReport } from '../../../src/scan/types.js'

export const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`
/** A well-formed fingerprint that ends in `letter`. */
export const fingerprintOf = (letter: string): string => `v1:${'a'.repeat(25)}${letter}`

const layers: readonly LayerEntry[] = [
  { index: 0, blobId: 'blobs/0', diffId: digestOf('0'), size: 3_000_000, createdBy: 'ADD rootfs.tar /' },
  { index: 1, blobId: 'blobs/1', diffId: digestOf('1'), blobDigest: digestOf('b'), createdBy: 'COPY . /app' },
  { index: 2, blobId: 'blobs/2', diffId: digestOf('2'), createdBy: 'RUN rm app/old.env' },
]

const rule = (id: string, title: string, severity: RuleSummary['severity']): [string, RuleSummary] => [
  id,
  {
    id,
    title,
    severity,
    remediation: `Revoke the ${title} at its provider.`,
    references: ['https://docs.example.com/tokens'],
  },
]

/** A finding of a token in app/.env, with `changes` made to it. */
export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    fingerprint: fingerprintOf('a'),
    ruleId: 'example-token',
    severity: 'critical',
    confidence: 'high',
    validity: 'plausible',
    secret: { shown: 'exa_****wXyZ', guessable: false, length: 40, entropy: 4.8 },
    place: { kind: 'file', path: 'app/.env' },
    span: { offset: 61, length: 40, line: 3, column: 13, endLine: 3, endColumn: 53 },
    decodedFrom: [],
    related: [],
    exposure: 'final',
    origin: 'own',
    ...(layers[1] === undefined ? {} : { layer: layers[1] }),
    ...changes,
  }
}

/** A target that was scanned without anything special. */
export function target(changes: Partial<TargetReport> = {}): TargetReport {
  return {
    kind: 'image',
    input: 'myapp:latest',
    reference: 'myapp:latest',
    source: 'docker',
    image: { imageId: digestOf('c'), reference: 'myapp:latest', platform: 'linux/amd64', annotations: {}, layers },
    cachedLayers: [0],
    findings: [],
    coverage: [],
    stats: { layers: 3, files: 31_204, bytes: 412_000_000 },
    ...changes,
  }
}

/** A report of `targets`. */
export function report(targets: readonly TargetReport[], changes: Partial<ScanReport> = {}): ScanReport {
  return {
    tool: { name: 'secretscan', version: '1.2.3', rules: { count: 2, digest: digestOf('d') } },
    startedAt: new Date('2026-01-01T00:00:00Z'),
    durationMs: 1900,
    targets,
    suppressed: { baseline: 0, 'ignore-file': 0, inline: 0, allowlist: 0, acknowledgement: 0 },
    filtered: { severity: 0, confidence: 0, exposure: 0, origin: 0, since: 0, rule: 0 },
    notes: [],
    rules: new Map([rule('example-token', 'Example token', 'critical'), rule('generic-password', 'Password', 'high')]),
    ...changes,
  }
}

/** A weak password in ENV: nothing about the value may be told. */
export const guessableInEnv: Finding = finding({
  fingerprint: fingerprintOf('b'),
  ruleId: 'generic-password',
  severity: 'high',
  validity: 'unchecked',
  secret: { shown: '****', guessable: true },
  place: { kind: 'env', key: 'DB_PASSWORD', index: 3 },
  span: { offset: 12 },
  exposure: 'metadata',
})

/** Everything at once: related places, nested archives, odd names, coverage of both kinds, a failed target, notes. */
export function fullReport(): ScanReport {
  const deleted = finding({
    fingerprint: fingerprintOf('c'),
    severity: 'medium',
    place: { kind: 'file', path: 'app/old #1%.jar', inside: ['BOOT-INF/app.properties'], key: 'token' },
    exposure: 'deleted',
    decodedFrom: ['base64'],
    ...(layers[2] === undefined ? {} : { removedBy: layers[2] }),
    related: [
      {
        role: 'part',
        fingerprint: fingerprintOf('d'),
        place: { kind: 'file', path: 'app/.env' },
        span: { offset: 1, line: 1, column: 2 },
        ...(layers[1] === undefined ? {} : { layer: layers[1] }),
        exposure: 'final',
      },
      { role: 'instruction', place: { kind: 'history', index: 2 }, span: { offset: 0 } },
    ],
  })
  const suppressed = finding({
    fingerprint: fingerprintOf('e'),
    severity: 'low',
    suppressed: { by: 'ignore-file', reason: 'a test key' },
  })
  const odd = finding({
    fingerprint: fingerprintOf('f'),
    severity: 'low',
    place: {
      kind: 'file',
      path: 'bin/\u001b[31mx\ufffd',
      pathBase64: Buffer.from([0x62, 0x2f, 0xff]).toString('base64'),
    },
    span: { offset: 9, length: 4 },
  })
  return report(
    [
      target({
        findings: [finding(), guessableInEnv, deleted, suppressed, odd],
        coverage: [
          { code: 'CORRUPT_STREAM', effect: 'partial', detail: 'The gzip stream ends early', blobId: 'blobs/1' },
          {
            code: 'LIMIT_FILE_SIZE',
            effect: 'skipped',
            detail: 'Larger than --max-file-size',
            blobId: 'blobs/2',
            place: { kind: 'file', path: 'var/big.bin' },
            bytes: 99,
          },
          { code: 'ATTESTATION_SKIPPED', effect: 'note', detail: 'An attestation was passed over' },
        ],
      }),
      target({
        input: 'gone:1',
        reference: 'gone:1',
        source: 'registry',
        findings: [],
        stats: { layers: 0, files: 0, bytes: 0 },
        cachedLayers: [],
        failed: { code: 'NOT_FOUND', message: 'There is no image gone:1', exitCode: 4 },
      }),
    ],
    {
      suppressed: { baseline: 2, 'ignore-file': 1, inline: 0, allowlist: 0, acknowledgement: 0 },
      filtered: { severity: 0, confidence: 3, exposure: 0, origin: 0, since: 0, rule: 0 },
      notes: [{ code: 'IGNORE_EXPIRED', effect: 'note', detail: '.secretscanignore:3 has expired' }],
    },
  )
}
