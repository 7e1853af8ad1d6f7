// What people ask the store of sweeps for, with the built command: findings, ack, export, serve.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/sweep/store/database.js'
import { openStore } from '../../src/sweep/store/open-store.js'
import { fillSmall, fp } from '../fixtures/reading-checks.js'
import { reportIn } from '../fixtures/report.js'
import { type CommandOptions, runCommand } from '../fixtures/run-command.js'
import { addImage, digestOf } from '../fixtures/sweep-store.js'

describe('sweep findings, ack, export, serve', function () {
  this.timeout(120_000)
  let folder: string
  /** Held open: the commands ask this process, as they ask a sweep that runs. */
  let database: Database

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
    writeFileSync(
      join(folder, 'sweep.yaml'),
      'store: ./store\nregistries:\n  - host: reg.example.com\n    repositories: ["**"]\n',
    )
    mkdirSync(join(folder, 'store'), { mode: 0o700 })
    database = await openStore({ kind: 'folder', folder: join(folder, 'store') }, { mode: 'own' })
    await fillSmall(database)
    await database.query(
      `UPDATE image SET coverage = '[{"code":"LIMIT_FILE_SIZE","effect":"skipped","detail":"app/big was not scanned."}]' WHERE platform = 'linux/arm64'`,
    )
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const sweep = (args: readonly string[], options: CommandOptions = {}) =>
    runCommand(['sweep', ...args], { cwd: folder, ...options })
  const report = async (...args: string[]) => reportIn((await sweep(['findings', '--format', 'json', ...args])).stdout)
  const fingerprints = ({ findings }: Awaited<ReturnType<typeof report>>) =>
    findings.map(({ fingerprint }) => fingerprint)

  it('reports each image as a target, by the schema of reports, with what it holds', async () => {
    const { code, stdout, stderr } = await sweep(['findings', '--format', 'json'])
    assert.deepEqual([code, stderr], [1, ''])
    const { targets, findings, suppressed, skipped } = reportIn(stdout)
    assert.deepEqual(
      targets.map(({ reference, platform, source }) => [reference, platform, source]),
      [
        ['reg.example.com/team-a/api:1', 'linux/amd64', 'registry'],
        ['reg.example.com/team-b/sub/db:1.0', 'linux/arm64', 'registry'],
        ['reg.example.com/team-a/web:1', 'linux/amd64', 'registry'],
      ],
    )
    assert.equal(findings.filter(({ fingerprint }) => fingerprint === fp('leak')).length, 3)
    assert.equal(suppressed['acknowledgement'], 1)
    assert.deepEqual(
      skipped.map(({ code: issue }) => issue),
      ['LIMIT_FILE_SIZE'],
    )
  })

  it('lists images that are as bad by name, whatever the order in which they were seen first', async () => {
    for (const name of ['zeta', 'alpha', 'mid'])
      await addImage(database, 2, {
        name: `order-${name}`,
        tags: [`reg.example.com/order/${name}:1`],
        layers: [{ name, instruction: 'COPY . /app' }],
        findings: [{ fingerprint: fp(`order${name}`), layer: 0, severity: name === 'mid' ? 'critical' : 'high' }],
      })
    const { targets } = await report('--image', 'order/*')
    assert.deepEqual(
      targets.map(({ reference }) => reference),
      ['mid', 'alpha', 'zeta'].map((name) => `reg.example.com/order/${name}:1`),
    )
    await database.query(`DELETE FROM repository WHERE name LIKE 'order/%'`)
    await database.query('DELETE FROM image WHERE digest = ANY($1::text[])', [
      ['zeta', 'alpha', 'mid'].map((name) => digestOf(`order-${name}`)),
    ])
    await database.query(`DELETE FROM finding WHERE fingerprint LIKE 'v1:order%'`)
  })

  it('prints a table with the instruction, and SARIF', async () => {
    const { stdout, code } = await sweep(['findings', '--fail-on', 'never', '--allow-incomplete'])
    assert.equal(code, 0)
    assert.match(stdout, /layer 1\/2 {2}COPY \. \/app/)
    assert.match(stdout, /1 more suppressed; --show-suppressed/)
    const sarif = JSON.parse((await sweep(['findings', '--format', 'sarif'])).stdout) as {
      runs: { results: unknown[] }[]
    }
    assert.equal(sarif.runs[0]?.results.length, 5)
  })

  it('filters: new, since, image, rule, secret', async () => {
    assert.deepEqual(fingerprints(await report('--new')), [fp('new')])
    assert.deepEqual(fingerprints(await report('--since', '2026-01-02')), [fp('new')])
    assert.equal(fingerprints(await report('--since', '1')).length, 5)
    assert.deepEqual(fingerprints(await report('--image', 'team-a/web')), [fp('leak')])
    assert.deepEqual(
      (await report('--image', '**/api:latest')).targets.map(({ reference }) => reference),
      ['reg.example.com/team-a/api:latest'],
    )
    assert.deepEqual(fingerprints(await report('--rule', 'npm-token')).sort(), [fp('env'), fp('new')])
    assert.deepEqual(fingerprints(await report('--secret', fp('env'))).sort(), [fp('env'), fp('new')])
  })

  it('refuses a rule that neither this version nor the store has: "none found" would be a mistyped name', async () => {
    for (const flag of ['--rule', '--skip-rule']) {
      const { code, stderr } = await sweep(['findings', flag, 'npm-tokn'])
      assert.deepEqual([code, /There is no rule "npm-tokn"/.test(stderr)], [2, true], flag)
    }
    assert.equal((await sweep(['findings', '--rule', 'npm-token', '--fail-on', 'never', '--allow-incomplete'])).code, 0)
  })

  it('takes the ID that its table shows, and refuses one that is too short or means several', async () => {
    const { stdout } = await sweep(['findings', '--new', '--allow-incomplete'])
    const id = /\n +ID (\w+)\n/.exec(stdout)?.[1] ?? ''
    assert.ok(fp('new').includes(id) && id.length === 10, stdout)
    assert.deepEqual(fingerprints(await report('--secret', id.toUpperCase())).sort(), [fp('env'), fp('new')])
    const short = await sweep(['ack', 'new', '--reason', 'x'])
    assert.deepEqual([short.code, /at least 6 characters/.test(short.stderr)], [2, true])
    await database.query(
      `INSERT INTO finding (fingerprint, rule_id, severity, confidence, first_seen_in, last_seen_in)
       SELECT 'v1:newaaaaaaaaaaa' || n, rule_id, severity, confidence, 1, 1 FROM finding, generate_series(1, 7) n WHERE fingerprint = $1`,
      [fp('new')],
    )
    const several = await sweep(['ack', 'v1:newaaaaaaa', '--reason', 'x'])
    assert.equal(several.code, 2)
    assert.match(several.stderr, /More than one finding begins with v1:newaaaaaaa: v1:newaaaaaaaaaaa1, .*, …\./)
    assert.equal((await sweep(['ack', fp('new'), '--reason', 'x'])).code, 0, 'a whole one is never ambiguous')
    assert.equal((await sweep(['ack', fp('new'), '--remove'])).code, 0)
    await database.query(`DELETE FROM finding WHERE fingerprint LIKE 'v1:newaaaaaaaaaaa%' AND fingerprint <> $1`, [
      fp('new'),
    ])
  })

  it('counts a leak once for all images, as sweep run and the page do', async () => {
    const { stdout } = await sweep(['findings', '--allow-incomplete'])
    assert.match(stdout, /\n3 findings in 3 images: 1 critical, 1 high, 1 medium +\(1 more suppressed;/)
  })

  it('is exit code 3 where the latest sweep reached no registry or not all of it, and says which', async () => {
    const failure = JSON.stringify({ code: 'UNREACHABLE', message: 'reg.example.com does not answer.' })
    await database.query(
      `INSERT INTO sweep_registry (sweep_id, host, status, failure) VALUES (2, 'reg.example.com', 'failed', $1)`,
      [failure],
    )
    const { code, stdout } = await sweep(['findings', '--fail-on', 'never'])
    assert.equal(code, 3)
    assert.match(stdout, /✖ reg\.example\.com {2}failed\n +reg\.example\.com does not answer\. \[UNREACHABLE\]/)
    const { targets } = await report('--new')
    assert.deepEqual(targets.find(({ reference }) => reference === 'reg.example.com')?.failed, JSON.parse(failure))
    assert.equal((await sweep(['findings', '--fail-on', 'never', '--allow-incomplete'])).code, 0)
    await database.query('DELETE FROM sweep_registry')
  })

  it('is exit code 4 where an image or a sweep is asked for that is not there: a mistyped name is no clean image', async () => {
    const image = await sweep(['findings', '--image', 'nothing/*'])
    assert.deepEqual([image.code, image.stdout], [4, ''])
    assert.match(image.stderr, /No image in the store is called nothing\/\*\./)
    const later = await sweep(['findings', '--since', '99'])
    assert.equal(later.code, 4)
    assert.match(later.stderr, /There is no sweep 99 yet: the latest is \d+\./)
  })

  it('tells incomplete from clean, and refuses what is no sweep and no date', async () => {
    assert.equal((await sweep(['findings', '--image', 'team-b/**', '--fail-on', 'never'])).code, 3)
    assert.equal((await sweep(['findings', '--rule', 'aws-access-key'])).code, 0)
    for (const since of ['yesterday', '0', '2026-13-01', '2026-02-31', '-1']) {
      const { code, stderr } = await sweep(['findings', `--since=${since}`])
      assert.equal(code, 2, since)
      assert.match(stderr, /neither the number of a sweep nor a date/)
    }
  })

  it('acknowledges a finding and takes it back', async () => {
    const done = await sweep(['ack', fp('new'), '--reason', 'a test key', '--until', '2100-01-31'])
    assert.deepEqual([done.code, done.stdout], [0, `✔ ${fp('new')} (npm-token) is acknowledged until 2100-01-31.\n`])
    const { code } = await sweep(['findings', '--new', '--allow-incomplete'])
    assert.equal(code, 0)
    const shown = await report('--new', '--show-suppressed')
    assert.deepEqual(
      shown.findings.map((finding) => ('suppressed' in finding ? finding.suppressed : undefined)),
      [{ by: 'acknowledgement', reason: 'a test key' }],
    )
    const removed = JSON.parse((await sweep(['ack', fp('new'), '--remove', '--json'])).stdout) as object
    assert.deepEqual(removed, { schemaVersion: 1, fingerprint: fp('new'), acknowledged: false })
    assert.equal((await sweep(['findings', '--new'])).code, 1)
  })

  it('refuses an acknowledgement without a reason, of a day that is over, of what is not there', async () => {
    assert.equal((await sweep(['ack', fp('new')])).code, 2)
    assert.equal((await sweep(['ack', fp('new'), '--reason', 'x', '--until', '2020-01-01'])).code, 2)
    const none = await sweep(['ack', fp('new'), '--reason', 'x', '--until', '2100-02-30'])
    assert.deepEqual([none.code, /2100-02-30 is no date/.test(none.stderr)], [2, true])
    const value = `rT7_vQ2x${'Lm9kW4zN'}`
    const quoted = await sweep(['ack', fp('new'), '--reason', `the old DB_PASSWORD=${value}, revoked`])
    assert.deepEqual([quoted.code, quoted.stderr.includes(value)], [2, false])
    assert.match(quoted.stderr, /The reason holds a value that the rule \S+ finds/)
    assert.equal((await sweep(['ack', fp('none'), '--reason', 'x'])).code, 4)
    assert.equal((await sweep(['ack', fp('new'), '--remove'])).code, 4)
  })

  it('exports every finding once, from a store that nobody holds, with where it stands', async () => {
    await database.close()
    const file = join(folder, 'findings.jsonl')
    const { code, stdout } = await sweep(['export', '--output', file])
    assert.deepEqual([code, stdout], [0, ''])
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(
      lines.map(({ fingerprint }) => fingerprint),
      [fp('accepted'), fp('env'), fp('gone'), fp('leak'), fp('new')],
    )
    const [accepted, , gone, leak] = lines
    assert.equal(JSON.stringify(accepted?.['acknowledged']).includes('a test key'), true)
    assert.equal(gone?.['goneAt'], '2026-01-02T03:05:00.000Z')
    assert.equal(leak?.['imageCount'], 3)
    const open = (await sweep(['export', '--open'])).stdout.trim().split('\n')
    assert.equal(open.length, 3)
  })

  it('serves the page until it is told to stop', async () => {
    let status = 0
    let body = ''
    const url = 'http://127.0.0.1:'
    const port = 20_000 + (process.pid % 20_000)
    const asking = (async () => {
      for (let tries = 0; tries < 200 && status === 0; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        await fetch(`${url}${port}/findings?q=leak`).then(
          async (response) => {
            body = await response.text()
            status = response.status
          },
          () => {},
        )
      }
    })()
    const ended = sweep(['serve', '--port', String(port)], { preload: stopAfterAnswer(folder) })
    await asking
    const { code, stdout } = await ended
    assert.equal(status, 200)
    assert.match(body, /<h1>Findings<\/h1>/)
    assert.equal(stdout, `${url}${port}/\n`)
    assert.equal(code, 143)
  })

  it('says what to do where there is no store', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
    writeFileSync(join(elsewhere, 'sweep.yaml'), 'store: ./store\nregistries: [{ host: reg.example.com }]\n')
    const { code, stderr } = await runCommand(['sweep', 'findings'], { cwd: elsewhere })
    assert.equal(code, 4)
    assert.match(stderr, /secretscan sweep run/)
    rmSync(elsewhere, { recursive: true })
  })
})

/** A module that ends the process by SIGTERM once its server has answered. */
function stopAfterAnswer(folder: string): string {
  const file = join(folder, 'stop.cjs')
  writeFileSync(
    file,
    `const http = require('node:http')
const end = http.ServerResponse.prototype.end
http.ServerResponse.prototype.end = function (...args) {
  this.on('finish', () => setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100))
  return end.apply(this, args)
}`,
  )
  return file
}
