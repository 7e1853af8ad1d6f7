import assert from 'node:assert/strict'
import { TOO_REGULAR } from '../../../src/detect/allowlist.js'
import type { RuleKind } from '../../../src/detect/rule.js'
import type { Match } from '../../../src/detect/types.js'
import { type RuleLookup, resolveOverlaps } from '../../../src/scan/overlaps.js'

const rules: RuleLookup = new Map([
  ...(['format', 'file', 'service', 'generic'] as const).map((kind) => ruleOf(kind, kind)),
  ruleOf('kubernetes-secret-value', 'file'),
  ruleOf('terraform-variable-secret', 'file'),
  ruleOf('json-web-token', 'format'),
])

function ruleOf(id: string, kind: RuleKind) {
  return [id, { id, kind, severity: 'high' as const }] as const
}

function match(ruleId: string, start: number, end: number, more: Partial<Match> = {}): Match {
  const value = Buffer.from(`${ruleId}${start}`)
  return { ruleId, start, end, value, confidence: 'medium', decodedFrom: [], validity: 'unchecked', parts: [], ...more }
}

const kept = (matches: readonly Match[]) =>
  resolveOverlaps(matches, rules).map(({ ruleId, start }) => `${ruleId}@${start}`)

describe('overlapping matches', () => {
  it('leaves the most trusted rule its bytes, whatever the order and length', () => {
    assert.deepEqual(kept([match('generic', 0, 90), match('format', 10, 20)]), ['format@10'])
    assert.deepEqual(kept([match('service', 0, 9), match('generic', 2, 30), match('file', 5, 8)]), ['file@5'])
    assert.deepEqual(kept([match('generic', 0, 5), match('generic', 0, 9, { confidence: 'high' })]), ['generic@0'])
  })

  it('leaves a part that a rule knows its bytes where the whole is known by its place alone', () => {
    const whole = match('kubernetes-secret-value', 0, 40, {
      value: Buffer.from('HEROKU_API_KEY=x'),
      decodedFrom: ['base64'],
    })
    const part = match('service', 0, 40, { value: Buffer.from('x'), decodedFrom: ['base64'] })
    assert.deepEqual(kept([whole, part]), ['service@0'])
    assert.deepEqual(kept([whole, match('generic', 0, 40, { confidence: 'low' })]), ['kubernetes-secret-value@0'])
  })

  it('names the service that stands beside a value in a file whose names anybody chooses', () => {
    const variable = match('terraform-variable-secret', 0, 20, { confidence: 'high' })
    assert.deepEqual(kept([variable, match('service', 0, 20)]), ['service@0'])
    assert.deepEqual(kept([variable, match('generic', 0, 20)]), ['terraform-variable-secret@0'])
  })

  it('a rule that finds a value too regular for its format takes no place from one that finds nothing wrong with it', () => {
    const refused = match('format', 0, 9, { allowed: TOO_REGULAR })
    assert.deepEqual(kept([refused, match('generic', 0, 9)]), ['generic@0'])
    assert.deepEqual(kept([match('format', 0, 9, { allowed: 'a placeholder' }), match('generic', 0, 9)]), ['format@0'])
  })

  it('of the same bytes keeps what a Kubernetes Secret says, so that a typed password is known as one', () => {
    const decoded = match('kubernetes-secret-value', 0, 40, { value: Buffer.from('moss'), decodedFrom: ['base64'] })
    assert.deepEqual(kept([match('generic', 0, 40), decoded]), ['kubernetes-secret-value@0'])
    const percent = match('format', 0, 40, { value: Buffer.from('a'), decodedFrom: ['percent'] })
    const [token] = resolveOverlaps([percent, match('format', 0, 40)], rules)
    assert.deepEqual(token?.decodedFrom, [], 'a token with %2F in it is written so')
  })

  it('calls a JSON web token what its file calls it, unless the token says that it has run out', () => {
    assert.deepEqual(kept([match('json-web-token', 0, 90), match('file', 0, 90)]), ['file@0'])
    assert.deepEqual(kept([match('json-web-token', 0, 90), match('service', 0, 90)]), ['json-web-token@0'])
    const expired = match('json-web-token', 0, 90, { validity: 'inactive' })
    assert.deepEqual(kept([expired, match('file', 0, 90)]), ['json-web-token@0'])
  })

  it('keeps neighbours that only touch', () => {
    assert.deepEqual(kept([match('format', 10, 20), match('generic', 0, 10), match('generic', 20, 30)]), [
      'generic@0',
      'format@10',
      'generic@20',
    ])
  })

  it('a pair is one finding; two that are each other’s part are two', () => {
    const part = (start: number, end: number) => [{ role: 'secret', start, end, value: Buffer.from('s') }]
    const pair = match('format', 0, 20, { parts: part(40, 60) })
    assert.deepEqual(kept([pair, match('generic', 41, 60)]), ['format@0'])
    assert.deepEqual(kept([pair, match('format', 40, 60)]), ['format@0'])
    assert.deepEqual(kept([pair, match('format', 40, 61)]), ['format@0', 'format@40'])
    assert.deepEqual(kept([pair, match('format', 40, 60, { parts: part(0, 20) })]), ['format@0', 'format@40'])
    assert.deepEqual(kept([pair, match('format', 40, 60)]), ['format@0'])
    const madeUp = match('format', 0, 20, { parts: part(40, 60), validity: 'implausible' })
    assert.deepEqual(kept([madeUp, match('file', 40, 60)]), ['format@0', 'file@40'])
  })

  it('keeps two different values decoded from one text', () => {
    const from = { decodedFrom: ['base64'] }
    const one = match('format', 0, 99, { ...from, value: Buffer.from('one') })
    const two = match('format', 0, 99, { ...from, value: Buffer.from('two') })
    assert.equal(kept([one, two]).length, 2)
    assert.equal(kept([one, match('generic', 0, 99, { ...from, value: Buffer.from('x one') })]).length, 1)
  })
})
