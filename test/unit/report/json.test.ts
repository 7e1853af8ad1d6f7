import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { reportDocument, reportJson } from '../../../src/report/json.js'
import type { ScanReport } from '../../../src/report/types.js'
import type { Related } from '../../../src/scan/types.js'
import { packageRoot } from '../../../src/support/package-root.js'
import { finding, fullReport, guessableInEnv, report, target } from './sample-report.js'

const schema = JSON.parse(readFileSync(join(packageRoot(), 'docs', 'schemas', 'report.schema.json'), 'utf8')) as object
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

/** What the tests look at; the schema checks the rest. */
interface ParsedReport {
  readonly findings: readonly {
    readonly secret: object
    readonly location: { readonly createdBy?: string }
    readonly related: readonly { readonly location: { readonly createdBy?: string } }[]
  }[]
  readonly errors: readonly { readonly code: string }[]
  readonly skipped: readonly { readonly code: string }[]
  readonly targets: readonly { readonly layers?: readonly { readonly cached: boolean }[]; readonly failed?: object }[]
  readonly suppressed: object
  readonly filtered: object
}

/** The document as a reader gets it. */
function parsed(input: ScanReport): ParsedReport {
  const document = JSON.parse(JSON.stringify(reportDocument(input))) as ParsedReport
  assert.ok(validate(document), JSON.stringify(validate.errors))
  return document
}

describe('the JSON report', () => {
  it('holds to its published schema, empty and full', () => {
    parsed(report([]))
    parsed(report([target()]))
    parsed(fullReport())
  })

  it('is one document, though written in pieces', async () => {
    const lines = finding({ related: [], decodedFrom: ['base64'] })
    for (const input of [
      report([]),
      fullReport(),
      report([target({ findings: Array.from({ length: 2000 }, () => lines) })]),
    ]) {
      const out = new PassThrough()
      const [written] = await Promise.all([
        text(out),
        reportJson(input, out, { color: false, quiet: true, showSuppressed: false }).then(() => out.end()),
      ])
      assert.equal(written, `${JSON.stringify(reportDocument(input), null, 2)}\n`)
    }
  })

  it('has every field of a finding where a script looks for it', () => {
    const { findings } = parsed(report([target({ findings: [finding()] })]))
    assert.deepEqual(findings, [
      {
        fingerprint: 'v1:aaaaaaaaaaaaaaaaaaaaaaaaaa',
        ruleId: 'example-token',
        title: 'Example token',
        severity: 'critical',
        confidence: 'high',
        secret: { redacted: 'exa_****wXyZ', guessable: false, length: 40, entropy: 4.8 },
        location: {
          target: 0,
          kind: 'file',
          path: 'app/.env',
          offset: 61,
          line: 3,
          column: 13,
          endLine: 3,
          endColumn: 53,
          layer: {
            index: 1,
            diffId: `sha256:${'1'.repeat(64)}`,
            digest: `sha256:${'b'.repeat(64)}`,
            createdBy: 'COPY . /app',
          },
        },
        exposure: 'final',
        origin: 'own',
        related: [],
        decodedFrom: [],
        validity: 'plausible',
        remediation: 'Revoke the Example token at its provider.',
      },
    ])
  })

  it('has the line of the history that a value is in, though it made no layer', () => {
    const { layer: _, ...inHistory } = finding({ place: { kind: 'history', index: 1 }, exposure: 'metadata' })
    const again: Related = {
      role: 'same-value',
      place: { kind: 'build-arg', key: 'A', index: 0 },
      span: inHistory.span,
    }
    const { image } = target()
    assert.ok(image !== undefined)
    const known = target({
      image: { ...image, history: [{ createdBy: 'ARG A=****' }, { createdBy: 'RUN curl -u a:****' }] },
      findings: [{ ...inHistory, related: [again] }],
    })
    const [only] = parsed(report([known])).findings
    assert.equal(only?.location.createdBy, 'RUN curl -u a:****')
    assert.deepEqual(
      only?.related.map(({ location }) => location.createdBy),
      ['ARG A=****'],
    )
  })

  it('tells nothing of a guessable value but its start', () => {
    const { findings } = parsed(report([target({ findings: [guessableInEnv] })]))
    const [only] = findings
    assert.deepEqual(only?.secret, { redacted: '****', guessable: true })
    assert.deepEqual(
      Object.keys(only?.location ?? {}).filter((key) => key.startsWith('end')),
      [],
    )
  })

  it('sorts what broke into errors, and limits and notes into skipped, with layer and path', () => {
    const { errors, skipped } = parsed(fullReport())
    assert.deepEqual(errors, [
      {
        code: 'CORRUPT_STREAM',
        effect: 'partial',
        message: 'The gzip stream ends early',
        target: 0,
        layer: `sha256:${'1'.repeat(64)}`,
      },
    ])
    assert.deepEqual(
      skipped.map(({ code }) => code),
      ['LIMIT_FILE_SIZE', 'ATTESTATION_SKIPPED', 'IGNORE_EXPIRED'],
    )
    assert.deepEqual(skipped[0], {
      code: 'LIMIT_FILE_SIZE',
      effect: 'skipped',
      message: 'Larger than --max-file-size',
      target: 0,
      layer: `sha256:${'2'.repeat(64)}`,
      path: 'var/big.bin',
      bytes: 99,
    })
  })

  it('lists a target that failed, and which layers came from the cache', () => {
    const { targets } = parsed(fullReport())
    const [first, second] = targets
    assert.deepEqual(
      first?.layers?.map(({ cached }) => cached),
      [true, false, false],
    )
    assert.deepEqual(second?.failed, { code: 'NOT_FOUND', message: 'There is no image gone:1' })
  })

  it('counts what was suppressed and filtered', () => {
    const { suppressed, filtered } = parsed(fullReport())
    assert.deepEqual(suppressed, { baseline: 2, ignoreFile: 1, inline: 0, allowlist: 0 })
    assert.deepEqual(filtered, { severity: 0, confidence: 3, exposure: 0, origin: 0, since: 0, rule: 0 })
  })

  it('has a schema that refuses a length, an entropy or an end beside a guessable value', () => {
    const leaky: [string, typeof guessableInEnv][] = [
      ['length', { ...guessableInEnv, secret: { ...guessableInEnv.secret, length: 8 } }],
      ['entropy', { ...guessableInEnv, secret: { ...guessableInEnv.secret, entropy: 2 } }],
      ['first character', { ...guessableInEnv, secret: { ...guessableInEnv.secret, shown: 'S****' } }],
      ['end', { ...guessableInEnv, span: { offset: 1, line: 1, column: 2, endLine: 1, endColumn: 9 } }],
    ]
    for (const [name, leak] of leaky)
      assert.equal(
        validate(JSON.parse(JSON.stringify(reportDocument(report([target({ findings: [leak] })]))))),
        false,
        name,
      )
  })
})
