import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { loadProject } from '../../../src/compose/load.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { parseDockerfile } from '../../../src/dockerfile/parse.js'
import { readBuilds } from '../../../src/migrate/builds.js'
import { findLiterals } from '../../../src/migrate/literals.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { DETECTION } from '../../../src/migrate/run.js'
import { openSession } from '../../../src/scan/session.js'
import { FACTS, plan, reasons } from './built-project.js'

/** Made up. */
const VALUE = 't0p-made-up'
const COMPOSE = 'services:\n  app:\n    build: .\n    image: shop/app\n'
const planned = (Dockerfile: string, facts = FACTS) =>
  plan({ 'compose.yaml': COMPOSE, Dockerfile }, { literals: { repo_key: VALUE }, facts })
const NO_ENTRYPOINT = { ...FACTS, entrypoint: [] }
const READ = '$(cat /run/secrets/repo_key)'
const MOUNT = '--mount=type=secret,id=repo_key,mode=0444,required=true'

describe('migrate/literals', () => {
  describe('a value written into a RUN line becomes a build secret that the line reads', () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['bare', `RUN curl -u x:${VALUE} https://e/x`, `RUN ${MOUNT} curl -u x:"${READ}" https://e/x`],
      ['in double quotes', `RUN x "k: ${VALUE}"`, `RUN ${MOUNT} x "k: ${READ}"`],
      ['in single quotes', `RUN x 'k: ${VALUE}'`, `RUN ${MOUNT} x 'k: '"${READ}"''`],
      ['twice', `RUN A=${VALUE} x "${VALUE}"`, `RUN ${MOUNT} A="${READ}" x "${READ}"`],
      ['in a substitution', `RUN x "$(y ${VALUE})"`, `RUN ${MOUNT} x "$(y "${READ}")"`],
      [
        'behind a comment with an apostrophe',
        `RUN x \\\n  # don't\n  --key ${VALUE}`,
        `RUN ${MOUNT} x \\\n  # don't\n  --key "${READ}"`,
      ],
      [
        'in a heredoc that is the script',
        `RUN <<E\n# don't\nx "k: ${VALUE}" \\\n  --key ${VALUE}\nE`,
        `RUN ${MOUNT} <<E\n# don't\nx "k: ${READ}" \\\n  --key "${READ}"\nE`,
      ],
      [
        'in a quoted heredoc with tabs',
        `RUN <<-'E'\n\tx '${VALUE}'\n\tE`,
        `RUN ${MOUNT} <<-'E'\n\tx ''"${READ}"''\n\tE`,
      ],
      ['with a mount already', `RUN --network=none x ${VALUE}`, `RUN ${MOUNT} --network=none x "${READ}"`],
    ]
    for (const [name, run, after] of cases)
      it(name, async () => {
        const { files } = await planned(`FROM a\n${run}\nCMD ["y"]\n`)
        assert.equal(files['Dockerfile'], `FROM a\n${after}\nCMD ["y"]\n`)
        assert.match(files['compose.yaml'] ?? '', /build:\n {6}context: \.\n {6}secrets:\n {8}- repo_key\n/)
      })
  })

  describe('what stands against it is said', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['no shell', `RUN ["curl", "${VALUE}"]`, /no shell runs that could read a file/],
      ['a file that stays', `RUN echo ${VALUE} > /etc/key`, /writes it into a file/],
      ['git clone', `RUN git clone https://${VALUE}@git.example/x`, /writes it into a file/],
      ['a heredoc of another program', `RUN <<E python3\nx ${VALUE}\nE`, /not rewritten without risk/],
      ['a heredoc with a shebang', `RUN <<E\n#!/usr/bin/python3\nx ${VALUE}\nE`, /not rewritten without risk/],
      ['a heredoc in a heredoc', `RUN <<E\ncat <<F\n${VALUE}\nF\nE`, /not rewritten without risk/],
      ['a heredoc that writes it', `RUN <<E\necho ${VALUE} > /etc/key\nE`, /writes it into a file/],
      ['backticks', `RUN x \`y\` ${VALUE}`, /not rewritten without risk/],
      ['another shell', `SHELL ["pwsh", "-c"]\nRUN x ${VALUE}`, /not rewritten without risk/],
    ]
    for (const [name, run, reason] of cases)
      it(name, async () => {
        const result = await planned(`FROM a\n${run}\n`)
        assert.deepEqual(result.files, {})
        assert.match(reasons(result), reason)
        assert.match(result.left[0]?.todo ?? '', /--mount=type=secret/)
      })

    it('a shim beside it would write it into the Compose file: it moves first, then the image is built anew', async () => {
      const Dockerfile = `FROM a\nENV DATABASE_URL=redis://:Quiet-Harbour-31@cache/0\nCMD ["serve", "--password", "${VALUE}"]\n`
      const facts = { ...NO_ENTRYPOINT, cmd: ['serve', '--password', VALUE], env: [] }
      const { left, moves } = await planned(Dockerfile, facts)
      assert.deepEqual(
        moves.map(({ strategy }) => strategy.by),
        ['literal'],
      )
      assert.match(left[0]?.reason ?? '', /the command of the image itself gives a password \(--password\)/)
      assert.match(
        left[0]?.todo ?? '',
        /leaves the image with this plan: apply it, run docker compose build app, and plan/,
      )
      const rebuilt = { ...facts, cmd: ['/bin/sh', '-c', `exec serve --password "${READ}"`] }
      const again = await planned(Dockerfile.replace(VALUE, READ), rebuilt)
      assert.deepEqual(again.left, [])
      assert.equal(again.moves.length, 1)
    })

    it('a Swarm, a short value', async () => {
      const files = { 'compose.yaml': COMPOSE, Dockerfile: `FROM a\nRUN x ${VALUE} s3cr\n` }
      assert.match(reasons(await plan(files, { literals: { k: VALUE }, store: 'swarm' })), /not the cluster/)
      assert.match(reasons(await plan(files, { literals: { k: 's3cr' } })), /too short/)
    })
  })

  describe('what options, assignments and URLs of commands give', () => {
    const files = (lines: string) => ({ 'compose.yaml': COMPOSE, Dockerfile: `FROM a\n${lines}\n` })
    const found = async (lines: string) => {
      const result = await plan(files(lines), { given: true, facts: NO_ENTRYPOINT })
      return { ...result, dockerfile: result.files['Dockerfile'] }
    }

    it('moves, though no rule knows it', async () => {
      const { dockerfile } = await found(
        'RUN PGPASSWORD=gran1te-made-up psql -h db\nCMD ["serve", "--password", "basalt-made-up-2"]',
      )
      assert.equal(
        dockerfile,
        'FROM a\nRUN --mount=type=secret,id=pgpassword,mode=0444,required=true PGPASSWORD="$(cat /run/secrets/pgpassword)" psql -h db\n' +
          'CMD ["/bin/sh", "-c", "exec serve --password \\"$(cat /run/secrets/app_password)\\""]\n',
      )
    })

    it('a word that is no more than that is explained', async () => {
      const result = await found('RUN mysql -u postgres -ppostgres')
      assert.equal(result.dockerfile, undefined)
      assert.match(reasons(result), /the same text may stand for something else/)
    })
  })

  it('a label is explained, with the line without it', async () => {
    const result = await plan({
      'compose.yaml': COMPOSE,
      Dockerfile:
        'FROM a\nLABEL org.title="Shop" api.token=made-up-t0ken other.secret=made-up-2nd\nLABEL db.password=made-up-3rd\n',
    })
    assert.deepEqual(result.files, {})
    const said = result.left.map(({ reason, todo }) => `${reason} ${todo}`).join('\n')
    assert.match(said, /LABEL in line 2 holds it/)
    assert.match(said, /Write LABEL org\.title="Shop" other\.secret=…; what needs/)
    assert.match(said, /LABEL in line 3 holds it.* Delete that line;/)
    assert.doesNotMatch(said, /made-up/)
  })

  it('a command that gets a shell keeps its value where that loses a variable of the service', async () => {
    const with_ = (environment: string, Dockerfile: string, facts = NO_ENTRYPOINT) =>
      plan(
        { 'compose.yaml': `${COMPOSE}    environment: { ${environment} }\n`, Dockerfile },
        { literals: { repo_key: VALUE }, facts },
      )
    const own = `FROM a\nCMD ["java", "--key=${VALUE}"]\n`
    const lost = /CMD in line 2 holds it, and the shell .* loses spring\.mode of app/
    assert.match(reasons(await with_('spring.mode: prod', own)), lost)
    assert.match(reasons(await with_('MODE: prod', own, { ...NO_ENTRYPOINT, env: ['spring.mode=prod'] })), lost)
    for (const line of [`CMD ["sh", "-c", "java --key=${VALUE}"]`, `CMD java --key=${VALUE}`])
      assert.equal((await with_('spring.mode: prod', `FROM a\n${line}\n`)).plan.left.length, 0, line)
    assert.equal((await with_('MODE: prod', own)).plan.left.length, 0)
  })

  it('a Dockerfile inside the Compose file is explained', async () => {
    const result = await plan({
      'compose.yaml':
        'services:\n  app:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM a\n        ENV API_TOKEN=made-up-t0ken\n',
      Dockerfile: 'FROM a\n',
    })
    assert.match(reasons(result), /written inside the Compose file, where it is not edited/)
  })

  describe("a value in the container's commands is read from the service's secret", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['CMD for a shell', `CMD serve --key ${VALUE}`, `CMD serve --key "${READ}"`],
      [
        'CMD without',
        `CMD ["serve", "--key=${VALUE}", "a b"]`,
        `CMD ["/bin/sh", "-c", "exec serve --key=\\"${READ}\\" 'a b'"]`,
      ],
      [
        'ENTRYPOINT, which takes its arguments on',
        `ENTRYPOINT ["serve", "${VALUE}"]`,
        `ENTRYPOINT ["/bin/sh", "-c", "exec serve \\"${READ}\\" \\"$@\\"", "secretscan-shim"]`,
      ],
      [
        'HEALTHCHECK',
        `HEALTHCHECK --interval=5s CMD curl -u x:${VALUE} localhost`,
        `HEALTHCHECK --interval=5s CMD curl -u x:"${READ}" localhost`,
      ],
      [
        'HEALTHCHECK without a shell',
        `HEALTHCHECK CMD ["ping", "${VALUE}"]`,
        `HEALTHCHECK CMD ["/bin/sh", "-c", "exec ping \\"${READ}\\""]`,
      ],
      [
        'a script, which reads it itself',
        `CMD ["sh", "-c", "serve --key ${VALUE} --other '${VALUE}' $0", "x"]`,
        `CMD ["sh", "-c", "serve --key \\"${READ}\\" --other ''\\"${READ}\\"'' $0", "x"]`,
      ],
      [
        'a script that becomes the program',
        `CMD ["/bin/sh", "-c", "exec serve --key ${VALUE}"]`,
        `CMD ["/bin/sh", "-c", "exec serve --key \\"${READ}\\""]`,
      ],
    ]
    for (const [name, line, after] of cases)
      it(name, async () => {
        const { files } = await planned(`FROM a\n${line}\nUSER 1\n`, NO_ENTRYPOINT)
        assert.equal(files['Dockerfile'], `FROM a\n${after}\nUSER 1\n`)
        assert.match(files['compose.yaml'] ?? '', /image: shop\/app\n {4}secrets:\n {6}- repo_key\n/)
      })

    it('two of one command, neither of them a part of a script', async () => {
      const other = 'n0t-real-either'
      const files = {
        'compose.yaml': COMPOSE,
        Dockerfile: `FROM a\nCMD ["serve", "--key=${VALUE}", "--pass", "${other}", "a b"]\n`,
      }
      const result = await plan(files, { literals: { repo_key: VALUE, app_pass: other }, facts: NO_ENTRYPOINT })
      assert.equal(
        result.files['Dockerfile'],
        `FROM a\nCMD ["/bin/sh", "-c", "exec serve --key=\\"${READ}\\" --pass \\"$(cat /run/secrets/app_pass)\\" 'a b'"]\n`,
      )
    })

    it('not in a script where a shell makes something else of it', async () => {
      const odd = 'a b$(c)d'
      const files = { 'compose.yaml': COMPOSE, Dockerfile: `FROM a\nCMD ["sh", "-c", "serve --key ${odd}"]\n` }
      assert.match(
        reasons(await plan(files, { literals: { k: odd }, facts: NO_ENTRYPOINT })),
        /not certain what a shell/,
      )
    })

    it('not where an entrypoint takes the words, nor where there is no shell', async () => {
      const line = `FROM a\nCMD ["serve", "${VALUE}"]\n`
      assert.match(reasons(await planned(line)), /gives it to the image's entrypoint/)
      assert.match(reasons(await planned(line, { ...NO_ENTRYPOINT, hasShell: false })), /has no shell/)
    })
  })

  it('neither the plan nor its text holds the value', async () => {
    const result = await planned(`FROM a\nRUN x ${VALUE}\nCMD y ${VALUE}\n`, NO_ENTRYPOINT)
    assert.equal(result.moves.length, 2)
    for (const text of [JSON.stringify(result.plan), renderPlan(result.gathered, result)])
      assert.ok(!text.includes(VALUE))
  })

  it('finds them by the rules, and by options that give passwords', async () => {
    const token = ['sk', '_live_', '7Kd2LmXw4RtZ8vBnC3hYjP1q'].join('')
    const files = new Map([
      ['/p/compose.yaml', Buffer.from('services: {app: {build: .}}')],
      [
        '/p/Dockerfile',
        Buffer.from(`FROM a\nRUN x ${token}\nRUN mysql --password=R4nd0mWord7 x\nRUN y --password=$PW\n`),
      ],
    ])
    const project = await loadProject({ files: ['/p/compose.yaml'], profiles: [], env: {}, cwd: '/p', overlay: files })
    const builds = await readBuilds(project, async (file) => files.get(file))
    const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    const session = await openSession({ ...DETECTION, rules }, 1)
    const found = await findLiterals(builds, rules, session.pool).finally(() => session.close())
    assert.deepEqual(found.map(({ text }) => text).sort(), ['R4nd0mWord7', token].sort())
  })

  describe('law', function () {
    this.timeout(120_000)
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'secretscan-literal-'))
      writeFileSync(join(folder, 'repo_key'), VALUE)
    })
    after(() => rmSync(folder, { recursive: true, force: true }))

    /** The words that a shell gives to a program. */
    const wordsOf = (Dockerfile: string) => {
      const [, run] = parseDockerfile('Dockerfile', Buffer.from(Dockerfile)).instructions
      const script = (run?.text ?? '').replaceAll('/run/secrets', folder)
      return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout
    }

    it('a real shell gives the program the same words, whatever the quotes', async () => {
      const part = fc.constantFrom(
        'a',
        ':',
        VALUE,
        '"b c"',
        `"${VALUE}"`,
        `'${VALUE}'`,
        `"x'${VALUE}"`,
        `'"${VALUE}'`,
        `"$(echo ${VALUE})"`,
        `"$(echo '${VALUE}' "${VALUE}")"`,
        ' ',
        ' \\\n  ',
        " \\\n# it's a note\n",
        '\\"',
        "\\'",
        '${X:-y}',
        `(echo ${VALUE})`,
      )
      await fc.assert(
        fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 7 }), async (parts) => {
          const text = `FROM a\nRUN printf '<%s>' ${VALUE} ${parts.join('')}\n`
          const { files } = await planned(text)
          const after = files['Dockerfile'] ?? text
          assert.equal(wordsOf(after), wordsOf(text))
          if (files['Dockerfile'] !== undefined) assert.ok(!after.includes(VALUE))
        }),
        { numRuns: 150 },
      )
    })
  })
})
