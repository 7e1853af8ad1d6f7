// What is wrong with a rule pack: every error names the file, the line, the rule and what.
import assert from 'node:assert/strict'
import { parseRulePack } from '../../../src/detect/rule-pack.js'
import { RuleError } from '../../../src/support/errors.js'

const GOOD = {
  id: 'acme-token',
  title: 'Acme token',
  kind: 'format',
  severity: 'high',
  keywords: '[acme_]',
  pattern: "'(?<secret>acme_[0-9a-f]{8})'",
  remediation: 'Revoke it.',
  examples: "['«acme_00112233»', 'x=«acme_44556677»']",
  counterexamples: "['acme_']",
}

/** A pack of one rule, its fields one a line from line 3 on; a value of "" leaves the field out. */
function pack(changes: Readonly<Record<string, string>> = {}): string {
  const fields = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== '')
  return `family: own\nrules:\n${fields.map(([field, value], index) => `${index === 0 ? '  - ' : '    '}${field}: ${value}`).join('\n')}\n`
}

const lineOf = (text: string, field: string): number =>
  text.split('\n').findIndex((line) => line.includes(` ${field}: `)) + 1

describe('rule packs', () => {
  it('reads a rule with its defaults', () => {
    const [rule] = parseRulePack(pack(), 'own.yaml')
    assert.equal(rule?.id, 'acme-token')
    assert.equal(rule?.family, 'own')
    assert.equal(rule?.confidence, 'high')
    assert.deepEqual(rule?.references, [])
    assert.deepEqual(rule?.examples[0], { text: '«acme_00112233»' })
  })

  it('takes what an alias stands for, from another rule too', () => {
    const first = pack({ paths: "&settings ['*.env', '*.conf']" })
    const second = pack({ id: 'acme-key', paths: '*settings' }).replace(/^family: own\nrules:\n/, '')
    const rules = parseRulePack(first + second, 'own.yaml')
    assert.deepEqual(
      rules.map(({ paths }) => paths),
      [
        ['*.env', '*.conf'],
        ['*.env', '*.conf'],
      ],
    )
  })

  it('refuses aliases that multiply, and names the line', () => {
    const list = (of: string) => `[${Array(20).fill(of).join(', ')}]`
    const text = `family: own\na: &a ${list('x')}\nb: &b ${list('*a')}\nc: &c ${list('*b')}\nd: &d ${list('*c')}\n${pack({ paths: list('*d') }).replace('family: own\n', '')}`
    assert.throws(
      () => parseRulePack(text, 'own.yaml'),
      (error) => error instanceof RuleError && /^own\.yaml:7: an alias stands for too much/.test(error.message),
    )
  })

  for (const [field, value, problem] of [
    ['id', 'Acme_Token', 'must be kebab-case'],
    ['kind', 'regex', 'must be format, service, generic or file'],
    ['severity', 'bad', 'must be critical, high, medium or low'],
    ['confidence', 'sure', 'must be high, medium or low'],
    ['entropy', 'much', 'must be a number'],
    ['keywords', '[ab]', 'is not at least three ASCII characters'],
    ['keywords', '[]', 'must name at least one literal'],
    ['pattern', "'acme_[0-9a-f]{8}'", 'has no group named "secret"'],
    ['pattern', "'(?<secret>acme_[0-9a-f]{8}'", 'is no regular expression'],
    ['pattern', "'(?<secret>(?:a+)+acme_)'", 'could take too long'],
    ['flags', 'gi', 'may hold i, m and s only'],
    ['paths', "'*.env'", 'must be a list of texts'],
    ['allow', '{words: [x]}', 'has no part "words"'],
    ['allow', "{values: ['(']}", 'is no regular expression'],
    ['allow', "{lines: ['(a+)+']}", 'could take too long'],
    ['requires', '[{role: key}]', 'a part has no pattern'],
    ['requires', "[{pattern: 'a'}]", 'a part has no role'],
    ['requires', '{role: key}', 'must be a list'],
    ['examples', "['«acme_00112233»']", 'must hold at least 2'],
    ['examples', "['«acme_00112233»', 'acme_44556677']", 'entry 2 does not mark its value'],
    ['examples', "['«acme_00112233»', '«acme_44556677']", '« stands without »'],
    ['counterexamples', '[]', 'must hold at least 1'],
    ['tells', '[user]', 'must be a list of password and end'],
    ['tells', '[password]', 'is for kind generic'],
    ['random', "'yes'", 'must be true or false'],
    ['random', 'true', 'is for kind generic'],
    ['secret', 'yes', 'is no field of a rule'],
  ] as const)
    it(`refuses ${field}: ${value}`, () => {
      const text = pack({ [field]: value })
      assert.throws(
        () => parseRulePack(text, 'packs/own.yaml'),
        (error) => {
          assert.ok(error instanceof RuleError)
          const id = field === 'id' ? value : 'acme-token'
          assert.ok(error.message.startsWith(`packs/own.yaml:${lineOf(text, field)}: rule ${id}: `), error.message)
          assert.ok(error.message.includes(problem), error.message)
          return true
        },
      )
    })

  for (const field of ['id', 'title', 'kind', 'severity', 'pattern', 'remediation', 'examples', 'counterexamples'])
    it(`misses ${field}`, () => {
      assert.throws(
        () => parseRulePack(pack({ [field]: '' }), 'own.yaml'),
        new RegExp(`own\\.yaml:3: rule .*: ${field} `),
      )
    })

  for (const [name, text, problem] of [
    ['YAML that is broken', 'rules:\n  - id: [a\n', /: own\.yaml:\d+: /],
    ['a list', '- id: a\n', /a rule pack is a map with a list "rules" or "services"/],
    ['no rules', 'family: own\n', /a rule pack is a map/],
    ['a rule that is a text', 'rules: [acme]\n', /own\.yaml: rule 1 is no map/],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => parseRulePack(text, 'own.yaml'), problem))
})
