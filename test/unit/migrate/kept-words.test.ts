// Commands that Compose interpolates keep their references when a shim goes before them: run by a real shell, a service gets the words that
// it had, whatever the variables are when it starts.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { loadProject } from '../../../src/compose/load.js'
import { modelWords } from '../../../src/compose/started-words.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered, SHELL } from './in-memory.js'

const PW = ['granite', '17'].join('-')
const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { PORT: '7000', EXTRA: '--a "b c" d', LEVEL: 'x' },
  { PORT: '', EXTRA: '', LEVEL: '' },
]

const PROGRAM = '#!/bin/sh\nprintf "%s\\0" "$API_TOKEN" "$@"\n'

describe('migrate: words behind a shim that Compose interpolates', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-words-'))
    for (const [name, text] of [
      ['docker-entrypoint.sh', '#!/bin/sh\nexec "$@"\n'],
      ['server', PROGRAM],
    ] as const) {
      writeFileSync(join(folder, name), text)
      chmodSync(join(folder, name), 0o755)
    }
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What the service's program gets: its token and its words. */
  async function started(text: string, env: Readonly<Record<string, string>>, name = 's'): Promise<readonly string[]> {
    const { load } = await gathered(text)
    const project = await loadProject({ ...load, env })
    const services = project.model['services'] as Readonly<
      Record<string, { environment?: Readonly<Record<string, string>> }>
    >
    const entrypoint = modelWords(project, name, 'entrypoint')
    const command = modelWords(project, name, 'command') ?? (entrypoint === undefined ? SHELL.cmd : [])
    const single = (words: readonly string[]) => words.map((word) => word.replaceAll('/run/secrets', folder))
    const [program = '', ...words] = single([...(entrypoint ?? SHELL.entrypoint), ...command])
    const { stdout, stderr, status } = spawnSync(program, words, {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env['PATH']}`, ...services[name]?.environment },
    })
    assert.equal(status, 0, stderr)
    return stdout.split('\0')
  }

  const service = (lines: readonly string[]) =>
    `services:\n  s:\n    image: shop/server\n${lines.map((line) => `    ${line}\n`).join('')}`

  async function same(lines: readonly string[]): Promise<string> {
    const text = service(lines)
    const { moves, staged, left } = makePlan(await gathered(text))
    assert.deepEqual(left, [])
    for (const { name, candidate } of moves) writeFileSync(join(folder, name), candidate.secret)
    const [after = ''] = [...staged.values()].map((bytes) => Buffer.from(bytes).toString())
    assert.ok(moves.length > 0 && !after.includes(PW), after)
    for (const env of ENVIRONMENTS) assert.deepEqual(await started(after, env), await started(text, env), after)
    return after
  }

  it('copies of a password are replaced at once, each in the quotes around it', async () => {
    const text = await same([
      `command: server --port \${PORT:-1} ${PW} "${PW} x" --token ${PW} '${PW}' --password "${PW}" ${PW}`,
    ])
    assert.match(text, /--port \$\{PORT:-1\} (@\S+@) "\1 x" --token @\S+@ '\1' --password "\1" \1/)
  })

  it('a text stays a text: what it interpolates decides how many words there are', async () => {
    const after = await same([`command: server \${EXTRA:-} --port \${PORT:-6379} --requirepass ${PW} $$HOME # note`])
    assert.match(
      after,
      /command: server \$\{EXTRA:-\} --port \$\{PORT:-6379\} --requirepass @\/run\/secrets\/\w+@ \$\$HOME # note\n/,
    )
  })

  it('a list keeps its items, comments and all', async () => {
    const after = await same([
      'command:',
      '  - server',
      '  # where clients connect',
      '  - --port=${PORT-6379}',
      `  - --url=redis://$\{LEVEL:-u}:${PW}@r # old`,
      "  - 'it''s $$(id) \"x\" $$'",
    ])
    assert.match(after, /\n {6}# where clients connect\n {6}- --port=\$\{PORT-6379\}\n/)
    assert.match(after, /- "?--url=redis:\/\/\$\{LEVEL:-u\}:@\/run\/secrets\/\w+@@r"? # old\n/)
  })

  it('quotes of a text, folded lines and blocks', async () => {
    await same(['command: >', '  server --port "${PORT:-1}"', `  '--token=${PW}' \\$$x`])
    await same(['command: |', `  server --token ${PW} --level '\${LEVEL:-a b}'`])
  })

  it('what stands on several lines keeps them: one word changes, and the shim has lines of its own', async () => {
    for (const style of ['>', '|', '>-  # ours']) {
      const lines = ['  sh -c "', "  : 'first';", `  exec server --token ${PW} $$0;`, '  exit 0;', '  " name']
      const after = await same([`entrypoint: ${style}`, ...lines])
      const reading = /\$\$\(cat \/run\/secrets\/\w+\)/
      const [before, ...own] = after.split('\n').slice(3, 11)
      const shim = own.splice(0, 2).join('\n')
      assert.equal(before, `    entrypoint: ${style}`)
      assert.match(shim, /^ {6}\/bin\/sh -c 'cat .*;\n {6}exec "\$\$@"' secretscan-shim$/)
      assert.deepEqual(
        own.map((line) => line.replace(/(?:\\")?/g, '').replace(reading, PW)),
        lines.map((line) => `    ${line}`),
      )
    }
    const plain = await same([
      'entrypoint: sh -c "exec',
      '  server $$0 $$API_TOKEN" name',
      `environment: [API_TOKEN=${PW}]`,
    ])
    assert.match(plain, /\n {4}entrypoint: \/bin\/sh -c '.*;\n.*;\n.*' secretscan-shim\n {6}sh -c "exec\n {6}server /)
    const items = ['entrypoint:', '  - sh', '  - -c', '  - |', '    : first', `    exec server --token ${PW}`]
    assert.match(
      await same(items),
      /\n {6}- sh\n {6}- -c\n {6}- \|\n {8}: first\n {8}exec server --token "?\$\$\(cat .*\)"?\n/,
    )
  })

  it('a comment sign inside of a block is none', async () => {
    await same(['command:', '  - server', '  - --token', `  - ${PW}`, '  - |', '    # a heading', '    text'])
  })

  it('a script reads the file itself', async () => {
    await same([`command: ["sh", "-ec", "exec server --port \${PORT:-1} --token '${PW}' $$0", "name"]`])
    await same([`command: sh -c "exec server --port \${PORT:-1} --token '${PW}' \\"$$0\\"" name`])
    await same([`command: ["sh", "-c", "# it's\\nexec server --token ${PW} \${PORT:-1}", "x"]`])
  })

  it('a password that is the default of a variable is only that afterwards', async () => {
    const after = await same([`command: [server, --url, "\${LEVEL:-redis://:${PW}@r}"]`])
    assert.match(after, /"\$\{LEVEL:-redis:\/\/:@\/run\/secrets\/\w+@@r\}"/)
  })

  it('an entrypoint that is interpolated, for a variable alone and with a password in it', async () => {
    const token = ['environment:', `  API_TOKEN: ${PW}`]
    await same(['entrypoint: docker-entrypoint.sh server ${EXTRA:-} "${PORT:-a b}"', 'command: [x, $$y]', ...token])
    await same(['entrypoint: [docker-entrypoint.sh, server, "${PORT:-a b}", $$z]', 'command: x ${EXTRA:-y}', ...token])
    await same([`entrypoint: [server, --token, ${PW}, "\${PORT:-1}"]`, 'command: ["a ${LEVEL:-}"]', ...token])
  })

  it('a list of an entrypoint keeps its comments behind the shim', async () => {
    const entrypoint = ['entrypoint:', '  # ours', '  - docker-entrypoint.sh', '  # last', `  - server # x`]
    const after = await same([...entrypoint, '  - --token', `  - ${PW} # old`, 'command: [a]'])
    assert.match(after, / {6}# ours\n {6}- \/bin\/sh\n {6}- -c\n/)
    assert.match(
      after,
      / {6}- docker-entrypoint.sh\n {6}# last\n {6}- server # x\n {6}- --token\n {6}- "@\S+@" # old\n/,
    )
    await same(['entrypoint: [ "server", "${PORT:-1}" ] # x', 'environment:', `  API_TOKEN: ${PW}`])
    await same([...entrypoint, 'environment:', `  API_TOKEN: ${PW}`])
  })

  it('a newline at the end of a value arrives', async () => {
    await same(['command:', '  - server', '  - --token', '  - |', `    ${PW}`, '    two'])
    await same(['command:', '  - server', '  - --token', `  - "${PW}\\n\\n"`, '  - $$x'])
  })

  it('an entry of .env that the command takes for something else, too, stays there', async () => {
    const text = service(['command: server --token ${WORD} --name ${WORD} --port ${PORT:-1}'])
    const { staged } = makePlan(await gathered(text, undefined, { '.env': 'WORD=staging\nA=b\n' }))
    const files = [...staged].map(([file, bytes]) => [file, Buffer.from(bytes).toString()] as const)
    assert.deepEqual(
      files.map(([file]) => file),
      ['/project/compose.yaml'],
    )
    assert.match(files[0]?.[1] ?? '', /--token @\/run\/secrets\/\w+@ --name \$\{WORD\} --port \$\{PORT:-1\}/)
  })

  it('words that services share by an anchor or a merge key are changed once, where they stand', async () => {
    const text = `x-base: &base\n  image: shop/server\n  command: server --port \${PORT:-1} --token ${PW}\nx-cmd: &cmd [server, "\${PORT:-1}", --token, basalt-22]\nservices:\n  s: {<<: *base}\n  t:\n    <<: *base\n    restart: always\n  u:\n    image: shop/server\n    command: *cmd\n  v: {image: shop/server, command: *cmd}\n`
    const all = await gathered(text)
    const { moves, staged, left } = makePlan(all)
    assert.deepEqual(left, [])
    const after = Buffer.from([...staged.values()][0] ?? []).toString()
    assert.match(
      after,
      /x-base: &base\n {2}image: shop\/server\n {2}command: server --port \$\{PORT:-1\} --token @\S+@\n/,
    )
    assert.match(after, /x-cmd: &cmd \[server, "\$\{PORT:-1\}", --token, "@\S+@"\]\n/)
    for (const { name, candidate } of moves) writeFileSync(join(folder, name), candidate.secret)
    for (const env of ENVIRONMENTS)
      for (const name of ['s', 't', 'u', 'v'])
        assert.deepEqual(await started(after, env, name), await started(text, env, name), name)
  })

  it('what is only a part of a variable stays, with the reason', async () => {
    const text = service(['command: [server, "--url=$URL"]'])
    const all = await gathered(text, undefined, { '.env': `URL=redis://:${PW}@r\n` })
    const { moves, left, staged } = makePlan(all)
    assert.deepEqual(moves, [])
    assert.equal(staged.size, 0)
    assert.match(left.map(({ reason }) => reason).join(), /from a variable together with other text/)
  })

  it('a script cannot read a newline at the end, and says so', async () => {
    const text = service(['command: [sh, -c, "server --token \'${DB_PASSWORD}\'"]'])
    const { moves, left } = makePlan(await gathered(text, undefined, { '.env': `DB_PASSWORD="${PW}\\n"\n` }))
    assert.deepEqual(moves, [])
    assert.match(left[0]?.reason ?? '', /without the newline at its end/)
  })
})

describe('migrate: what a shim would write out', () => {
  it('an image whose own command gives a password keeps its services as they are, and is told why', async () => {
    const facts = () => ({ ...SHELL, cmd: ['serve', '--admin-password', 'basalt'] })
    const text = 'services:\n  s:\n    image: shop/server\n    environment:\n      API_TOKEN: t0p-made-up\n'
    const { moves, left } = makePlan(await gathered(text, facts))
    assert.deepEqual(moves, [])
    assert.match(left[0]?.reason ?? '', /command of the image itself gives a password \(--admin-password\)/)
    assert.doesNotMatch(JSON.stringify(left), /basalt/)
    assert.equal(makePlan(await gathered(`${text}    command: [serve]\n`, facts)).moves.length, 1)
  })

  it('a reason names files as they are seen from the project', async () => {
    const text = 'services:\n  s:\n    image: shop/server\n    environment: {A: &a t, API_TOKEN: &pw t0p-made-up}\n'
    const { left } = makePlan(await gathered(text))
    assert.match(left[0]?.reason ?? '', /: compose\.yaml:4: /)
    assert.doesNotMatch(left[0]?.reason ?? '', /\/project/)
  })
})

describe('migrate: a variable that shells set themselves', () => {
  it('is given by the shim whatever the container has, where its image sets it', async () => {
    const text = 'services:\n  s:\n    image: shop/s\n    environment: {A_TOKEN: Made-up-1, B_TOKEN: Made-up-2}\n'
    const facts = () => ({ ...SHELL, env: ['A_TOKEN=Made-up-1'] })
    const [, , script] = parse((await edited(text, facts))['compose.yaml'] ?? '').services.s.entrypoint
    assert.doesNotMatch(script, /A_TOKEN\+x/)
    assert.match(script, /B_TOKEN\+x/)
  })

  it('is given by the shim whatever the shell has', async () => {
    const text = (variable: string) =>
      `services:\n  s:\n    image: shop/s\n    environment:\n      ${variable}: Made-up-1\n`
    const script = async (variable: string) =>
      parse((await edited(text(variable)))['compose.yaml'] ?? '').services.s.entrypoint[2]
    assert.doesNotMatch(await script('PWD'), /PWD\+x/)
    assert.match(await script('APP_PWD'), /APP_PWD\+x/)
  })
})

describe('migrate: words that cannot be edited', () => {
  it('keep what they name, and nothing else of the env file', async () => {
    const text =
      'services:\n  mc:\n    image: shop/mc\n    entrypoint: >\n      /bin/sh -c " mc alias set x \\$STORE_SECRET_KEY; exit 0; "\n    env_file: .env\n'
    const { moves, left } = makePlan(
      await gathered(text, undefined, { '.env': 'STORE_SECRET_KEY=Plum-7-tree\nPGPASSWORD=Pear-8-tree\n' }),
    )
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.variable),
      ['PGPASSWORD'],
    )
    assert.deepEqual(left.map(({ reason }) => reason.replace(/^.*: /, '')).sort(), [
      'its entrypoint takes it from a variable together with other text.',
      'mc.entrypoint has it from the same line, and stays.',
    ])
  })
})
