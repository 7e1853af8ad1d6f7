import assert from 'node:assert/strict'
import fc from 'fast-check'
import { envFileValues, parseEnvFile } from '../../../src/compose/env-file.js'
import { envValueText, removeEnvEntry, replaceEnvEntry } from '../../../src/compose/env-file-edit.js'
import { EditRefusedError } from '../../../src/compose/errors.js'
import { applyEdits, type ByteEdit } from '../../../src/support/byte-edits.js'
import { type SourceText, sourceText } from '../../../src/support/source-text.js'

const edited = (text: string, edit: (source: SourceText) => readonly ByteEdit[]) => {
  const source = sourceText('.env', Buffer.from(text))
  return Buffer.from(applyEdits(source.bytes, edit(source))).toString()
}
const removed = (text: string, key = 'B') => edited(text, (source) => removeEnvEntry(source, key))
const replaced = (text: string, value: string) =>
  edited(text, (source) => replaceEnvEntry(source, 'B', { key: 'B_FILE', value }))

describe('edits of env files', () => {
  const removals: readonly (readonly [string, string, string])[] = [
    ['comments stay', '# a\nA=1\nexport B="2" # two\n# c\nC=3\n', '# a\nA=1\n# two\n# c\nC=3\n'],
    ['CRLF', 'A=1\r\nexport B="2"\r\nC=3\r\n', 'A=1\r\nC=3\r\n'],
    ['last line without end', 'A=1\nB=2', 'A=1'],
    ['several lines', 'A=1\nB="x\ny"\nC=3\n', 'A=1\nC=3\n'],
    ['every one of that name', 'B=1\nA=1\nB=2\n', 'A=1\n'],
    ['after a byte order mark', '\ufeffB=1\nÄ=ü\n', '\ufeffÄ=ü\n'],
    ['inside blank lines', 'A=1\n\nB=2\n\nC=3\n', 'A=1\n\n\nC=3\n'],
  ]
  for (const [name, before, after] of removals) it(`removes ${name}`, () => assert.equal(removed(before), after))

  it('renames and keeps comment, export and space', () => {
    assert.equal(replaced('export B = "old"   # why\n', '/run/secrets/b'), 'export B_FILE = /run/secrets/b   # why\n')
  })

  it('refuses what is not there, and what shares its line', () => {
    assert.throws(
      () => removed('A=1\n'),
      (error) => error instanceof EditRefusedError && error.reason === 'not-found',
    )
    assert.throws(
      () => removed('A="1" B=2\n'),
      (error) => error instanceof EditRefusedError && error.reason === 'form',
    )
  })

  it('writes any value so that it reads back', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('\\', '"', "'", '$', '{', '}', '#', ' ', '\n', '\r', 'n', 'a', '`') }),
    )
    fc.assert(
      fc.property(text, (value) => {
        const source = sourceText('.env', Buffer.from(`A=1\nB=${envValueText(value)}\nC=3\n`))
        assert.deepEqual(Object.fromEntries(envFileValues(parseEnvFile(source), source, () => undefined)), {
          A: '1',
          B: value,
          C: '3',
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves all other lines as they are', () => {
    const line = fc.constantFrom('# note', '', 'A=1', "C='x y' # z", '  export D="é"', 'E=')
    fc.assert(
      fc.property(fc.array(line), fc.array(line), fc.constantFrom('\n', '\r\n'), (above, below, eol) => {
        const join = (lines: readonly string[]) => lines.map((each) => each + eol).join('')
        assert.equal(removed(join([...above, 'B="secret" # x', ...below])), join([...above, '# x', ...below]))
      }),
    )
  })
})
