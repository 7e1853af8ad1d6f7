// Secrets in encoded text: each encoding, encodings in encodings, and where the find is said to stand.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { createTextDetector } from '../../../src/detect/detector.js'
import type { Rule } from '../../../src/detect/rule.js'
import type { Match } from '../../../src/detect/types.js'
import { ACME, ACME_TOKEN, ruleSetOf } from './own-rules.js'

const LINE = `token=${ACME_TOKEN};`
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const hex = (text: string): string => Buffer.from(text).toString('hex')
const each = (text: string, form: (code: number) => string): string =>
  [...text].map((character) => form(character.charCodeAt(0))).join('')
const digits = (code: number, count: number): string => code.toString(16).padStart(count, '0')

function scan(text: string | Uint8Array, maxDecodeDepth = 3): readonly Match[] {
  const detector = createTextDetector(ruleSetOf(ACME), { maxDecodeDepth })
  return detector.scan({ bytes: Buffer.from(text), offset: 0, last: true }).matches
}

/** `text` holds one find, which stands at `encoded`. */
function assertFound(text: string, encoded: string, chain: readonly string[]): void {
  const matches = scan(text)
  assert.deepEqual(
    matches.map(({ value, decodedFrom, start, end }) => ({
      value: Buffer.from(value).toString(),
      decodedFrom,
      at: text.slice(start, end),
    })),
    [{ value: ACME_TOKEN, decodedFrom: chain, at: encoded }],
  )
}

describe('formats that hold quotation marks or lines, in strings', () => {
  const rule: Rule = { ...ACME, pattern: '"acme":\\s{0,9}"(?<secret>acme_[0-9a-f]{24})"\\s{0,4},\\s{0,4}"v":\\s?1' }
  const inner = `{\n  "acme": "${ACME_TOKEN}",\n  "v": 1\n}`
  const scanned = (text: string, maxDecodeDepth = 3) =>
    createTextDetector(ruleSetOf(rule), { maxDecodeDepth })
      .scan({ bytes: Buffer.from(text), offset: 0, last: true })
      .matches.map(({ value, decodedFrom, start, end }) => [
        Buffer.from(value).toString(),
        decodedFrom.join(' '),
        text.slice(start, end),
      ])

  it('JSON in a JSON string is found where the value stands', () =>
    assert.deepEqual(scanned(JSON.stringify({ note: 'x', config: inner })), [
      [ACME_TOKEN, 'string-escape', ACME_TOKEN],
    ]))
  it('in a string of a string too', () =>
    assert.deepEqual(scanned(JSON.stringify({ a: JSON.stringify({ config: inner }) })), [
      [ACME_TOKEN, 'string-escape string-escape', ACME_TOKEN],
    ]))
  it('as it stands, once', () => assert.deepEqual(scanned(`${inner}\\n"`), [[ACME_TOKEN, '', ACME_TOKEN]]))
  it('not where nothing is to be decoded', () => assert.deepEqual(scanned(JSON.stringify({ config: inner }), 0), []))
})

describe('secrets in encoded text', () => {
  it('base64 on one line', () => {
    const encoded = base64(LINE)
    assertFound(`data:\n  config: ${encoded}\n`, encoded, ['base64'])
  })
  it('base64 with padding', () => {
    const encoded = base64(`${LINE}x`)
    assert.match(encoded, /=$/)
    assertFound(`"${encoded}"`, encoded, ['base64'])
  })
  it('base64 for URLs', () => {
    const encoded = base64url(`~~?>>${LINE}~~?>`)
    assert.match(encoded, /[-_]/)
    assertFound(`state=${encoded}&x=1`, encoded, ['base64url'])
  })
  it('base64 of base64', () => {
    const encoded = base64(`x: ${base64(LINE)}`)
    assertFound(`y: ${encoded}`, encoded, ['base64', 'base64'])
  })
  it('hexadecimal of base64', () => {
    const encoded = hex(`x: ${base64(LINE)}`)
    assertFound(`y: ${encoded}`, encoded, ['hex', 'base64'])
  })
  it('hexadecimal, either case', () => {
    assertFound(`y: ${hex(LINE)}`, hex(LINE), ['hex'])
    assertFound(`y: ${hex(LINE).toUpperCase()}`, hex(LINE).toUpperCase(), ['hex'])
  })

  for (const [name, form, encoding] of [
    ['percent escapes', (code: number) => `%${digits(code, 2)}`, 'percent'],
    ['Unicode escapes', (code: number) => `\\u${digits(code, 4)}`, 'unicode-escape'],
    ['hexadecimal escapes', (code: number) => `\\x${digits(code, 2)}`, 'unicode-escape'],
  ] as const)
    it(name, () => {
      const text = `x = "${each(LINE, form)}"`
      const [match] = scan(text)
      assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
      assert.deepEqual(match?.decodedFrom, [encoding])
      assert.ok(text.indexOf(form(0x61)) - 40 <= (match?.start ?? -1), 'it stands in the escaped text')
    })

  for (const [name, text] of [
    ['named HTML entities', `<add key="t" value="&quot;${ACME_TOKEN.replace('_', '&#95;')}&quot;"/>`],
    ['hexadecimal HTML entities', `<t>${ACME_TOKEN.replace('_', '&#x5F;')}</t>`],
  ] as const)
    it(name, () => {
      const [match] = scan(text)
      assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
      assert.deepEqual(match?.decodedFrom, ['html-entity'])
      assert.equal(text.slice(match?.start, match?.end).replace(/&#(?:95|x5F);/, '_'), ACME_TOKEN)
    })

  it('base64 in wrapped lines', () => {
    const encoded = base64(`${'# nothing yet\n'.repeat(6)}${LINE}\n${'# and no more\n'.repeat(6)}`)
    const wrapped = encoded.replace(/(.{64})/g, '$1\n    ')
    const [match] = scan(`cert: |\n    ${wrapped}\n`)
    assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
  })

  it('the data of a Kubernetes secret, value by value', () => {
    const encoded = base64(ACME_TOKEN)
    assertFound(`apiVersion: v1\nkind: Secret\ndata:\n  token: ${encoded}\n`, encoded, ['base64'])
  })

  it('compressed text in base64, as Helm keeps it', () => {
    const [match] = scan(`release: ${gzipSync(`${'values: nothing\n'.repeat(20)}${LINE}`).toString('base64')}`)
    assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
  })

  it('one escaped character inside a token', () => {
    const [match] = scan(`https://h/?t=${ACME_TOKEN.replace('_', '%5F')}&x=1`)
    assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
    assert.deepEqual(match?.decodedFrom, ['percent'])
  })

  for (const [name, encode] of [
    ['UTF-16 LE', (text: string) => Buffer.from(text, 'utf16le')],
    ['UTF-16 LE with its mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 BE with its mark', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-16 BE', (text: string) => Buffer.from(text, 'utf16le').swap16()],
    ['UTF-8 with its mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE behind a lone surrogate', (text: string) => Buffer.from(`\ud83d${text}`, 'utf16le')],
    ['Latin-1', (text: string) => Buffer.from(text.replace('first', 'M\u00fcller'), 'latin1')],
    [
      'text padded with NUL',
      (text: string) => Buffer.concat([Buffer.alloc(512), Buffer.from(text), Buffer.alloc(512)]),
    ],
  ] as const)
    it(`T22: ${name}`, () => {
      const bytes = encode(`first line\n${LINE}`)
      const [match] = scan(bytes)
      assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
      const plain = name.startsWith('UTF-16') ? Buffer.from(ACME_TOKEN, 'utf16le') : Buffer.from(ACME_TOKEN)
      assert.equal(match?.start, bytes.indexOf(name.includes('BE') ? plain.swap16() : plain))
    })

  for (const [order, swap] of [
    ['LE', (bytes: Buffer) => bytes],
    ['BE', (bytes: Buffer) => bytes.swap16()],
  ] as const)
    it(`T22: one of many texts in UTF-16 ${order}, where it stands`, () => {
      const wide = (text: string) => swap(Buffer.from(text, 'utf16le'))
      const between = Buffer.alloc(12, 0xc3)
      const bytes = Buffer.concat(['a caption', LINE, 'another one'].flatMap((text) => [between, wide(text)]))
      const [match] = scan(bytes)
      const plain = wide(ACME_TOKEN)
      assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
      assert.deepEqual([match?.start, match?.end], [bytes.indexOf(plain), bytes.indexOf(plain) + plain.length])
    })

  it('T22: behind escapes of characters that UTF-8 writes in two, three or four bytes', () => {
    const text = `&#286; &#8364; &#128273; ${'a caption '.repeat(20)}${LINE.replace('_', '&#95;')}`
    const [match] = scan(text)
    assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
    assert.equal(match?.start, text.indexOf('acme&#95;'))
  })

  it('T22: base64 of UTF-16, as PowerShell takes it', () => {
    const encoded = Buffer.from(`$t = '${ACME_TOKEN}'`, 'utf16le').toString('base64')
    const [match] = scan(`powershell -EncodedCommand ${encoded}`)
    assert.equal(Buffer.from(match?.value ?? []).toString(), ACME_TOKEN)
    assert.equal(match?.decodedFrom[0], 'base64')
  })

  it('is not decoded deeper than it may be', () => {
    const twice = base64(`x: ${base64(LINE)}`)
    assert.equal(scan(twice, 2).length, 1)
    assert.equal(scan(twice, 1).length, 0)
    assert.equal(scan(base64(LINE), 0).length, 0)
  })

  it('finds no token in what is merely long', () => {
    assert.deepEqual(scan(`${'A'.repeat(500_000)} ${'0'.repeat(100_001)} ${'%41'.repeat(50_000)}`), [])
  })
})
