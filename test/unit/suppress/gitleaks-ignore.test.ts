import assert from 'node:assert/strict'
import { parseGitleaksIgnore } from '../../../src/suppress/gitleaks-ignore.js'

const commit = 'cd5226711335c68be1e720b318b7bc3135a30eb2'
const ours = new Set(['example-token', 'example-password'])
const subject = { ruleId: 'example-token', paths: ['lib/app.jar', 'lib/app.jar/conf/app.yml'], line: 12 }

describe('.gitleaksignore', () => {
  const table: [string, string, boolean][] = [
    ['a fingerprint with a rule of gitleaks', 'lib/app.jar:generic-api-key:12', true],
    ['one with the same rule', 'lib/app.jar:example-token:12', true],
    ['one with another rule that secretscan has', 'lib/app.jar:example-password:12', false],
    ['one with a commit', `${commit}:lib/app.jar:aws-access-token:12`, true],
    ['another line', 'lib/app.jar:generic-api-key:13', false],
    ['another file', 'lib/other.jar:generic-api-key:12', false],
    ['a file in an archive', 'lib/app.jar!conf/app.yml:generic-api-key:12', true],
    ['a comment', '# lib/app.jar:generic-api-key:12', false],
    ['a line of another form', 'lib/app.jar', false],
    ['Windows line ends', '\r\n./lib/app.jar:generic-api-key:12\r\n', true],
  ]
  for (const [name, text, ignored] of table) {
    it(`${ignored ? 'ignores' : 'keeps'} by ${name}`, () =>
      assert.equal(parseGitleaksIgnore(text, '.gitleaksignore', ours).match(subject) !== undefined, ignored))
  }

  it('holds for no place without a line', () => {
    const file = parseGitleaksIgnore('lib/app.jar:generic-api-key:12', '.gitleaksignore', ours)
    assert.equal(file.match({ ruleId: 'example-token', paths: ['lib/app.jar'] }), undefined)
  })
})
