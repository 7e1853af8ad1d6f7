import assert from 'node:assert/strict'
import fc from 'fast-check'
import { alignHistory, declaredArgs, instructionOf, parseBuildArgs } from '../../../src/image/history.js'

describe('alignHistory', () => {
  const run = { createdBy: 'RUN a', emptyLayer: false }
  const copy = { createdBy: 'COPY b', emptyLayer: false }
  const env = { createdBy: 'ENV c', emptyLayer: true }

  it('passes over entries that made no layer', () => {
    assert.deepEqual(alignHistory([env, run, env, copy, env], 2), [run, copy])
  })

  for (const [name, history, layers] of [
    ['longer', [run, copy], 1],
    ['shorter', [run], 2],
    ['absent', [], 2],
    ['all empty', [env, env], 1],
  ] as const) {
    it(`I07: knows nothing where the history is ${name}`, () => {
      assert.deepEqual(
        alignHistory(history, layers),
        Array.from({ length: layers }, () => undefined),
      )
    })
  }
})

describe('parseBuildArgs', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[], string])[] = [
    ['|1 TOKEN=abc /bin/sh -c npm ci', [['TOKEN', 'abc']], '/bin/sh -c npm ci'],
    ['RUN |1 TOKEN=abc /bin/sh -c npm ci # buildkit', [['TOKEN', 'abc']], '/bin/sh -c npm ci'],
    [
      '|2 A=x y B=z /bin/sh -c true',
      [
        ['A', 'x y'],
        ['B', 'z'],
      ],
      '/bin/sh -c true',
    ],
    [
      '|2 A= B= /bin/sh -c true',
      [
        ['A', ''],
        ['B', ''],
      ],
      '/bin/sh -c true',
    ],
    ['|1 A=b=c=d== /bin/sh -c true', [['A', 'b=c=d==']], '/bin/sh -c true'],
    ['|1 A="q" \'r\' /bin/sh -c echo "$A"', [['A', '"q" \'r\'']], '/bin/sh -c echo "$A"'],
    ['|1 URL=http://u:p@h/?a=1&b=2 /bin/sh -c X=1 curl', [['URL', 'http://u:p@h/?a=1&b=2']], '/bin/sh -c X=1 curl'],
    ['|1 OPTS=a b=c d /bin/sh -c true', [['OPTS', 'a b=c d']], '/bin/sh -c true'],
    [
      '|2 A=1 x=2 B=3 /bin/sh -c true',
      [
        ['A', '1 x=2'],
        ['B', '3'],
      ],
      '/bin/sh -c true',
    ],
    [
      '|2 A=1 A=2 B=3 /bin/sh -c true',
      [
        ['A', '1 A=2'],
        ['B', '3'],
      ],
      '/bin/sh -c true',
    ],
    [
      '|2 C=1 A=2 D=3 /bin/sh -c true',
      [
        ['C', '1 A=2'],
        ['D', '3'],
      ],
      '/bin/sh -c true',
    ],
    [
      'RUN |2 C=1 A=2 /bin/sh -c true # buildkit',
      [
        ['C', '1'],
        ['A', '2'],
      ],
      '/bin/sh -c true',
    ],
    ['RUN |1 A=1 /bin/bash -o pipefail -c true # buildkit', [['A', '1']], '/bin/bash -o pipefail -c true'],
    ['RUN |1 A=b c /bin/bash -euxo pipefail -c true # buildkit', [['A', 'b c']], '/bin/bash -euxo pipefail -c true'],
    ['|1 A=1 cmd /S /C dir', [['A', '1']], 'cmd /S /C dir'],
    ['RUN |1 A=1 npm ci # buildkit', [['A', '1']], 'npm ci'],
    ['RUN |1 A=1', [['A', '1']], ''],
    ['RUN /bin/sh -c A=1 true # buildkit', [], 'RUN /bin/sh -c A=1 true'],
    ['|0 /bin/sh -c true', [], '|0 /bin/sh -c true'],
    ['|9999 nothing here', [], '|9999 nothing here'],
    ['ENV A=1', [], 'ENV A=1'],
    ['ARG TOKEN', [], 'ARG TOKEN'],
    ['ARG TOKEN=a b=c', [['TOKEN', 'a b=c']], ''],
    [
      'ARG A=1 B=2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
      '',
    ],
    ['/bin/sh -c #(nop)  ARG TOKEN=abc', [['TOKEN', 'abc']], ''],
    ['/bin/bash -o pipefail -c #(nop)  ARG TOKEN=abc', [['TOKEN', 'abc']], ''],
  ]
  for (const [line, args, command] of cases) {
    it(line, () => {
      const parsed = parseBuildArgs(line)
      assert.deepEqual(
        parsed.args.map(({ name, value }) => [name, value]),
        args,
      )
      assert.equal(parsed.command, command)
      for (const { value, start, end } of parsed.args) assert.equal(line.slice(start, end), value)
    })
  }

  // Written by Docker 20.10 and its classic builder.
  const history = [
    '/bin/sh -c #(nop)  ARG TOK',
    '/bin/sh -c #(nop)  ARG OTHER',
    '/bin/sh -c #(nop)  ARG unused=zz',
    '|3 OTHER=x OTHER=y |2 TOK=a b=c "q" unused=zz /bin/sh -c echo "$TOK" > /t',
    '|3 OTHER=x OTHER=y |2 TOK=a b=c "q" unused=zz /bin/busybox true',
  ]
  for (const line of history.slice(3)) {
    it(`knows names by the ARG lines before: ${line}`, () => {
      const declared = declaredArgs(history.map((createdBy) => ({ createdBy, emptyLayer: true })))
      assert.deepEqual([...declared], ['TOK', 'OTHER', 'unused'])
      assert.deepEqual(
        parseBuildArgs(line, declared).args.map(({ name, value }) => [name, value]),
        [
          ['OTHER', 'x OTHER=y |2'],
          ['TOK', 'a b=c "q"'],
          ['unused', 'zz'],
        ],
      )
    })
  }

  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/)
  // Anything that no builder could mistake either: what looks like a further NAME= is covered by the table above.
  const value = fc
    .string({ maxLength: 40 })
    .filter((text) => !/ [A-Za-z_][\w.-]*=/.test(` ${text}`) && !/sh|cmd|powershell|pwsh/.test(text))
  const args = fc.uniqueArray(fc.tuple(name, value), { minLength: 1, maxLength: 6, selector: ([key]) => key })

  it('finds again what the classic builder and BuildKit join, whatever the values are', () => {
    fc.assert(
      fc.property(args, fc.boolean(), (pairs, buildkit) => {
        const joined = pairs.map(([key, text]) => `${key}=${text}`)
        if (!buildkit) joined.sort()
        const body = `|${joined.length} ${joined.join(' ')} /bin/sh -c make A=1`
        const parsed = parseBuildArgs(buildkit ? `RUN ${body} # buildkit` : body)
        assert.deepEqual(
          parsed.args.map((arg) => `${arg.name}=${arg.value}`),
          joined,
        )
        assert.equal(parsed.command, '/bin/sh -c make A=1')
      }),
    )
  })

  it('reads hostile lines in time that grows with their length', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `A${index}=`)
    for (const [line, count] of [
      [`|9 ${'A='.repeat(50_000)}`, 1],
      [`|9 ${names.join(' ')}`, 9],
      [`|999 ${' A=1'.repeat(50_000)}`, 0],
      [`|1 A=${' /bin/bash -a'.repeat(20_000)}`, 1],
    ] as const) {
      assert.equal(parseBuildArgs(line).args.length, count)
    }
  })
})

describe('instructionOf', () => {
  for (const [line, instruction] of [
    ['/bin/sh -c #(nop) COPY dir:abc in /app ', 'COPY dir:abc in /app'],
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
    ['/bin/sh -c npm ci', 'RUN npm ci'],
    ['|1 TOKEN=x /bin/sh -c npm ci', 'RUN |1 TOKEN=x npm ci'],
    ['RUN /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
    ['RUN |2 A=x y B=z /bin/sh -c npm ci # buildkit', 'RUN |2 A=x y B=z npm ci'],
    ['RUN |1 A=x /bin/bash -c npm ci # buildkit', 'RUN |1 A=x /bin/bash -c npm ci'],
    ['COPY . /app # buildkit', 'COPY . /app'],
    ['/bin/sh -e -c #(nop)  SHELL [/bin/sh -e -c]', 'SHELL [/bin/sh -e -c]'],
    ['/bin/bash -o pipefail -c npm ci', 'RUN /bin/bash -o pipefail -c npm ci'],
    ['|1 A=x npm ci', 'RUN |1 A=x npm ci'],
    ['RUN npm ci # buildkit', 'RUN npm ci'],
    ['cmd /S /C #(nop)  ENV A=b', 'ENV A=b'],
    ['ENV A=b', 'ENV A=b'],
    ['bazel build ...', 'bazel build ...'],
  ] as const) {
    it(line, () => assert.equal(instructionOf(line), instruction))
  }
})
