// What a report says of secrets in databases: the table, the row, the column or the setting's name.
import assert from 'node:assert/strict'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import type { TargetReport } from '../../../src/scan/types.js'
import { rdbDump, rdbEntry, rdbLength, rdbString } from '../../fixtures/rdb-builder.js'
import { sqliteFile } from '../../fixtures/sqlite-builder.js'
import { placeName, scanOne, token } from './scan-fixture.js'

const scanned = (file: Buffer): Promise<TargetReport> => scanOne({ layers: [{ files: { 'srv/app.db': file } }] })

const found = ({ findings }: TargetReport) =>
  findings.map(({ ruleId, place, span }) => `${ruleId} ${placeName(place)} ${span.line}`).sort()

describe('secrets in databases', () => {
  it('are told by table, row and name', async () => {
    const report = await scanned(
      sqliteFile([
        {
          name: 'settings',
          sql: 'CREATE TABLE settings(key, value)',
          rows: [
            ['theme', 'dark'],
            ['SMTP_PASSWORD', 'heronPebble71'],
          ],
        },
        {
          name: 'hosts',
          sql: 'CREATE TABLE hosts(name, config, password, note)',
          rows: [
            ['a', '{"x": 1}', null, `uses ${token('note')}`],
            ['b', '{"DB_PASSWORD": "otterLamp44"}', 'kelpHarbor9', null],
          ],
        },
      ]),
    )
    assert.deepEqual(found(report), [
      'test-password file srv/app.db!hosts config.DB_PASSWORD 2',
      'test-password file srv/app.db!hosts password 2',
      'test-password file srv/app.db!settings SMTP_PASSWORD 2',
      'test-token file srv/app.db!hosts note 1',
    ])
    assert.deepEqual(report.coverage, [])
  })

  const drawn = ['Qz8vTr2LmX', '9pWc4N/yB7k', '+Jd3Hs5Gf1', 'Ra=='].join('')
  const names: readonly (readonly [name: string, told: string])[] = [
    [`refresh:${drawn}`, 'refresh:…'],
    [drawn.slice(0, 16), '…'],
    ['c0ffee42b7a19d35', '…'],
    ['db1/customer2/replica3', 'db1/customer2/replica3'],
    ['oauth2client_of_Shop7', 'oauth2client_of_Shop7'],
    ['oauth2_provider_client_settings', 'oauth2_provider_client_settings'],
  ]
  for (const [name, told] of names)
    it(`are told under ${told} where the row is named ${name.slice(0, 12)}`, async () => {
      const row = [name, '{"DB_PASSWORD": "otterLamp44"}']
      const report = await scanned(sqliteFile([{ name: 't', sql: 'CREATE TABLE t(key, value)', rows: [row] }]))
      assert.deepEqual(found(report), [`test-password file srv/app.db!t ${told}.DB_PASSWORD 1`])
    })

  it('are found where a row goes on in further pages, which their bytes do not show', async () => {
    const rowsOf = (filler: number) => [[`${'y'.repeat(700)} ${token('wide')} ${'y'.repeat(filler)}`]]
    const file = Array.from({ length: 520 }, (_, index) =>
      sqliteFile([{ name: 't', sql: 'CREATE TABLE t(a)', rows: rowsOf(300 + index) }], 512),
    ).find((bytes) => !bytes.includes(token('wide')))
    assert.ok(file !== undefined, 'a page ends within the token')
    assert.deepEqual(found(await scanned(file)), ['test-token file srv/app.db!t a 1'])
  })

  it('are found in what was deleted and in a file without tables, as bytes', async () => {
    const file = Buffer.concat([sqliteFile([]), Buffer.from(`\0\0${token('deleted')}\0`)])
    assert.deepEqual(found(await scanned(file)), ['test-token file srv/app.db 1'])
  })

  it('are listed ten times under one name that says no more, and each where it has a form', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => [`heronPebble7${index}x`, token(`row ${index}`)])
    const report = await scanned(sqliteFile([{ name: 't', sql: 'CREATE TABLE t(password, note)', rows }]))
    const count = (ruleId: string) => report.findings.filter((finding) => finding.ruleId === ruleId).length
    assert.equal(count('test-password'), 10)
    assert.equal(count('test-token'), 30)
    assert.deepEqual(
      report.coverage.map(({ code, effect, place }) => [code, effect, place && placeName(place)]),
      [['LIMIT_TABLE_ROWS', 'note', 'file srv/app.db!t']],
    )
  })

  it('are counted as far as a column stands with its name, and the note claims no more', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => [`heronPebble${index}x`])
    const table = { name: 't', sql: 'CREATE TABLE t(password)', rows, rowsOfPage: 50 }
    const { coverage } = await scanned(sqliteFile([table]))
    assert.match(coverage[0]?.detail ?? '', /at least 990 more values/)
  })

  it('are listed ten times where each account has a hash of its password', async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['unix-crypt-hash'], skip: [] })
    const hash = (index: number) =>
      `$2b$12$${token(`hash ${index}`).slice(4, 26)}${token(`more ${index}`).slice(4, 35)}`
    const rows = Array.from({ length: 30 }, (_, index) => [`anna${index}`, hash(index)])
    const file = sqliteFile([{ name: 'users', sql: 'CREATE TABLE users(login, password)', rows }])
    const { findings, coverage } = await scanOne({ layers: [{ files: { 'srv/app.db': file } }] }, { rules })
    assert.deepEqual(
      findings.map(({ ruleId, place, span }) => `${ruleId} ${placeName(place)} ${span.line}`),
      Array.from({ length: 10 }, (_, index) => `unix-crypt-hash file srv/app.db!users password ${index + 1}`),
    )
    assert.deepEqual(
      coverage.map(({ code, effect }) => [code, effect]),
      [['LIMIT_TABLE_ROWS', 'note']],
    )
  })

  it('are told with the row of their other part where that is a setting of its own', async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['aws-access-key'], skip: [] })
    const rows = [
      ['aws_access_key_id', ['AKIA', 'Q2W5X7YZ3T4RK6LM'].join('')],
      ['aws_secret_access_key', token('aws secret').slice(4).padEnd(40, 'k7Qz')],
    ]
    const file = sqliteFile([{ name: 'settings', sql: 'CREATE TABLE settings(key, value)', rows }])
    const { findings } = await scanOne({ layers: [{ files: { 'srv/app.db': file } }] }, { rules })
    const [finding] = findings
    assert.ok(finding !== undefined)
    const places = [finding, ...finding.related].map(({ place, span }) => `${placeName(place)} ${span?.line}`)
    assert.deepEqual(places.sort(), [
      'file srv/app.db!settings aws_access_key_id 1',
      'file srv/app.db!settings aws_secret_access_key 2',
    ])
  })

  it('leave room for what is surer', async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['generic-secret-assignment'], skip: [] })
    const rows = Array.from({ length: 30 }, (_, index) => [
      index < 20 ? `heron${'bcdfghjklmnpqrstvwxz'[index]}` : `heronPebble-7${index}`,
    ])
    const file = sqliteFile([{ name: 'hosts', sql: 'CREATE TABLE hosts(password)', rows }])
    const { findings, coverage } = await scanOne({ layers: [{ files: { 'srv/app.db': file } }] }, { rules })
    const sure = findings.filter(({ confidence }) => confidence !== 'low')
    assert.deepEqual(
      sure.map(({ span }) => span.line),
      Array.from({ length: 10 }, (_, index) => 21 + index),
    )
    assert.equal(findings.length - sure.length, 10)
    assert.deepEqual(coverage, [])
  })

  it('are told by the key of a dump of Redis, and by the field', async () => {
    const hash = [rdbLength(1), rdbString('DB_PASSWORD'), rdbString('otterLamp44')]
    const dump = rdbDump(
      rdbEntry(0, 'app:MAIL_PASSWORD', rdbString('heronPebble71')),
      rdbEntry(4, 'app:settings', ...hash),
    )
    const report = await scanOne({ layers: [{ files: { 'data/dump.rdb': dump } }] })
    assert.deepEqual(found(report), [
      'test-password file data/dump.rdb!db0 app:MAIL_PASSWORD 1',
      'test-password file data/dump.rdb!db0 app:settings.DB_PASSWORD 2',
    ])
  })

  it('say nothing of a name that may be a key itself', async () => {
    const name = `session:${token('name')}:password`
    const file = sqliteFile([{ name: 't', sql: 'CREATE TABLE t(key, value)', rows: [[name, 'heronPebble71']] }])
    assert.ok(!JSON.stringify(await scanned(file)).includes(token('name').slice(4)))
  })

  it('are found by rows beyond the first chunk of a large table', async () => {
    const rows = Array.from({ length: 2500 }, (_, index) => [
      'n'.repeat(900),
      index === 2400 ? token('far') : `short ${index}`,
    ])
    const file = sqliteFile([{ name: 't', sql: 'CREATE TABLE t(note, other)', rows, rowsOfPage: 30 }], 32768)
    assert.deepEqual(found(await scanned(file)), ['test-token file srv/app.db!t other 2401'])
  })
})
