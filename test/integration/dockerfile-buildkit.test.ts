// Our Dockerfile parser against BuildKit's, and our .dockerignore rules against moby's.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseDockerignore } from '../../src/dockerfile/dockerignore.js'
import { parseDockerfile } from '../../src/dockerfile/parse.js'
import type { Dockerfile, Instruction } from '../../src/dockerfile/types.js'
import { unquote } from '../../src/dockerfile/words.js'
import { packageRoot } from '../../src/support/package-root.js'
import { goOracle } from '../fixtures/go-oracle.js'

let oracle: string
const fixtures = join(packageRoot(), 'test', 'fixtures', 'dockerfile')

interface BuildKitInstruction {
  readonly keyword: string
  readonly line: number
  readonly endLine: number
  readonly flags: readonly string[]
  readonly json: boolean
  readonly values: readonly string[]
  readonly heredocs: readonly { name: string; expand: boolean; chomp: boolean; content: string }[]
}

const ask = (args: readonly string[], input = ''): unknown =>
  JSON.parse(execFileSync(oracle, [...args], { input }).toString())

const pairs = ['ENV', 'LABEL', 'ARG']
const lists = ['FROM', 'COPY', 'ADD', 'EXPOSE', 'VOLUME']

/** Arguments in BuildKit's terms: pairs as key and value, lists as words, the rest as one text. */
function ours(instruction: Instruction): readonly string[] {
  if (pairs.includes(instruction.keyword))
    return instruction.pairs.flatMap(({ key, value }) => (value === undefined ? [key] : [key, value]))
  if (instruction.form === 'exec' || lists.includes(instruction.keyword)) return instruction.words
  return instruction.text === '' ? [] : [instruction.text]
}

function theirs(node: BuildKitInstruction, token: '\\' | '`'): readonly string[] {
  const plain = (text: string) => unquote(text, token)
  if (node.keyword === 'ARG')
    return node.values.flatMap((word) =>
      word.includes('=') ? [word.split('=', 1)[0] ?? '', plain(word.slice(word.indexOf('=') + 1))] : [word],
    )
  if (pairs.includes(node.keyword)) return node.values.filter((_, index) => index % 3 !== 2).map(plain)
  if (node.keyword === 'HEALTHCHECK' && !node.json) return [node.values.join(' ')]
  return node.keyword === 'HEALTHCHECK' ? node.values.slice(1) : node.values
}

function written(dockerfile: Dockerfile, range: { start: number; end: number }): string {
  return Buffer.from(dockerfile.bytes.subarray(range.start, range.end)).toString()
}

function compare(name: string): void {
  const path = join(fixtures, name)
  const dockerfile = parseDockerfile(path, readFileSync(path))
  const nodes = ask(['parse', path]) as readonly BuildKitInstruction[]
  const place = ({ keyword, line, endLine }: { keyword: string; line: number; endLine: number }) => ({
    keyword,
    line,
    endLine,
  })
  assert.deepEqual(dockerfile.instructions.map(place), nodes.map(place))
  for (const [index, node] of nodes.entries()) {
    const instruction = dockerfile.instructions[index]
    assert.ok(instruction)
    const where = `${name}:${node.line}`
    const flags = instruction.flags.map((flag) =>
      flag.value === undefined ? `--${flag.name}` : `--${flag.name}=${flag.value}`,
    )
    assert.deepEqual(flags, node.flags, where)
    assert.equal(instruction.form === 'exec', node.json, where)
    if (node.keyword !== 'ONBUILD') assert.deepEqual(ours(instruction), theirs(node, dockerfile.escape), where)
    const heredocs = (instruction.onbuild?.heredocs ?? instruction.heredocs).map(
      ({ name: marker, expand, chomp, content }) => ({
        name: marker,
        expand,
        chomp,
        content: written(dockerfile, content),
      }),
    )
    assert.deepEqual(heredocs, node.heredocs, where)
  }
}

describe('Dockerfiles and .dockerignore files mean what they mean to BuildKit', () => {
  before(function () {
    this.timeout(600_000)
    oracle = goOracle('dockerfile-oracle')
  })

  for (const name of readdirSync(fixtures).sort()) it(name, () => compare(name))

  it('.dockerignore: every path of generated trees is kept or left out as moby does', () => {
    const part = fc.constantFrom('a', 'b', '.env', 'id_rsa', 'node_modules', 'x.txt', 'src')
    const glob = fc.constantFrom(
      'a',
      'b',
      '.env',
      '*',
      '**',
      '*.txt',
      '?',
      '[ab]',
      '[^a]',
      'node_modules',
      'src',
      '**.txt',
      'a*',
      '\\.env',
    )
    const pattern = fc.tuple(
      fc.constantFrom('', '!', '/', '# ', ' ', '! /'),
      fc.array(glob, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '/', ' ', '\r'),
    )
    const patterns = fc.array(
      pattern.map(([before, parts, after]) => before + parts.join('/') + after),
      { minLength: 1, maxLength: 5 },
    )
    const paths = fc.array(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      { minLength: 20, maxLength: 40 },
    )
    fc.assert(
      fc.property(patterns, paths, (lines, tree) => {
        const ignore = parseDockerignore(lines.join('\n'))
        const kept = tree.map((path) => ignore.ignores(path))
        assert.deepEqual(kept, ask(['ignore'], JSON.stringify({ patterns: lines, paths: tree })))
      }),
      { numRuns: 300 },
    )
  }).timeout(120_000)
})
