import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readMarks } from '../../../../src/detect/marks.js'
import { neededRuns, runTest } from '../../../../src/detect/pattern/needed-run.js'
import { builtInRules } from '../built-in.js'

describe('the run of characters that a pattern needs', () => {
  const holds = (runs: ReturnType<typeof neededRuns>, text: string) =>
    runs === undefined ? undefined : runTest(runs)(Buffer.from(text, 'latin1'), 0, text.length)
  const tells = (pattern: string, text: string, flags?: string) => holds(neededRuns(pattern, flags), text)

  it('is the longest that no match can be without', () => {
    assert.equal(tells('acme[ =]{0,4}(?<secret>[0-9a-f]{32})', 'acme = '), false)
    assert.equal(tells('acme[ =]{0,4}(?<secret>[0-9a-f]{32})', `acme = ${'0f'.repeat(16)}`), true)
    assert.equal(tells('[a-z]{12,}-[0-9]{20}', `${'a'.repeat(40)}-`), false)
    assert.equal(tells('acme(?:[0-9]{20}|[a-f]{16})', 'f'.repeat(16)), true)
    assert.equal(tells('[A-F]{16}', 'aBcDeFaBcDeFaBcD', 'i'), true)
  })

  it('counts characters before each of which is looked ahead', () => {
    const pattern = 'acme_(?:(?!acme_)[0-9A-Za-z_]){20}'
    assert.equal(tells(pattern, 'acme_0123456789'), false)
    assert.equal(tells(pattern, `acme_${'a1'.repeat(10)}`), true)
    // Each round takes two: a run of twenty of one alphabet is not what it needs.
    assert.equal(neededRuns('(?:(?!x)[0-9][a-z]){20}'), undefined)
  })

  it('is found wherever it stands between two places, and only there', () => {
    const test = runTest([
      { characters: 'abc', length: 12 },
      { characters: '0123456789', length: 15 },
    ])
    const runs = fc.array(fc.tuple(fc.constantFrom('a', 'bc', '1', '04', ' '), fc.nat(16)), { maxLength: 9 })
    fc.assert(
      fc.property(runs, fc.nat(12), fc.nat(12), (parts, before, behind) => {
        const text = parts.map(([unit, times]) => unit.repeat(times)).join('')
        const [start, end] = [before, Math.max(before, text.length - behind)]
        const expected = /[abc]{12}|[0-9]{15}/.test(text.slice(start, end))
        assert.equal(test(Buffer.from(text), start, end), expected, JSON.stringify([text, start, end]))
      }),
    )
  })

  it('is looked for once where one holds another', () => {
    const runs = neededRuns('[0-9a-f]{32}|[0-9A-Za-z]{16}|[0-9A-Za-z]{16}|[0-9]{12}')
    assert.deepEqual(
      runs?.map(({ length }) => length),
      [16, 12],
    )
  })

  it('is none where a match may be without one, or any text has one', () => {
    for (const pattern of ['acme[0-9a-f]{8}', '(?:[0-9]{20})?acme', '[0-9]{20}|acme', '[^"]{20}', '(?=[0-9]{20})?x'])
      assert.equal(neededRuns(pattern), undefined, pattern)
  })

  it('stands in every example of the built-in rules', () => {
    let looked = 0
    for (const { id, pattern, flags, examples } of builtInRules().rules) {
      const run = pattern === undefined ? undefined : neededRuns(pattern, flags)
      if (run === undefined) continue
      looked++
      for (const { text } of examples) {
        const plain = readMarks(text).text
        // Examples may be encoded: then the pattern does not match them as they stand either.
        if (new RegExp(pattern ?? '', [...new Set(`m${flags ?? ''}`)].join('')).test(plain))
          assert.equal(holds(run, plain), true, id)
      }
    }
    assert.ok(looked > 800)
  })
})
