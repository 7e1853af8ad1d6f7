// Laws of the detector: cuts change nothing, slow rules are stopped and named, paths and long values are seen.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createTextDetector } from '../../../src/detect/detector.js'
import { type Chunk, MAX_MATCH, type Match } from '../../../src/detect/types.js'
import { builtInDetector } from './built-in.js'
import { ACME, ACME_TOKEN, ownRule, ruleSetOf } from './own-rules.js'

const places = (matches: readonly Match[]): string[] =>
  [...new Set(matches.map(({ ruleId, start, end, key }) => `${ruleId} ${start}-${end} ${key ?? ''}`))].sort()

const scan = (bytes: Uint8Array, rest: Partial<Chunk> = {}): readonly Match[] =>
  builtInDetector().scan({ bytes, offset: 0, last: true, path: 'app/.env', ...rest }).matches

/** Pieces of a configuration, with and without secrets. */
const PIECES = [
  `GITHUB_TOKEN=ghp_${'a1B2c3D4e5F6g7H8i9J0'}kLmNoPqRsTuV12\n`,
  `DB_PASSWORD=Kelp${42}harbor\n`,
  `url: postgres://app:blue${42}Harbour@db:5432/app\n`,
  `data: ${Buffer.from(`API_TOKEN=q8W2e5R9t1Y3${'u7I4'}`).toString('base64')}\n`,
  '# nothing to see\n',
  'const token = getToken()\n',
  '\n',
]

describe('detector', () => {
  it('finds the same for every cut of a text, given the overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pieces, where) => {
          // Longer than the overlap, so that the second chunk begins inside.
          const text = Buffer.from(['# filler line\n'.repeat(2000), ...pieces, '# filler line\n'.repeat(2000)].join(''))
          const cut = MAX_MATCH + Math.floor(where * (text.length - MAX_MATCH))
          const offset = cut - MAX_MATCH
          const parts = [...scan(text.subarray(0, cut), { last: false }), ...scan(text.subarray(offset), { offset })]
          const whole = places(scan(text))
          // What lies at an edge is left to the neighbour that sees it whole: no find may be missing.
          for (const place of whole) assert.ok(places(parts).includes(place), `${place} is missing for a cut at ${cut}`)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('moves its finds by the chunk’s offset', () => {
    const detector = createTextDetector(ruleSetOf(ACME), { maxDecodeDepth: 0 })
    const { matches } = detector.scan({ bytes: Buffer.from(`x ${ACME_TOKEN}`), offset: 1000, last: true })
    assert.deepEqual(
      matches.map(({ start, end }) => [start, end]),
      [[1002, 1002 + ACME_TOKEN.length]],
    )
  })

  it('finds a token at the very start and end of a text, alone, and beside NUL bytes', () => {
    const detector = createTextDetector(ruleSetOf(ACME), { maxDecodeDepth: 0 })
    for (const text of [ACME_TOKEN, `\0${ACME_TOKEN}\0`, `\n${ACME_TOKEN}`, `${ACME_TOKEN}\n`])
      assert.equal(detector.scan({ bytes: Buffer.from(text), offset: 0, last: true }).matches.length, 1)
  })

  it('is silent beyond the format: one character more, less or other', () => {
    const detector = createTextDetector(ruleSetOf(ACME), { maxDecodeDepth: 0 })
    for (const text of [`${ACME_TOKEN}0`, ACME_TOKEN.slice(0, -1), ACME_TOKEN.replace(/b$/, 'g'), `x${ACME_TOKEN}`])
      assert.deepEqual(detector.scan({ bytes: Buffer.from(text), offset: 0, last: true }).matches, [])
  })

  it('finds a value as long as promised, wherever it stands', () => {
    const rule = ownRule({
      id: 'acme-block',
      keywords: ['BEGIN ACME'],
      pattern: `(?<secret>BEGIN ACME[A-Za-z0-9+/\\n]{1,${MAX_MATCH}}END ACME)`,
    })
    const block = `BEGIN ACME\n${'MIIEpQIBAAKCAQEA\n'.repeat(900)}END ACME`
    assert.ok(block.length > 15_000 && block.length < MAX_MATCH)
    const detector = createTextDetector(ruleSetOf(rule), { maxDecodeDepth: 0 })
    const [match] = detector.scan({ bytes: Buffer.from(`x\n${block}\n`), offset: 0, last: true }).matches
    assert.equal(match?.end, 2 + block.length)
  })

  it('binds a rule to its paths, without regard to case, and to none of a text without a path', () => {
    const detector = createTextDetector(ruleSetOf({ ...ACME, paths: ['*.env', 'etc/acme/**'] }), { maxDecodeDepth: 0 })
    const isFound = (path?: string): boolean =>
      detector.scan({
        bytes: Buffer.from(ACME_TOKEN),
        offset: 0,
        last: true,
        ...(path === undefined ? {} : { path }),
      }).matches.length > 0
    assert.deepEqual(['app/.ENV', 'etc/acme/a/b', 'app/x.txt', undefined].map(isFound), [true, true, false, false])
  })

  it('does not let a path hide a named format, but a rule of another kind', () => {
    const allow = { paths: ['vendor/**'] }
    const allowed = (kind: 'format' | 'service') =>
      createTextDetector(ruleSetOf({ ...ACME, kind, allow }), { maxDecodeDepth: 0 }).scan({
        bytes: Buffer.from(ACME_TOKEN),
        offset: 0,
        last: true,
        path: 'vendor/x',
      }).matches[0]?.allowed
    assert.equal(allowed('format'), undefined)
    assert.equal(allowed('service'), 'its path is allowed by the rule')
  })

  it('stops a rule that is too slow, names it, and lets the others find', () => {
    const slow = ownRule({ id: 'slow', keywords: ['slow'], pattern: 'slow(?:[a-z ]*x[a-z ]*y[a-z ]*z)(?<secret>!)' })
    const detector = createTextDetector(ruleSetOf(slow, ACME), { maxDecodeDepth: 0, deadlineMs: 1 })
    const text = `${`slow ${'xy '.repeat(400)}\n\n${' '.repeat(9000)}`.repeat(60)}\n${ACME_TOKEN}`
    const { matches, slow: stopped } = detector.scan({ bytes: Buffer.from(text), offset: 0, last: true })
    assert.deepEqual(stopped, ['slow'])
    assert.deepEqual(
      matches.map(({ ruleId }) => ruleId),
      ['acme-token'],
    )
  })
})
