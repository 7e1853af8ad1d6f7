import assert from 'node:assert/strict'
import fc from 'fast-check'
import { wrap } from '../../../src/support/wrap.js'

describe('wrap', () => {
  const table: readonly [name: string, wrapped: string, expected: string][] = [
    ['leaves what fits', wrap('short enough', 12), 'short enough'],
    ['breaks at spaces', wrap('one two three', 8), 'one two\nthree'],
    ['moves in the lines that it starts', wrap('Next: one two', 9, 2), 'Next: one\n  two'],
    ['keeps the space a line begins with', wrap('  one two', 6), '  one\n  two'],
    ['keeps the line breaks of the text', wrap('one\ntwo three', 5), 'one\ntwo\nthree'],
    ['keeps a wide word whole', wrap('see https://example.com now', 8), 'see\nhttps://example.com\nnow'],
    ['keeps a path whole', wrap('in /srv/app/.env', 8), 'in\n/srv/app/.env'],
    [
      'breaks a wide path behind a slash',
      wrap('  in /srv/app/config/.env now', 12, 1, true),
      '  in /srv/\n   app/\n   config/\n   .env now',
    ],
    ['breaks no path that fits', wrap('found in /srv/.env', 12, 0, true), 'found in\n/srv/.env'],
    ['breaks no URL', wrap('see https://a.example/b/c', 8, 0, true), 'see\nhttps://a.example/b/c'],
    ['counts columns, not characters', wrap('密码 ab', 6), '密码\nab'],
  ]
  for (const [name, wrapped, expected] of table) {
    it(name, () => assert.equal(wrapped, expected))
  }

  it('loses nothing of a path, and breaks it nowhere but behind a slash', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z/]{1,80}$/), fc.integer({ min: 1, max: 40 }), (path, width) => {
        const lines = wrap(path, width, 0, true).split('\n')
        assert.equal(lines.join(''), path)
        for (const line of lines.slice(0, -1)) assert.match(line, /\/$/)
        for (const line of lines) assert.ok(line.length <= width || /^[^/]*\/*$/.test(line), line)
      }),
    )
  })

  it('loses no word, and is too wide only where one word is', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (list, width) => {
        const wrapped = wrap(list.join(' '), width)
        assert.deepEqual(wrapped.split(/[ \n]/), list)
        for (const line of wrapped.split('\n')) {
          assert.ok(line.length <= width || !line.includes(' '), line)
        }
      }),
    )
  })
})
