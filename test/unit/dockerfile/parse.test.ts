import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseDockerfile } from '../../../src/dockerfile/parse.js'
import type { Dockerfile, Instruction, Range } from '../../../src/dockerfile/types.js'
import { packageRoot } from '../../../src/support/package-root.js'

const fixtures = join(packageRoot(), 'test', 'fixtures', 'dockerfile')
const parse = (text: string) => parseDockerfile('Dockerfile', Buffer.from(text))
const slice = (dockerfile: Dockerfile, { start, end }: Range) =>
  Buffer.from(dockerfile.bytes.subarray(start, end)).toString()

function only(dockerfile: Dockerfile, keyword: string): Instruction {
  const found = dockerfile.instructions.filter((instruction) => instruction.keyword === keyword)
  assert.equal(found.length, 1)
  const [instruction] = found
  assert.ok(instruction)
  return instruction
}

describe('parseDockerfile', function () {
  this.timeout(120_000)

  it('places pairs and values by byte, over continuations and non-ASCII text', () => {
    const dockerfile = parse('FROM a\n# ünï\nENV A="ä b" \\\n  # note\n  TOKEN=geh😀im \\\n  LAST=x\n')
    const env = only(dockerfile, 'ENV')
    assert.deepEqual(
      env.pairs.map((pair) => [pair.key, pair.value, slice(dockerfile, pair), slice(dockerfile, pair.valueRange)]),
      [
        ['A', 'ä b', 'A="ä b"', '"ä b"'],
        ['TOKEN', 'geh😀im', 'TOKEN=geh😀im', 'geh😀im'],
        ['LAST', 'x', 'LAST=x', 'x'],
      ],
    )
    assert.deepEqual([env.line, env.endLine], [3, 6])
  })

  it('ARG: name alone, value, variables', () => {
    const { pairs } = only(parse("ARG TOKEN URL=https://$USER:${PASS}@x LITERAL='$NO' E=\\$NO\n"), 'ARG')
    assert.deepEqual(
      pairs.map(({ key, value, variables }) => [key, value, variables]),
      [
        ['TOKEN', undefined, []],
        ['URL', 'https://$USER:${PASS}@x', ['USER', 'PASS']],
        ['LITERAL', '$NO', []],
        ['E', '$NO', []],
      ],
    )
  })

  it('the old form of ENV takes the rest of the line', () => {
    const dockerfile = parse('ENV PASSWORD hunter2 and more  \n')
    const [pair] = only(dockerfile, 'ENV').pairs
    assert.ok(pair)
    assert.deepEqual(
      [pair.key, pair.value, slice(dockerfile, pair.valueRange)],
      ['PASSWORD', 'hunter2 and more', 'hunter2 and more'],
    )
  })

  it('stages: names, bases, references, instructions before the first FROM', () => {
    const { stages, instructions } = parse(
      'ARG V=1\nFROM node:$V AS Build\nRUN x\nFROM build\nFROM --platform=linux/amd64 nginx as web\nCOPY --from=0 /a /b\n',
    )
    assert.deepEqual(
      stages.map(({ name, base, baseStage }) => [name, base, baseStage]),
      [
        ['build', 'node:$V', undefined],
        [undefined, 'build', 0],
        ['web', 'nginx', undefined],
      ],
    )
    assert.deepEqual(
      instructions.map(({ stage }) => stage),
      [-1, 0, 0, 1, 2, 2],
    )
  })

  it('flags with their places, and the text behind them', () => {
    const dockerfile = parse('FROM a\nRUN --mount=type=secret,id=x \\\n  --network=none   make all\n')
    const run = only(dockerfile, 'RUN')
    assert.deepEqual(
      run.flags.map((flag) => [flag.name, flag.value, slice(dockerfile, flag)]),
      [
        ['mount', 'type=secret,id=x', '--mount=type=secret,id=x'],
        ['network', 'none', '--network=none'],
      ],
    )
    assert.deepEqual([run.text, slice(dockerfile, run.textRange)], ['make all', 'make all'])
  })

  it('heredocs: content, expansion, chomp; the instruction ends with the last marker', () => {
    const dockerfile = parse('FROM a\nRUN <<A cat <<-"B"\none\nA\n\ttwo\n\tB\nCMD x\n')
    const run = only(dockerfile, 'RUN')
    assert.deepEqual(
      run.heredocs.map((each) => [each.name, each.expand, each.chomp, slice(dockerfile, each.content)]),
      [
        ['A', true, false, 'one\n'],
        ['B', false, true, '\ttwo\n'],
      ],
    )
    assert.ok(slice(dockerfile, run).endsWith('\tB'))
    assert.equal(only(dockerfile, 'CMD').line, 7)
  })

  it('ONBUILD holds an instruction with true places', () => {
    const dockerfile = parse('FROM a\nONBUILD ENV TOKEN=abc\n')
    const inner = only(dockerfile, 'ONBUILD').onbuild
    assert.equal(inner?.keyword, 'ENV')
    assert.equal(inner?.pairs[0] === undefined ? '' : slice(dockerfile, inner.pairs[0].valueRange), 'abc')
  })

  it('directives end with the first other line', () => {
    const { directives, escape: token } = parse(
      '# syntax=docker/dockerfile:1\n# escape=`\n\n# check=error=true\nFROM a\n',
    )
    assert.deepEqual([directives.map(({ name }) => name), token], [['syntax', 'escape'], '`'])
  })

  it('reads on after what BuildKit refuses, and says so', () => {
    const { problems, instructions } = parse('FROM a\nNONSENSE x\nENV A=1 b\nENV ALONE\nRUN <<EOF\nopen\n')
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 4, 5],
    )
    assert.equal(instructions.length, 5)
  })

  it('says that a file of comments has no instructions', () => {
    assert.deepEqual(
      parse('# only\n').problems.map(({ line }) => line),
      [1],
    )
  })

  it('keeps offsets true in a file that is no UTF-8', () => {
    const dockerfile = parseDockerfile('Dockerfile', Buffer.from('# M\u00fcller\nENV A=\u00fc B=c\n', 'latin1'))
    const [, second] = only(dockerfile, 'ENV').pairs
    assert.equal(second === undefined ? '' : slice(dockerfile, second), 'B=c')
  })

  it('never throws, and every range lies in the file', () => {
    const token = fc.constantFrom(
      'FROM ',
      'RUN ',
      'ENV ',
      'ARG ',
      'COPY ',
      'ONBUILD ',
      '\\\n',
      '\n',
      ' ',
      '"',
      "'",
      '=',
      'a',
      '<<E',
      'E\n',
      '[',
      ']',
      '--x',
      '# escape=`\n',
      '`',
      '\\',
      '\r\n',
      'ä',
      '$',
      '{',
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        const dockerfile = parse(tokens.join(''))
        for (const each of dockerfile.instructions) {
          const ranges = [
            each,
            each.keywordRange,
            each.textRange,
            ...each.flags,
            ...each.pairs,
            ...each.pairs.map((pair) => pair.valueRange),
            ...each.heredocs.map((heredoc) => heredoc.content),
          ]
          for (const { start, end } of ranges) assert.ok(start >= 0 && start <= end && end <= dockerfile.bytes.length)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('instructions of the fixtures do not overlap and leave only comments and blanks between them', () => {
    for (const name of readdirSync(fixtures)) {
      const bytes = readFileSync(join(fixtures, name))
      const dockerfile = parseDockerfile(name, bytes)
      let at = 0
      for (const { start, end } of [...dockerfile.instructions, { start: bytes.length, end: bytes.length }]) {
        const between = bytes
          .subarray(at, start)
          .toString()
          .replace(/^\ufeff/, '')
        assert.ok(
          between.split('\n').every((line) => line.trim() === '' || line.trimStart().startsWith('#')),
          `${name}: ${between}`,
        )
        at = end
      }
    }
  })
})
