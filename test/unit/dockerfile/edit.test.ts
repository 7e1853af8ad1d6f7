import assert from 'node:assert/strict'
import fc from 'fast-check'
import { addFlag, addSyntax, removeInstruction, removePair, replaceRange } from '../../../src/dockerfile/edit.js'
import { parseDockerfile } from '../../../src/dockerfile/parse.js'
import type { Dockerfile, Instruction, KeyValue } from '../../../src/dockerfile/types.js'
import { applyEdits, type ByteEdit } from '../../../src/support/byte-edits.js'

function edit(text: string, change: (dockerfile: Dockerfile) => readonly ByteEdit[]): string {
  const bytes = Buffer.from(text)
  return Buffer.from(applyEdits(bytes, change(parseDockerfile('Dockerfile', bytes)))).toString()
}

function pairOf(dockerfile: Dockerfile, key: string): { instruction: Instruction; pair: KeyValue } {
  for (const instruction of dockerfile.instructions) {
    const pair = instruction.pairs.find((each) => each.key === key)
    if (pair !== undefined) return { instruction, pair }
  }
  throw new Error(`no ${key}`)
}

const without = (text: string, key: string) =>
  edit(text, (dockerfile) => {
    const { instruction, pair } = pairOf(dockerfile, key)
    return removePair(dockerfile, instruction, pair)
  })

describe('edits of Dockerfiles', function () {
  this.timeout(120_000)

  const rows: readonly (readonly [string, string, string])[] = [
    ['the only pair goes with its instruction', 'FROM a\n# why\nENV B=1\nRUN x\n', 'FROM a\n# why\nRUN x\n'],
    ['the old form too', 'FROM a\nENV B one two\nRUN x\n', 'FROM a\nRUN x\n'],
    ['first on a line', 'ENV B=1 C=2\n', 'ENV C=2\n'],
    ['in the middle of a line', 'ENV A=1  B="x y" C=2\n', 'ENV A=1 C=2\n'],
    ['last on a line', 'ENV A=1 B=2\n', 'ENV A=1\n'],
    ['first, the next on its own line', 'ENV B=1 \\\n    C=2\n', 'ENV C=2\n'],
    ['own line in the middle', 'ENV A=1 \\\n    B=2 \\\n    C=3\n', 'ENV A=1 \\\n    C=3\n'],
    ['own line at the end', 'ENV A=1 \\\r\n    B=2\r\nRUN x\r\n', 'ENV A=1\r\nRUN x\r\n'],
    ['own line at the end, without a line end', 'ENV A=1 \\\n  B=2', 'ENV A=1'],
    ['comments between stay', 'ENV A=1 \\\n  # about B\n  B=2\nRUN x\n', 'ENV A=1\n  # about B\nRUN x\n'],
    ['comments after the first stay', 'ENV B=1 \\\n  # about C\n  C=2\n', 'ENV  \\\n  # about C\n  C=2\n'],
    ['ARG with other names', 'ARG A B=secret C=1\n', 'ARG A C=1\n'],
  ]
  for (const [name, before, after] of rows) it(name, () => assert.equal(without(before, 'B'), after))

  it('removes an instruction with its heredocs', () => {
    const text = 'FROM a\nRUN <<E\nx\nE\nCMD y'
    assert.equal(
      edit(text, (dockerfile) => removeInstruction(dockerfile, dockerfile.instructions[1] ?? assert.fail())),
      'FROM a\nCMD y',
    )
    assert.equal(
      edit(text, (dockerfile) => removeInstruction(dockerfile, dockerfile.instructions[2] ?? assert.fail())),
      'FROM a\nRUN <<E\nx\nE',
    )
  })

  it('adds a mount to RUN, whatever follows the keyword', () => {
    const mount = '--mount=type=secret,id=npm,env=NPM_TOKEN'
    const add = (text: string) =>
      edit(text, (dockerfile) => addFlag(dockerfile.instructions[0] ?? assert.fail(), mount))
    assert.equal(add('RUN npm ci\n'), `RUN ${mount} npm ci\n`)
    assert.equal(add('run \\\n  npm ci\n'), `run ${mount} \\\n  npm ci\n`)
    assert.equal(add('RUN --network=none ["a"]\n'), `RUN ${mount} --network=none ["a"]\n`)
  })

  it('adds a syntax line once, before other directives and after a byte order mark', () => {
    const add = (text: string) => edit(text, (dockerfile) => addSyntax(dockerfile, 'docker/dockerfile:1'))
    assert.equal(add('# escape=`\r\nFROM a\r\n'), '# syntax=docker/dockerfile:1\r\n# escape=`\r\nFROM a\r\n')
    assert.equal(add('\ufeffFROM a\n'), '\ufeff# syntax=docker/dockerfile:1\nFROM a\n')
    assert.equal(add('#syntax=x\nFROM a\n'), '#syntax=x\nFROM a\n')
  })

  it('replaces the bytes of a value', () => {
    assert.equal(
      edit('ENV Ä="ö" B=ü\n', (dockerfile) => replaceRange(pairOf(dockerfile, 'B').pair.valueRange, 'x')),
      'ENV Ä="ö" B=x\n',
    )
  })

  it('law: removing a pair leaves all other pairs and all other lines', () => {
    const gap = fc.constantFrom(' ', '  ', ' \\\n  ', ' \\\n\n   ', ' \\\n # note\n  ', ' \\  \n\t')
    const value = fc.constantFrom('1', '"a b"', "'x\\'", 'ä\\ b', '"\\"q\\""', '')
    const lines = fc.array(fc.constantFrom('# c', '', 'RUN x \\\n  y', 'USER 1', 'RUN <<E\nB=1\nE'), { maxLength: 3 })
    const keyword = fc.constantFrom('ENV', 'ARG', 'LABEL')
    fc.assert(
      fc.property(
        keyword,
        fc.array(fc.tuple(gap, value), { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        lines,
        lines,
        fc.boolean(),
        (word, written, at, above, below, last) => {
          const chosen = `K${at % written.length}`
          const body =
            word + written.map(([space, text], index) => `${index === 0 ? ' ' : space}K${index}=${text}`).join('')
          const text = [...above, body, ...below].join('\n') + (last ? '\n' : '')
          const after = without(text, chosen)
          const keys = (source: string) =>
            parseDockerfile('Dockerfile', Buffer.from(source)).instructions.flatMap(
              ({ keyword: each, text: rest, pairs }) =>
                pairs.length > 0 ? pairs.map((pair) => `${each} ${pair.key}=${pair.value}`) : [`${each} ${rest}`],
            )
          assert.deepEqual(
            keys(after),
            keys(text).filter((line) => !line.startsWith(`${word} ${chosen}=`)),
          )
          assert.ok(
            after.startsWith(
              above
                .map((line) => `${line}\n`)
                .join('')
                .slice(0, -1),
            ),
          )
          assert.ok(after.endsWith(below.join('\n') + (last ? '\n' : '')) || below.length === 0)
          for (const note of text.match(/^ # note$/gm) ?? []) assert.ok(after.includes(note))
        },
      ),
      { numRuns: 500 },
    )
  })
})
