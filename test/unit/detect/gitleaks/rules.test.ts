// A gitleaks configuration finds what gitleaks finds with it, and comes back from our own form the same.
import assert from 'node:assert/strict'
import { createTextDetector } from '../../../../src/detect/detector.js'
import { fileDetectors } from '../../../../src/detect/files/index.js'
import { parseGitleaksConfig } from '../../../../src/detect/gitleaks/rules.js'
import type { Rule } from '../../../../src/detect/rule.js'
import { parseRulePack } from '../../../../src/detect/rule-pack.js'
import { toYaml } from '../../../../src/detect/to-yaml.js'
import { RuleError } from '../../../../src/support/errors.js'
import { ruleSetOf } from '../own-rules.js'

const noFiles = (path: string): string => {
  throw new Error(`nobody asked for ${path}`)
}
const parse = (...lines: readonly string[]): readonly Rule[] =>
  parseGitleaksConfig(lines.join('\n'), 'gitleaks.toml', noFiles)

function found(rules: readonly Rule[], text: string, path = 'src/app.txt'): readonly string[] {
  const detector = createTextDetector(ruleSetOf(...rules), { maxDecodeDepth: 0 })
  return detector
    .scan({ bytes: Buffer.from(text), offset: 0, last: true, path })
    .matches.filter(({ allowed }) => allowed === undefined)
    .map(({ value }) => Buffer.from(value).toString())
}

const ACME = ['[[rules]]', 'id = "acme-token"', "regex = '''(?i)acme[_-]([0-9a-f]{8})'''", 'keywords = ["acme"]']

describe('gitleaks configurations', () => {
  it('a rule: its regex, group and keywords', () => {
    const [rule] = parse(...ACME, 'description = "Acme token"')
    assert.equal(rule?.title, 'Acme token')
    assert.deepEqual(rule?.keywords, ['acme'])
    assert.deepEqual(found(parse(...ACME), 'ACME_0011aabb acme-22334455'), ['0011aabb', '22334455'])
  })

  it('an id in any form', () =>
    assert.equal(parse('[[rules]]', 'id = "Acme_Token 2"', 'regex = "acme[0-9]"')[0]?.id, 'acme-token-2'))

  it('a rule without keywords: they are worked out', () => {
    const rules = parse('[[rules]]', 'id = "a"', "regex = '''(?:live|test)_[0-9]{6}'''")
    assert.deepEqual([...(rules[0]?.keywords ?? [])].sort(), ['live', 'test'])
    assert.deepEqual(found(rules, 'x test_123456 live_654321'), ['test_123456', 'live_654321'])
  })

  it('secretGroup', () => {
    const rules = parse('[[rules]]', 'id = "a"', "regex = '''(user)=(pass[0-9]+)'''", 'secretGroup = 2')
    assert.deepEqual(found(rules, 'user=pass1'), ['pass1'])
  })

  it('entropy', () => {
    const rules = parse(...ACME, 'entropy = 2')
    assert.deepEqual(found(rules, 'acme_00000000 acme_01234567'), ['01234567'])
  })

  it('path beside a regex', () => {
    const rules = parse(...ACME, "path = '''(?i)\\.env$'''")
    assert.deepEqual(found(rules, 'acme_0011aabb', 'app/.ENV'), ['0011aabb'])
    assert.deepEqual(found(rules, 'acme_0011aabb', 'app/.env.txt'), [])
  })

  it('path alone: the file itself', () => {
    const [detector, ...others] = fileDetectors({ rules: parse('[[rules]]', 'id = "p12"', "path = '''(?i)\\.p12$'''") })
    assert.deepEqual(others, [])
    assert.equal(detector?.accepts('etc/KEY.P12', new Uint8Array()), true)
    assert.equal(detector?.accepts('etc/key.txt', new Uint8Array()), false)
    assert.equal(detector?.scan(Buffer.from('abc'), 'etc/key.p12')[0]?.end, 3)
  })

  for (const [name, lines, text, values] of [
    ['regexes, on the secret', ["regexes = ['''^00''']"], 'acme_00112233 acme_11002233', ['11002233']],
    [
      'regexes, on the line',
      ['regexTarget = "line"', "regexes = ['''example''']"],
      'example acme_00112233\nacme_11002233',
      ['11002233'],
    ],
    ['regexes, with regard to case', ["regexes = ['''^A+''']"], 'acme_aaaaaaaa acme_AAAA0000', ['aaaaaaaa']],
    ['stopwords', ['stopwords = ["DEAD"]'], 'acme_dead0000 acme_beef0000', ['beef0000']],
    ['paths', ["paths = ['''^src/''']"], 'acme_00112233', []],
    [
      'both of two, where only one holds',
      ['condition = "AND"', "paths = ['''^lib/''']", 'stopwords = ["dead"]'],
      'acme_dead0000',
      ['dead0000'],
    ],
    [
      'both of two, where both hold',
      ['condition = "AND"', "paths = ['''^src/''']", 'stopwords = ["dead"]'],
      'acme_dead0000',
      [],
    ],
    ['commits, which images have none of', ['commits = ["abc"]'], 'acme_00112233', ['00112233']],
  ] as const) {
    it(`an allowlist of a rule: ${name}`, () => {
      assert.deepEqual(found(parse(...ACME, '[[rules.allowlists]]', ...lines), text), values)
      assert.deepEqual(found(parse(...ACME, '[rules.allowlist]', ...lines), text), values)
    })
    it(`a global allowlist: ${name}`, () => {
      assert.deepEqual(found(parse('[allowlist]', ...lines, ...ACME), text), values)
      assert.deepEqual(
        found(parse(...ACME, '[[allowlists]]', 'targetRules = ["other"]', ...lines), text).length,
        text.match(/acme/g)?.length,
      )
    })
  }

  const PIN = ['[[rules]]', 'id = "corp-pin"', "regex = '''corp_pin=([a-z0-9-]{6,20})'''"]
  const NODE_MODULES = "paths = ['''node_modules''']"
  for (const [name, lines] of [
    ['no allowlist', PIN],
    ['a global allowlist of paths', ['[allowlist]', NODE_MODULES, ...PIN]],
    ['an allowlist of paths of its own', [...PIN, '[[rules.allowlists]]', NODE_MODULES]],
  ] as const)
    it(`a value of words, with ${name}`, () => {
      for (const rules of [parse(...lines), parseRulePack(toYaml(parse(...lines), 'gitleaks'), 'own.yaml')])
        assert.deepEqual(found(rules, 'corp_pin=blau-elefant', 'src/app.env'), ['blau-elefant'])
    })

  it('what an allowlist of paths allows is told, not dropped', () => {
    const text = Buffer.from('corp_pin=blau-elefant')
    const path = 'node_modules/a/app.env'
    const detector = createTextDetector(ruleSetOf(...parse(...PIN, '[[rules.allowlists]]', NODE_MODULES)), {
      maxDecodeDepth: 0,
    })
    const { matches } = detector.scan({ bytes: text, offset: 0, last: true, path })
    const files = fileDetectors({
      rules: parse('[allowlist]', NODE_MODULES, '[[rules]]', 'id = "env"', "path = '''\\.env$'''"),
    })
    const reasons = [...matches, ...(files[0]?.scan(text, path) ?? [])].map(({ allowed }) => allowed)
    assert.deepEqual(reasons, ['its path is allowed by the rule', 'its path is allowed by the rule'])
    assert.equal(files[0]?.scan(text, 'src/app.env')[0]?.allowed, undefined)
  })

  it('rules that are found only near another, which is not reported itself', () => {
    const rules = parse(
      ...ACME,
      '[[rules.required]]',
      'id = "acme-user"',
      'withinLines = 2',
      '[[rules]]',
      'id = "acme-user"',
      "regex = '''(?i)user=([a-z]{4})'''",
      'skipReport = true',
    )
    assert.deepEqual(
      rules.map(({ id }) => id),
      ['acme-token'],
    )
    assert.deepEqual(found(rules, 'USER=abcd\nacme_00112233'), ['00112233'])
    assert.deepEqual(found(rules, 'acme_00112233'), [])
    assert.deepEqual(found(rules, `USER=abcd${'\n'.repeat(900)}acme_00112233`), [])
  })

  it('what it extends: rules added, fields replaced, rules disabled', () => {
    const base = [
      ...ACME,
      '[[rules]]',
      'id = "b"',
      'regex = "bbbb[0-9]"',
      '[[rules]]',
      'id = "c"',
      'regex = "cccc[0-9]"',
    ].join('\n')
    const own = [
      '[extend]',
      'path = "base.toml"',
      'disabledRules = ["b"]',
      '[[rules]]',
      'id = "acme-token"',
      'entropy = 3.5',
    ].join('\n')
    const asked: string[] = []
    const rules = parseGitleaksConfig(own, 'conf/own.toml', (path) => {
      asked.push(path)
      return base
    })
    assert.deepEqual(asked, ['conf/base.toml'])
    assert.deepEqual(
      rules.map(({ id, entropy }) => [id, entropy]),
      [
        ['acme-token', 3.5],
        ['c', undefined],
      ],
    )
  })

  it('needs no rules where it extends the default, itself or by another file', () => {
    const text = '[extend]\nuseDefault = true'
    assert.deepEqual(parse(text), [])
    assert.deepEqual(
      parseGitleaksConfig('[extend]\npath = "base.toml"', 'own.toml', () => text),
      [],
    )
  })

  it('files that extend each other end in an error', () => {
    const text = '[extend]\npath = "own.toml"'
    assert.throws(() => parseGitleaksConfig(text, 'own.toml', () => text), /extends more than 2 files/)
  })

  for (const [name, lines, message] of [
    ['an empty file', [''], /^gitleaks\.toml: it has no rules$/],
    ['nothing but an allowlist', ['[allowlist]', NODE_MODULES], /^gitleaks\.toml: it has no rules$/],
    ['rules under another name', ['[[rule]]', ...ACME.slice(1)], /^gitleaks\.toml: it has no rules$/],
    ['broken TOML', ['[[rules]]', 'id = '], /^gitleaks\.toml:2: /],
    ['a rule without an id', [...ACME, '[[rules]]', 'regex = "abc"'], /^gitleaks\.toml:5: rule 2 has no id$/],
    ['a field of the wrong type', ['[[rules]]', 'id = "x"', 'regex = 1'], /^gitleaks\.toml:2: rule x: regex: /],
    [
      'a pattern that cannot be translated',
      ['', '[[rules]]', 'id = "x"', "regex = '''abc(?U)a'''"],
      /^gitleaks\.toml:3: rule x: the flag "U"/,
    ],
    [
      'a pattern that could take too long',
      ['[[rules]]', 'id = "x"', "regex = '''abc(a+)+'''"],
      /^gitleaks\.toml:2: rule x: regex could take too long/,
    ],
    [
      'a pattern without any text',
      ['[[rules]]', 'id = "x"', "regex = '''[0-9a-f]{32}'''"],
      /^gitleaks\.toml:2: rule x: .*give it keywords/,
    ],
    ['neither regex nor path', ['[[rules]]', 'id = "x"'], /^gitleaks\.toml:2: rule x: it has neither/],
    [
      'a required rule that is not there',
      [...ACME, '[[rules.required]]', 'id = "y"'],
      /^gitleaks\.toml:2: rule acme-token: it requires "y"/,
    ],
  ] as const)
    it(`says what is wrong: ${name}`, () => {
      assert.throws(
        () => parse(...lines),
        (error) => {
          assert.ok(error instanceof RuleError)
          assert.match(error.message, message)
          return true
        },
      )
    })

  it('is the same after a round trip through our own form', () => {
    const rules = parse(
      ...ACME,
      'entropy = 2.5',
      "path = '''\\.env$'''",
      '[[rules.allowlists]]',
      'condition = "AND"',
      "regexes = ['''^\"a'b''']",
      'stopwords = ["x: y"]',
      '[[rules]]',
      'id = "p12"',
      "path = '''\\.p12$'''",
    )
    assert.deepEqual(parseRulePack(toYaml(rules, 'gitleaks'), 'own.yaml'), rules)
  })
})
