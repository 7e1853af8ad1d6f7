import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { contextFiles, contextSources, sourceTakes } from '../../../src/dockerfile/context.js'
import { parseDockerignore } from '../../../src/dockerfile/dockerignore.js'
import { parseDockerfile } from '../../../src/dockerfile/parse.js'
import type { Issue } from '../../../src/support/issue.js'

describe('build contexts', () => {
  let folder: string
  let issues: Issue[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'context-'))
    issues = []
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function files(tree: Record<string, string>, dockerfile?: string): Promise<string[]> {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const found: string[] = []
    const options = {
      on: (issue: Issue) => issues.push(issue),
      ...(dockerfile === undefined ? {} : { dockerfile: join(folder, dockerfile) }),
    }
    for await (const { path } of contextFiles(folder, options)) found.push(path)
    return found
  }

  it('leaves out what .dockerignore names, with what lies below, and brings exceptions back', async () => {
    const found = await files({
      '.dockerignore': '.env\nsecrets\n!secrets/public.txt\n**/*.pem\n',
      '.env': '',
      'app/.env': '',
      'secrets/a': '',
      'secrets/public.txt': '',
      'a/b.pem': '',
      x: '',
    })
    assert.deepEqual(found, ['.dockerignore', 'app/.env', 'secrets/public.txt', 'x'])
  })

  it('sends all without .dockerignore, links as links', async () => {
    mkdirSync(join(folder, 'd'))
    symlinkSync('/etc/passwd', join(folder, 'd', 'link'))
    assert.deepEqual(await files({ '.env': '' }), ['.env', 'd/link'])
  })

  it('NAME.dockerignore beside the Dockerfile takes its place', async () => {
    const found = await files(
      {
        '.dockerignore': 'a\n',
        'docker/prod.Dockerfile': '',
        'docker/prod.Dockerfile.dockerignore': 'b\ndocker\n',
        a: '',
        b: '',
      },
      'docker/prod.Dockerfile',
    )
    assert.deepEqual(found, ['.dockerignore', 'a'])
  })

  it('names lines that are no patterns', async () => {
    await files({ '.dockerignore': '[a\n', x: '' })
    assert.deepEqual(
      issues.map(({ code, effect }) => [code, effect]),
      [['DOCKERIGNORE_MALFORMED', 'note']],
    )
  })

  it('names a folder that went away while it was walking', async () => {
    await files({ a: '', 'z/b': '' })
    const walk = contextFiles(folder, { on: (issue) => issues.push(issue) })
    assert.equal((await walk.next()).value?.path, 'a')
    rmSync(join(folder, 'z'), { recursive: true })
    assert.equal((await walk.next()).done, true)
    assert.deepEqual(
      issues.map(({ code, effect }) => [code, effect]),
      [['FOLDER_UNREADABLE', 'skipped']],
    )
  })

  it('a pattern of many ** comes to an end', () => {
    const ignore = parseDockerignore(`${'**/a*'.repeat(60)}/z\n`)
    assert.equal(ignore.ignores(`${'a/'.repeat(300)}b`), false)
  })

  it('knows what a COPY takes from the context', () => {
    const { instructions } = parseDockerfile(
      'Dockerfile',
      Buffer.from(
        'COPY --chown=1 .env ./config/ id_* /app/\nCOPY --from=build /x /y\nADD ["https://x/y", "a b", "/z"]\nCOPY <<E /x\ny\nE\nCOPY . /all\n',
      ),
    )
    assert.deepEqual(instructions.map(contextSources), [['.env', './config/', 'id_*'], [], ['a b'], [], ['.']])
    const table: readonly (readonly [string, string, boolean])[] = [
      ['.env', '.env', true],
      ['.env', 'app/.env', false],
      ['./config/', 'config/prod/key.pem', true],
      ['id_*', 'id_rsa', true],
      ['id_*', 'ssh/id_rsa', false],
      ['.', 'anything/at/all', true],
      ['/', 'x', true],
      ['$DIR', 'x', false],
    ]
    for (const [source, path, takes] of table) assert.equal(sourceTakes(source, path), takes, `${source} ${path}`)
  })
})
