// The pack that docs/rules.md begins with does what the page says.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../../src/support/package-root.js'
import { runCommand } from '../../fixtures/run-command.js'

const page = readFileSync(join(packageRoot(), 'docs', 'rules.md'), 'utf8')
const [, pack = ''] = /## A first rule\n\n```yaml\n([^`]+)```/.exec(page) ?? []

describe('the first rule of docs/rules.md', function () {
  this.timeout(30_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-docs-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const test = (text: string) => {
    writeFileSync(join(folder, 'acme.yaml'), text)
    return runCommand(['rules', 'test', '--no-default-rules', '--rules', 'acme.yaml'], { cwd: folder })
  }

  it('passes its own examples', async () => {
    const { code, stdout } = await test(pack)
    assert.equal(stdout, '1 rule: ✔ all examples hold\n')
    assert.equal(code, 0)
  })

  const broken: readonly [what: string, from: string, to: string, problem: RegExp][] = [
    ['the pattern matches nothing', '{32}', '{33}', /the pattern matches nothing here/],
    ['the entropy refuses it', 'entropy: 3.5', 'entropy: 7.5', /its entropy is \d\.\d\d, and the rule asks for 7\.5/],
    ['the structure refuses it', 'entropy: 3.5', 'structure: jwt', /its structure check \(jwt\) refuses it/],
    ['a part of it is matched', '{32})(?![0-9A-Za-z])', '{20})', /something else than the marked value/],
  ]
  for (const [what, from, to, problem] of broken) {
    it(`fails with file, rule and reason where ${what}`, async () => {
      const { code, stdout } = await test(pack.replace(from, to))
      assert.equal(code, 1)
      assert.match(stdout, /^✖ acme\.yaml: acme-deploy-token: example 1: /)
      assert.match(stdout, problem)
    })
  }
})
