import assert from 'node:assert/strict'
import fc from 'fast-check'
import { envFileValues, parseEnvFile, parseRawEnvFile } from '../../../src/compose/env-file.js'
import { ComposeFileError } from '../../../src/compose/errors.js'
import { sourceText } from '../../../src/support/source-text.js'

const source = (text: string) => sourceText('/project/.env', Buffer.from(text))
const values = (text: string, env: Record<string, string> = {}) => {
  const read = source(text)
  return Object.fromEntries(envFileValues(parseEnvFile(read), read, (name) => env[name]))
}

describe('parseEnvFile', () => {
  const table: readonly (readonly [string, string, Record<string, string>])[] = [
    ['plain', 'A=b\n', { A: 'b' }],
    ['no last newline', 'A=b', { A: 'b' }],
    ['CRLF', 'A=b\r\nC=d\r\n', { A: 'b', C: 'd' }],
    ['byte order mark', '\ufeffA=b\n', { A: 'b' }],
    ['export', 'export A=b\n', { A: 'b' }],
    ['colon form', 'A: b\n', { A: 'b' }],
    ['comment needs a space before it', 'A=b#c # d\n', { A: 'b#c' }],
    ['comment lines', '# A=1\n  # B=2\nC=3\n', { C: '3' }],
    ['single quotes are literal', "A='$B \\n'\n", { A: '$B \\n' }],
    ['double quotes know escapes', 'A="x\\n\\"y\\" \\$B"\n', { A: 'x\n"y" $B' }],
    ['octal escape', 'A="\\0101"\n', { A: 'A' }],
    ['several lines in quotes', 'A="x\ny"\nB=1\n', { A: 'x\ny', B: '1' }],
    ['earlier entries are seen', 'A=1\nB=${A}2\n', { A: '1', B: '12' }],
    ['defaults', 'B=${A:-x}\n', { B: 'x' }],
    ['empty value', 'A=\nB=1\n', { A: '', B: '1' }],
    ['value with equals', 'A=b=c\n', { A: 'b=c' }],
    ['later entry wins', 'A=1\nA=2\n', { A: '2' }],
    ['space around', 'A =  b c  \n', { A: 'b c' }],
  ]
  for (const [name, text, expected] of table) it(name, () => assert.deepEqual(values(text), expected))

  it('takes a name without value from the environment', () => {
    assert.deepEqual(values('A\nB\n', { A: 'shell' }), { A: 'shell' })
  })

  it('lets the environment win over entries above in interpolation', () => {
    assert.deepEqual(values('A=file\nB=$A\n', { A: 'shell' }), { A: 'file', B: 'shell' })
  })

  it('gives the range of value, key and lines', () => {
    const text = '# c\nexport TOKEN="ab c" # why\nX=1\n'
    const [token] = parseEnvFile(source(text))
    assert.ok(token)
    assert.equal(text.slice(token.value.start, token.value.end), '"ab c"')
    assert.equal(text.slice(token.keyRange.start, token.keyRange.end), 'TOKEN')
    assert.equal(text.slice(token.statement.start, token.statement.end), 'export TOKEN="ab c" # why\n')
  })

  it('names the line of an unclosed quote', () => {
    assert.throws(
      () => parseEnvFile(source('A=1\nB="open\nC=2')),
      (error) => error instanceof ComposeFileError && error.line === 2 && !error.message.includes('open'),
    )
  })

  it('refuses names with odd characters', () => {
    assert.throws(() => parseEnvFile(source('A b=1\n')), ComposeFileError)
    assert.throws(() => parseEnvFile(source('A!=1\n')), ComposeFileError)
  })

  it('reads back any value in single quotes', () => {
    const safe = fc.string().filter((text) => !/['\\\ud800-\udfff\ufeff]/.test(text))
    fc.assert(fc.property(safe, (value) => values(`A='${value}'\n`).A === value))
  })
})

describe('parseRawEnvFile', () => {
  it('takes everything after = as it is', () => {
    const read = source('# c\nA="q" $X # y\r\n  B=\nC\n')
    assert.deepEqual(Object.fromEntries(envFileValues(parseRawEnvFile(read), read, () => undefined)), {
      A: '"q" $X # y',
      B: '',
    })
  })
})
