// What scans say of this program's own folder .secretscan, in a project that was migrated and in an image that it was copied into.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { buildArchive } from '../fixtures/image-builder.js'
import { type Report, reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'

/** Made up. */
const PASSWORD = ['rT7', 'vQ2x', 'Lm9k', 'Zp4w'].join('')
const COMPOSE = `services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${PASSWORD}\n`
const KEPT = /\.secretscan\/migrations\/[^/]+\/originals\/\d+$/
const JOURNAL = /journal\.jsonl$/

describe('scans of the folder .secretscan', function () {
  this.timeout(120_000)
  let project: string
  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-state-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    // A name that says whose token a value of such a form would be.
    const named = ['--select', 'db.POSTGRES_PASSWORD', '--name', 'db.POSTGRES_PASSWORD=sentry_auth_token']
    const { code, stderr } = await runCommand(['migrate', 'apply', '--yes', '--to', 'compose-file', ...named], {
      cwd: project,
    })
    assert.equal(code, 0, stderr)
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  const filesOf = (): string[] =>
    readdirSync(project, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(project, join(entry.parentPath, entry.name)))
  const scan = async (...args: readonly string[]): Promise<Report> => {
    const { stdout } = await runCommand([...args, '--no-cache', '--min-confidence', 'low', '--format', 'json'], {
      cwd: project,
    })
    return reportIn(stdout)
  }
  const pathsIn = ({ findings }: Report): string[] =>
    findings.flatMap(({ location, related }) =>
      [location, ...related.map((each) => each.location)].map(({ path }) => path ?? ''),
    )
  const noteIn = ({ skipped }: Report): string =>
    skipped.flatMap(({ code, message }) => (code === 'MIGRATION_ORIGINALS' ? [message] : [])).join()

  it('take no hash of the journal for a token, however it is called, and say that they passed over one', async () => {
    const journal = filesOf().find((file) => JOURNAL.test(file)) ?? ''
    assert.match(readFileSync(join(project, journal), 'utf8'), /"name":"sentry_auth_token".*"hmac":"[0-9a-f]{64}"/)
    for (const place of ['.', '.secretscan', journal]) {
      const report = await scan('dir', place)
      assert.deepEqual(
        pathsIn(report).filter((path) => JOURNAL.test(path)),
        [],
      )
      assert.ok((report.suppressed.allowlist ?? 0) > 0, `not silently: ${JSON.stringify(report.suppressed)}`)
    }
  })

  it('find such a value elsewhere, and another one in the journal', async () => {
    const journal = filesOf().find((file) => JOURNAL.test(file)) ?? ''
    const text = readFileSync(join(project, journal), 'utf8')
    const other = mkdtempSync(join(tmpdir(), 'secretscan-state-'))
    try {
      writeFileSync(join(other, 'settings.jsonl'), text)
      writeFileSync(join(other, 'journal.jsonl'), text.replaceAll('"hmac":', '"token":'))
      const paths = pathsIn(await scan('dir', other))
      assert.ok(paths.includes('settings.jsonl') && paths.includes('journal.jsonl'), paths.join())
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  })

  it('find the plain values that it keeps, and say which command removes them', async () => {
    const report = await scan('dir', '.')
    assert.ok(pathsIn(report).some((path) => KEPT.test(path)))
    assert.match(noteIn(report), /migrate clean/)
  })

  it('find them in an image, as everybody who pulls it does, and say how they stay out of it', async () => {
    const files = Object.fromEntries(filesOf().map((file) => [`app/${file}`, readFileSync(join(project, file))]))
    const archive = join(project, 'app.tar')
    const layers = [{ files, createdBy: 'COPY . /app' }]
    writeFileSync(archive, await buildArchive({ layout: 'docker-legacy', images: [{ layers }] }))
    try {
      const report = await scan('image', 'app.tar')
      const paths = pathsIn(report)
      assert.ok(paths.some((path) => KEPT.test(path)))
      assert.ok(paths.includes('app/secrets/sentry_auth_token'))
      assert.ok(!paths.some((path) => JOURNAL.test(path)))
      assert.match(noteIn(report), /\.dockerignore/)
      const { stdout } = await runCommand(['image', 'app.tar', '--no-cache'], { cwd: project })
      assert.match(stdout, /\nNext: revoke or change them first/)
    } finally {
      rmSync(archive)
    }
  })
})
