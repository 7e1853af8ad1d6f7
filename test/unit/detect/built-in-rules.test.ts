// Every built-in rule on its own examples: found as marked, silent on counterexamples, and silent one character off the format.
import assert from 'node:assert/strict'
import { createTextDetector } from '../../../src/detect/detector.js'
import { readMarks } from '../../../src/detect/marks.js'
import { parsePattern, widthOf } from '../../../src/detect/pattern/tree.js'
import type { Rule, RuleExample } from '../../../src/detect/rule.js'
import { ruleSetOf } from '../../../src/detect/rule-set.js'
import { testRules } from '../../../src/detect/rule-test.js'
import { secretSpan } from '../../../src/detect/secret-group.js'
import { builtInRules } from './built-in.js'

const plainDetector = createTextDetector(builtInRules(), { maxDecodeDepth: 0 })

/** Bytes round a match in which its keyword may stand. */
const NEAR = 256

/** The values that the rule reports in `text` as right. */
function reported(rule: Rule, text: string, path = 'config.txt'): readonly string[] {
  const { matches } = plainDetector.scan({ bytes: Buffer.from(text), offset: 0, last: true, path })
  return matches
    .filter(
      ({ ruleId, allowed, validity }) => ruleId === rule.id && allowed === undefined && validity !== 'implausible',
    )
    .map(({ value }) => Buffer.from(value).toString())
}

interface Cut {
  readonly rule: Rule
  readonly example: RuleExample
  readonly text: string
  readonly value: string
  readonly start: number
}

/** The first example of each rule whose values all have one length, with the value's place. */
function* fixedExamples(): Generator<Cut> {
  for (const rule of builtInRules().rules) {
    const [example] = rule.examples
    if (rule.pattern === undefined || example === undefined || !isFixed(rule.pattern, rule.flags)) continue
    const { text, secrets } = readMarks(example.text)
    const [secret] = secrets
    if (secret === undefined) continue
    yield { rule, example, text, value: text.slice(secret.start, secret.end), start: secret.start }
  }
}

/** Does the group "secret" match texts of one length only, and is it the only one? */
function isFixed(pattern: string, flags?: string): boolean {
  if (pattern.includes('(?<secret2>')) return false
  const group = /\(\?<secret>((?:\\.|\[(?:\\.|[^\]\\])*\]|[^()\\[])*)\)/.exec(pattern)?.[1]
  if (group === undefined) return false
  const { min, max } = widthOf(parsePattern(group, flags))
  return min === max
}

describe('built-in rules', function () {
  it('have the digest that their content has, so that caches notice a change', () => {
    const { rules, digest } = builtInRules()
    assert.equal(digest, ruleSetOf(rules).digest)
    assert.notEqual(digest, ruleSetOf(rules.slice(1)).digest)
  })

  // A thousand rules on a busy machine.
  this.timeout(60_000)

  it('find their examples exactly and none of their counterexamples', () => {
    assert.deepEqual(testRules(builtInRules()), [])
  })

  it('find a named format right behind an escaped line end, whose n is no letter of a word', () => {
    const detector = createTextDetector(builtInRules(), { maxDecodeDepth: 1 })
    const isFound = ({ id }: Rule, text: string): boolean =>
      detector
        .scan({ bytes: Buffer.from(text), offset: 0, last: true, path: 'list.json' })
        .matches.some(({ ruleId }) => ruleId === id)
    let count = 0
    for (const rule of builtInRules().rules.filter(({ kind }) => kind === 'format')) {
      for (const { text: marked } of rule.examples) {
        const { text, secrets } = readMarks(marked)
        const values = secrets.map(({ start, end }) => text.slice(start, end))
        for (const found of [text, ...values].filter((part) => !/[\n"\\]/.test(part))) {
          if (!isFound(rule, `{"note": "${found}"}`) || !isFound(rule, `as follows:\n${found}\nend`)) continue
          assert.ok(isFound(rule, `{"note": "as follows:\\n${found}\\nend"}`), `${rule.id}: ${found}`)
          count++
        }
      }
    }
    assert.ok(count > 700, `only ${count} texts were found at all`)
  })

  it('are many, with ids that stand once', () => {
    const ids = builtInRules().rules.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(ids.length >= 600, `${ids.length} rules`)
  })

  it('report no value that is one character short', () => {
    const wrong: string[] = []
    let tried = 0
    for (const { rule, example, text, value, start } of fixedExamples()) {
      tried++
      const shorter = text.slice(0, start) + value.slice(0, -1) + text.slice(start + value.length)
      const found = reported(rule, shorter, example.path)
      if (found.some((one) => value.startsWith(one))) wrong.push(rule.id)
    }
    assert.ok(tried > 500, `${tried} rules have values of one length`)
    assert.deepEqual(wrong, [])
  })

  it('report no value with a character that no format has', () => {
    const wrong: string[] = []
    for (const { rule, example, text, value, start } of fixedExamples()) {
      const middle = value.length >> 1
      const spoiled = `${value.slice(0, middle)}\x01${value.slice(middle + 1)}`
      const changed = text.slice(0, start) + spoiled + text.slice(start + value.length)
      if (reported(rule, changed, example.path).includes(spoiled)) wrong.push(rule.id)
    }
    assert.deepEqual(wrong, [])
  })

  it('lose nothing by looking only round their anchors', () => {
    // Every sixth example of every rule, one below the other: mostly other rules' texts.
    const texts = builtInRules().rules.flatMap(({ examples }) =>
      examples.map((example) => readMarks(example.text).text),
    )
    const bytes = Buffer.from(texts.filter((_, index) => index % 6 === 0).join('\n'))
    const text = bytes.toString('latin1')
    const { matches } = plainDetector.scan({ bytes, offset: 0, last: true, path: 'config.txt' })
    const found = new Set(matches.map(({ ruleId, start, end }) => `${ruleId} ${start}-${end}`))
    // A find of a rule for any service's values is named after the service that its line names.
    const ofServices = matches.filter(({ ruleId }) => ruleId.endsWith('-credential'))
    const named = new Set(ofServices.map(({ start, end }) => `${start}-${end}`))
    const lost: string[] = []
    let matched = 0
    for (const { id, kind, pattern, flags = '', paths, requires, keywords } of builtInRules().rules) {
      // Of other kinds, what stands round a value decides too.
      if (kind !== 'format' || pattern === undefined || paths !== undefined || requires !== undefined) continue
      for (const match of text.matchAll(new RegExp(pattern, `dgm${flags.replace('m', '')}`))) {
        const span = secretSpan(match.indices?.groups)
        if (span === undefined) continue
        // A keyword stands in the match or close by: where none does, the rule does not mean it.
        const round = text.slice(Math.max(0, match.index - NEAR), span[1] + NEAR).toLowerCase()
        if (!keywords.some((keyword) => round.includes(keyword.toLowerCase()))) continue
        matched++
        const place = `${span[0]}-${span[1]}`
        if (!found.has(`${id} ${place}`) && !named.has(place)) lost.push(`${id} at ${span[0]}`)
      }
    }
    assert.ok(matched > 150, `${matched} matches`)
    assert.deepEqual(lost, [])
  })

  it('call a value with a wrong checksum implausible', () => {
    const wrong: string[] = []
    let tried = 0
    for (const { rule, example, text, value, start } of fixedExamples()) {
      if (rule.structure !== 'github-crc32' && rule.structure !== 'npm-crc32') continue
      tried++
      const last = value.endsWith('a') ? 'b' : 'a'
      const changed = text.slice(0, start) + value.slice(0, -1) + last + text.slice(start + value.length)
      if (reported(rule, changed, example.path).length > 0) wrong.push(rule.id)
      const { matches } = plainDetector.scan({ bytes: Buffer.from(changed), offset: 0, last: true, path: 'a.txt' })
      const shown = matches.find(({ ruleId }) => ruleId === rule.id)
      // Shown by default, and nothing that ends a pipeline.
      assert.deepEqual([shown?.validity, shown?.confidence, shown?.severity], ['implausible', 'medium', 'low'], rule.id)
    }
    assert.ok(tried > 0)
    assert.deepEqual(wrong, [])
  })
})
