import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import type { Log, Result } from 'sarif'
import { reportSarif } from '../../../src/report/sarif.js'
import type { ScanReport } from '../../../src/report/types.js'
import { packageRoot } from '../../../src/support/package-root.js'
import { finding, fingerprintOf, fullReport, guessableInEnv, report, target } from './sample-report.js'

const path = join(packageRoot(), 'test', 'fixtures', 'schemas', 'sarif-2.1.0-rtm.5.json')
// Draft 4 with nothing in it that draft 7 reads otherwise, once its own "$schema" and "id" are gone.
const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
const ajv = new Ajv({ strict: false, unicodeRegExp: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

/** The pieces in which a report is written. */
async function piecesOf(input: ScanReport): Promise<string[]> {
  const pieces: string[] = []
  const out = new Writable({
    decodeStrings: false,
    write: (piece: string, _, done) => {
      pieces.push(piece)
      done()
    },
  })
  await reportSarif(input, out, { color: false, quiet: true, showSuppressed: false })
  return pieces
}

async function parsed(input: ScanReport): Promise<Log> {
  const text = (await piecesOf(input)).join('')
  const log = JSON.parse(text) as Log
  assert.equal(text, `${JSON.stringify(log, null, 2)}\n`)
  assert.ok(validate(log), JSON.stringify(validate.errors))
  return log
}

const resultsOf = async (input: ScanReport): Promise<Result[]> => (await parsed(input)).runs[0]?.results ?? []
const uriOf = (result: Result | undefined): string | undefined =>
  result?.locations?.[0]?.physicalLocation?.artifactLocation?.uri

describe('the SARIF report', () => {
  it('holds to the official schema, empty and full', async () => {
    await parsed(report([]))
    await parsed(fullReport())
  })

  it('O03: holds to it with 25,000 results', async () => {
    assert.equal(
      (await resultsOf(report([target({ findings: Array.from({ length: 25_000 }, () => finding()) })]))).length,
      25_000,
    )
  })

  it('is written in pieces: all of them may be longer than a text can be', async () => {
    const pieces = await piecesOf(report([target({ findings: Array.from({ length: 5000 }, () => finding()) })]))
    assert.ok(Math.max(...pieces.map(({ length }) => length)) < pieces.join('').length / 3)
  })

  it('gives each result its rule, level, place and fingerprint', async () => {
    const [result] = await resultsOf(report([target({ findings: [finding()] })]))
    assert.equal(result?.ruleId, 'example-token')
    assert.equal(result?.level, 'error')
    assert.equal(uriOf(result), 'app/.env')
    assert.deepEqual(result?.locations?.[0]?.physicalLocation?.region, {
      startLine: 3,
      startColumn: 13,
      endLine: 3,
      endColumn: 53,
    })
    assert.deepEqual(result?.partialFingerprints, { 'secretscan/v1': fingerprintOf('a') })
  })

  it('describes every rule with help', async () => {
    const [run] = (await parsed(fullReport())).runs
    const rules = run?.tool.driver.rules ?? []
    assert.deepEqual(
      rules.map(({ id }) => id),
      ['example-token', 'generic-password'],
    )
    for (const rule of rules) assert.match(rule.help?.text ?? '', /Revoke/)
    for (const result of run?.results ?? []) assert.equal(rules[result.ruleIndex ?? -1]?.id, result.ruleId)
  })

  it('gives a guessable value no end and no length', async () => {
    const inFile = {
      ...guessableInEnv,
      place: { kind: 'file', path: 'a' } as const,
      span: { offset: 3, line: 1, column: 4 },
    }
    const binary = { ...inFile, span: { offset: 3 } }
    for (const result of await resultsOf(report([target({ findings: [guessableInEnv, inFile, binary] })]))) {
      const region = result.locations?.[0]?.physicalLocation?.region ?? {}
      assert.deepEqual(
        Object.keys(region).filter((key) => /^(end|byteLength|charLength)/.test(key)),
        [],
      )
    }
  })

  it('says by whom a finding is suppressed and why', async () => {
    const results = (await resultsOf(fullReport())).filter(({ suppressions }) => suppressions !== undefined)
    assert.deepEqual(
      results.map(({ suppressions }) => suppressions),
      [[{ kind: 'external', status: 'accepted', justification: 'a test key' }]],
    )
  })

  const names: [string, string, string][] = [
    ['a percent sign, a hash and a space', 'a b/c#1%.txt', 'a%20b/c%231%25.txt'],
    ['a Windows path', 'Users\\me\\x', 'Users%5Cme%5Cx'],
    ['a colon in the first segment', 'c:/x', 'c%3A/x'],
    ['letters beyond ASCII', 'ü/日', '%C3%BC/%E6%97%A5'],
    ['a lone surrogate', 'x\ud800', 'x%EF%BF%BD'],
  ]
  for (const [name, file, uri] of names) {
    it(`encodes ${name}`, async () => {
      assert.equal(
        uriOf((await resultsOf(report([target({ findings: [finding({ place: { kind: 'file', path: file } })] })])))[0]),
        uri,
      )
    })
  }

  it('O03: encodes a name that is not UTF-8 by its bytes', async () => {
    const place = {
      kind: 'file',
      path: 'b/\ufffd',
      pathBase64: Buffer.from([0x62, 0x2f, 0xff]).toString('base64'),
    } as const
    assert.equal(uriOf((await resultsOf(report([target({ findings: [finding({ place })] })])))[0]), 'b/%FF')
  })

  it('reports failures and what was not scanned as notifications', async () => {
    const [invocation] = (await parsed(fullReport())).runs[0]?.invocations ?? []
    assert.equal(invocation?.executionSuccessful, false)
    const levels = (invocation?.toolExecutionNotifications ?? []).map(
      ({ level, descriptor }) => `${descriptor?.id} ${level}`,
    )
    assert.deepEqual(levels, [
      'NOT_FOUND error',
      'CORRUPT_STREAM error',
      'LIMIT_FILE_SIZE warning',
      'ATTESTATION_SKIPPED note',
      'IGNORE_EXPIRED note',
    ])
  })
})
