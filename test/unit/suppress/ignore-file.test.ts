import assert from 'node:assert/strict'
import { parseIgnoreFile } from '../../../src/suppress/ignore-file.js'

const now = new Date('2026-06-15T12:00:00Z')
const parse = (text: string) => parseIgnoreFile(text, '.secretscanignore', now)
const FINGERPRINT = `v1:${'abc'.padEnd(26, 'x')}`
const subject = { ruleId: 'example-token', fingerprint: FINGERPRINT, paths: ['app/test/key.pem'] }

describe('.secretscanignore', () => {
  const table: [string, string, boolean][] = [
    ['a path', 'app/test/key.pem', true],
    ['a folder', 'test/', true],
    ['a glob of names', '*.pem', true],
    ['a path from the root', '/app', true],
    ['a path from the root that is elsewhere', '/test', false],
    ['a re-included path', '*.pem\n!key.pem', false],
    ['another case', 'APP/TEST/KEY.PEM', false],
    ['a fingerprint', `fingerprint:${FINGERPRINT}`, true],
    ['another fingerprint', `fingerprint:v1:${'abd'.padEnd(26, 'x')}`, false],
    ['a rule everywhere', 'rule:example-token', true],
    ['a rule in a folder', 'rule:example-token app/**', true],
    ['a rule in another folder', 'rule:example-token lib/**', false],
    ['a rule by a glob and a base name', 'rule:example-* *.pem', true],
    ['another rule', 'rule:other', false],
    ['a comment', '# app/test/key.pem', false],
    ['a day that is still to come', 'app/ until=2026-06-15', true],
    ['a day that is over', 'app/ until=2026-06-14', false],
    ['Windows line ends', 'x\r\n*.pem\r\n', true],
  ]
  for (const [name, text, ignored] of table) {
    it(`${ignored ? 'ignores' : 'keeps'} by ${name}`, () =>
      assert.equal(parse(text).match(subject) !== undefined, ignored))
  }

  it('knows the reason, before or after the day', () => {
    for (const text of [
      '*.pem until=2027-01-01 # a test key',
      '*.pem # a test key until=2027-01-01',
      '*.pem # a test key',
    ]) {
      assert.equal(parse(text).match(subject)?.reason, 'a test key')
    }
  })

  it('matches a file inside an archive by either path', () => {
    const paths = ['lib/app.jar', 'lib/app.jar/conf/application.yml']
    assert.ok(parse('conf/').match({ ...subject, paths }))
    assert.ok(parse('*.jar').match({ ...subject, paths }))
  })

  it('lists what has expired', () => {
    assert.deepEqual(
      parse('a\nb until=2026-01-01\n').expired.map(({ line }) => line),
      [2],
    )
  })

  it('refuses a kind of line that there is not, naming the line, and takes ./ for a path that looks like one', () => {
    assert.throws(() => parse('a\nbogus:foo'), /\.secretscanignore:2: there is no kind of line "bogus:"/)
    assert.equal(parse('./bogus:foo').entries[0]?.kind, 'path')
  })

  it('refuses a fingerprint that can be none, naming the line', () => {
    for (const text of ['fingerprint:abc', 'fingerprint:', 'fingerprint:v1:abc'])
      assert.throws(() => parse(`a\n${text}`), /\.secretscanignore:2: "fingerprint:.*" is no fingerprint/)
  })

  it('refuses a day that is none and a rule without an ID, naming the line', () => {
    assert.throws(() => parse('a\nb until=soon'), /\.secretscanignore:2: "until=soon" is not a date/)
    assert.throws(() => parse('b until=2026-13-01'), /is not a date/)
    assert.throws(() => parse('rule:'), /:1: "rule:" needs the ID/)
  })

  it('takes odd paths without failing', () => {
    for (const path of ['', '.', '..', '../x', '/x', 'a\nb', 'x/']) parse('*.pem').match({ ...subject, paths: [path] })
  })
})
