import assert from 'node:assert/strict'
import fc from 'fast-check'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { FACTS, plan, READS_FILES, reasons } from './built-project.js'

const compose = (args: string) =>
  `services:\n  app:\n    build:\n      context: .\n      args:\n${args}    image: shop/app\n`
/** What a RUN line of such a project gets. */
const MOUNT = '--mount=type=secret,id=npm_token,mode=0444,required=true'
const EXPORT = 'export NPM_TOKEN="$(cat /run/secrets/npm_token)";'
const TOKEN = compose('        NPM_TOKEN: t0p-made-up\n        MODE: fast\n')

describe('migrate/builds', () => {
  it('a build argument that only RUN lines read becomes a build secret of exactly these lines', async () => {
    const dockerfile =
      'FROM node:22 AS base # not a comment\nARG MODE NPM_TOKEN\n# keep\nRUN echo $MODE\nRUN NPM=$NPM_TOKEN \\\n    npm ci\nFROM base\nrun --network=none printenv NPM_TOKEN > /dev/null\n'
    const { files } = await plan({ 'compose.yaml': TOKEN, Dockerfile: dockerfile })
    assert.deepEqual(files, {
      Dockerfile:
        'FROM node:22 AS base # not a comment\nARG MODE\n# keep\nRUN echo $MODE\n' +
        `RUN ${MOUNT} ${EXPORT} NPM=$NPM_TOKEN \\\n    npm ci\nFROM base\n` +
        `run ${MOUNT} --network=none ${EXPORT} printenv NPM_TOKEN > /dev/null\n`,
      'compose.yaml':
        'services:\n  app:\n    build:\n      context: .\n      args:\n        MODE: fast\n      secrets:\n        - npm_token\n' +
        '    image: shop/app\nsecrets:\n  npm_token:\n    file: ./secrets/npm_token\n',
    })
  })

  it('an argument that no line names is mounted on every RUN that had it in its environment', async () => {
    const { files } = await plan({
      'compose.yaml': TOKEN,
      Dockerfile:
        'FROM a\nRUN before\nARG NPM_TOKEN\nARG MODE\nRUN apk add x && mkdir /y\nRUN npm ci\nFROM b\nRUN elsewhere\n',
    })
    assert.equal(
      files['Dockerfile'],
      `FROM a\nRUN before\nARG MODE\nRUN apk add x && mkdir /y\nRUN ${MOUNT} ${EXPORT} npm ci\nFROM b\nRUN elsewhere\n`,
    )
  })

  it('services that build one Dockerfile move together, each with its own value under the same id', async () => {
    const both =
      'services:\n  a:\n    build: {context: ., args: {NPM_TOKEN: first-made-up}}\n  b:\n    build: {context: ., args: {NPM_TOKEN: other-made-up}}\n'
    const { files, moves } = await plan({
      'compose.yaml': both,
      Dockerfile: 'FROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n',
    })
    const [first, second] = moves.map(({ name }) => name)
    assert.notEqual(first, second)
    assert.equal(files['Dockerfile']?.match(/--mount/g)?.length, 1)
    assert.ok(
      files['Dockerfile']?.includes(
        `id=${first},mode=0444,required=true export NPM_TOKEN="$(cat /run/secrets/${first})"; x`,
      ),
    )
    assert.ok(files['compose.yaml']?.includes(`{source: ${second}, target: ${first}}`))
  })

  it('a build that is extended loses the argument there, and gets the secret where its service extends', async () => {
    for (const step of ['  ', '    ']) {
      const { files } = await plan({
        'compose.yaml': `services:\n${step}app:\n${step}${step}extends: {file: base.yaml, service: app}\n`,
        'base.yaml': TOKEN,
        Dockerfile: 'FROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n',
      })
      assert.equal(files['base.yaml'], TOKEN.replace(/.*NPM_TOKEN.*\n/, ''))
      assert.equal(
        files['compose.yaml'],
        `services:\n${step}app:\n${step}${step}extends: {file: base.yaml, service: app}\n` +
          `${step}${step}build:\n${step.repeat(3)}secrets:\n${step.repeat(4)}- npm_token\n` +
          `secrets:\n${step}npm_token:\n${step}${step}file: ./secrets/npm_token\n`,
      )
    }
  })

  it('a service that passes the argument from the shell keeps it for all', async () => {
    const both =
      'services:\n  a:\n    build: {context: ., args: {NPM_TOKEN: first-made-up}}\n  b:\n    build: {context: ., args: [NPM_TOKEN]}\n'
    const result = await plan({ 'compose.yaml': both, Dockerfile: 'FROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n' })
    assert.deepEqual(result.files, {})
    assert.match(reasons(result), /b passes the build argument NPM_TOKEN/)
  })

  describe('what stands against a build secret is said', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['COPY', 'ARG NPM_TOKEN\nCOPY $NPM_TOKEN /\nRUN x $NPM_TOKEN\n', /COPY in line 3 uses it/],
      ['LABEL', 'ARG NPM_TOKEN\nLABEL a=${NPM_TOKEN:-x}\n', /LABEL in line 3 uses it/],
      ['ENV', 'ARG NPM_TOKEN\nENV OTHER=$NPM_TOKEN\nRUN x\n', /ENV in line 3 copies it/],
      ['ENV twice', 'ARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\nENV NPM_TOKEN=\nRUN x\n', /ENV in line 3 copies it/],
      [
        'a health check',
        'ARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\nHEALTHCHECK CMD x $NPM_TOKEN\n',
        /HEALTHCHECK in line 4 uses it/,
      ],
      ['a later stage', 'ARG NPM_TOKEN\nRUN x $NPM_TOKEN\nFROM b\nARG NPM_TOKEN\nUSER $NPM_TOKEN\n', /USER in line 6/],
      ['a child stage', 'ARG NPM_TOKEN\nRUN x $NPM_TOKEN\nFROM base\nWORKDIR /$NPM_TOKEN\n', /WORKDIR in line 5/],
      ['ONBUILD', 'ARG NPM_TOKEN\nONBUILD RUN x $NPM_TOKEN\n', /ONBUILD in line 3/],
      [
        'a file written by RUN',
        'ARG NPM_TOKEN\nRUN echo "//r/:_authToken=$NPM_TOKEN" > .npmrc\n',
        /RUN in line 3 writes/,
      ],
      [
        'npm config',
        'ARG NPM_TOKEN\nRUN npm config set //r/:_authToken $NPM_TOKEN && npm ci\n',
        /RUN in line 3 writes/,
      ],
      ['git clone', 'ARG NPM_TOKEN\nRUN git clone https://$NPM_TOKEN@git.example/x\n', /RUN in line 3 writes/],
      ['a heredoc that becomes a file', 'ARG NPM_TOKEN\nRUN cat <<E > /x\n$NPM_TOKEN\nE\n', /RUN in line 3 writes/],
      ['a COPY heredoc', 'ARG NPM_TOKEN\nCOPY <<E /x\n$NPM_TOKEN\nE\n', /COPY in line 3 uses it/],
      ['no ARG', 'RUN x $NPM_TOKEN\n', /has no ARG NPM_TOKEN/],
      [
        'Windows',
        'ARG NPM_TOKEN\nRUN x $NPM_TOKEN\nFROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n',
        /made for Windows/,
      ],
      [
        'RUN lines that no variable changes',
        'ARG NPM_TOKEN\nRUN apt-get update && apt-get install -y x\n',
        /No RUN line can read it/,
      ],
      ['no RUN', 'ARG NPM_TOKEN\n', /No RUN line can read it/],
      ['a mistake', 'ARG NPM_TOKEN\nRUM x $NPM_TOKEN\n', /has a mistake in line 3/],
    ]
    for (const [name, body, reason] of cases) {
      it(name, async () => {
        const result = await plan({ 'compose.yaml': TOKEN, Dockerfile: `FROM a AS base\n${body}` })
        assert.deepEqual(result.files, {})
        assert.match(reasons(result), reason)
      })
    }

    it('a frontend that is not known to have build secrets, or too old for a line without a shell', async () => {
      const dockerfile = (version: string, run = 'x $NPM_TOKEN') =>
        `# syntax=${version}\nFROM a\nARG NPM_TOKEN\nRUN ${run}\n`
      for (const version of ['docker/dockerfile:1.1', 'corp/frontend:1'])
        assert.match(reasons(await plan({ 'compose.yaml': TOKEN, Dockerfile: dockerfile(version) })), /# syntax=/)
      const exec = dockerfile('docker/dockerfile:1.9', '["npm", "ci"]')
      assert.match(reasons(await plan({ 'compose.yaml': TOKEN, Dockerfile: exec })), /RUN in line 4 has no shell/)
    })

    it('a Swarm, a Dockerfile inside the Compose file, a context that is a URL', async () => {
      const Dockerfile = 'FROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n'
      assert.match(reasons(await plan({ 'compose.yaml': TOKEN, Dockerfile }, { store: 'swarm' })), /not the cluster/)
      const inline = TOKEN.replace('context: .', 'dockerfile_inline: "FROM a"')
      assert.match(reasons(await plan({ 'compose.yaml': inline, Dockerfile })), /inside the Compose file/)
      const remote = TOKEN.replace('context: .', 'context: https://git.example/x.git')
      assert.match(reasons(await plan({ 'compose.yaml': remote, Dockerfile })), /no folder here/)
    })
  })

  describe('how a RUN line reads the secret', () => {
    const env = 'RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN,required=true'
    const syntax = '# syntax=docker/dockerfile:1\n'
    const cases: readonly (readonly [string, string, string])[] = [
      [
        'by env= where the frontend knows it',
        '# syntax=docker/dockerfile:1.10\nFROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n',
        `# syntax=docker/dockerfile:1.10\nFROM a\n${env} x $NPM_TOKEN\n`,
      ],
      [
        'as a file where it does not',
        '# syntax=docker/dockerfile:1.4\nFROM a\nARG NPM_TOKEN\nRUN x $NPM_TOKEN\n',
        `# syntax=docker/dockerfile:1.4\nFROM a\nRUN ${MOUNT} ${EXPORT} x $NPM_TOKEN\n`,
      ],
      [
        'by env= and a frontend that knows it, where no shell runs',
        'FROM a\nARG NPM_TOKEN\nRUN ["npm", "ci"]\n',
        `${syntax}FROM a\n${env} ["npm", "ci"]\n`,
      ],
      [
        'by env= in a shell that is none of POSIX',
        'FROM a\nSHELL ["pwsh", "-c"]\nARG NPM_TOKEN\nRUN x\n',
        `${syntax}FROM a\nSHELL ["pwsh", "-c"]\n${env} x\n`,
      ],
      [
        'by env= in a shell that prints its commands',
        'FROM a\nSHELL ["/bin/bash", "-eux", "-c"]\nARG NPM_TOKEN\nRUN x\n',
        `${syntax}FROM a\nSHELL ["/bin/bash", "-eux", "-c"]\n${env} x\n`,
      ],
      [
        'as a file in bash',
        'FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nARG NPM_TOKEN\nRUN x\n',
        `FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN ${MOUNT} ${EXPORT} x\n`,
      ],
      [
        'as a file of root alone, where root runs the line',
        'FROM a\nUSER root\nARG NPM_TOKEN\nRUN x\n',
        `FROM a\nUSER root\nRUN --mount=type=secret,id=npm_token,required=true ${EXPORT} x\n`,
      ],
      [
        'in the first line of a heredoc',
        'FROM a\r\nARG NPM_TOKEN\r\nRUN <<E\r\nx $NPM_TOKEN\r\nE\r\n',
        `FROM a\r\nRUN ${MOUNT} <<E\r\n${EXPORT.slice(0, -1)}\r\nx $NPM_TOKEN\r\nE\r\n`,
      ],
      [
        'by env= where the heredoc names its program',
        'FROM a\nARG NPM_TOKEN\nRUN <<E\n#!/bin/python\nE\n',
        `${syntax}FROM a\n${env} <<E\n#!/bin/python\nE\n`,
      ],
      [
        'in front of words on the next line',
        'FROM a\nARG NPM_TOKEN\nRUN \\\n  # why\n  npm ci\n',
        `FROM a\nRUN ${MOUNT} \\\n  # why\n  ${EXPORT} npm ci\n`,
      ],
    ]
    for (const [name, Dockerfile, after] of cases)
      it(name, async () => {
        const { files } = await plan({ 'compose.yaml': TOKEN, Dockerfile })
        assert.equal(files['Dockerfile'], after)
      })

    it('two secrets for one line, one for a line without a shell', async () => {
      const { files } = await plan({
        'compose.yaml': TOKEN.replace('MODE: fast', 'GIT_TOKEN: g1t-made-up'),
        Dockerfile: 'FROM a\nARG NPM_TOKEN GIT_TOKEN\nRUN x $NPM_TOKEN $GIT_TOKEN\nRUN ["y", "NPM_TOKEN"]\n',
      })
      assert.equal(
        files['Dockerfile'],
        `${syntax}FROM a\nRUN --mount=type=secret,id=git_token,mode=0444,required=true ${MOUNT} ` +
          `export GIT_TOKEN="$(cat /run/secrets/git_token)"; ${EXPORT} x $NPM_TOKEN $GIT_TOKEN\n${env} ["y", "NPM_TOKEN"]\n`,
      )
    })
  })

  describe('an argument that ENV hands on to the container', () => {
    const text = (env: string, run = 'RUN x $NPM_TOKEN\n') =>
      `FROM a\nARG NPM_TOKEN\nENV A=b ${env}\n${run}CMD ["serve"]\n`

    it('is a build secret and a secret of the service, under one name', async () => {
      for (const env of ['NPM_TOKEN=$NPM_TOKEN', 'NPM_TOKEN="${NPM_TOKEN}"']) {
        const { files, moves } = await plan({ 'compose.yaml': TOKEN, Dockerfile: text(env) })
        assert.equal(files['Dockerfile'], `FROM a\nENV A=b\nRUN ${MOUNT} ${EXPORT} x $NPM_TOKEN\nCMD ["serve"]\n`)
        assert.match(files['compose.yaml'] ?? '', /export NPM_TOKEN=/)
        assert.match(files['compose.yaml'] ?? '', / {6}secrets:\n {8}- npm_token\n/)
        assert.deepEqual([...new Set(moves.map(({ name }) => name))], ['npm_token'])
      }
    })

    it('is no build secret where no RUN line is there to read it', async () => {
      const { files } = await plan({ 'compose.yaml': TOKEN, Dockerfile: text('NPM_TOKEN=$NPM_TOKEN', '') })
      assert.equal(files['Dockerfile'], 'FROM a\nENV A=b\nCMD ["serve"]\n')
      assert.doesNotMatch(files['compose.yaml'] ?? '', /build:[\s\S]*secrets:[\s\S]*image:/)
      assert.match(files['compose.yaml'] ?? '', /export NPM_TOKEN=/)
    })

    it('stays where the container cannot be given it', async () => {
      const result = await plan(
        { 'compose.yaml': TOKEN, Dockerfile: text('NPM_TOKEN=$NPM_TOKEN') },
        { facts: { ...FACTS, hasShell: false } },
      )
      assert.deepEqual(result.files, {})
      assert.match(reasons(result), /app\.NPM_TOKEN: It moves only together with app\.NPM_TOKEN@ENV, which stays/)
    })

    it('is the build alone where the service sets the variable itself', async () => {
      const own = `${TOKEN}    environment: { NPM_TOKEN: "$FROM_SHELL" }\n`
      const { files, moves } = await plan({ 'compose.yaml': own, Dockerfile: text('NPM_TOKEN=$NPM_TOKEN') })
      assert.deepEqual(
        moves.map(({ strategy }) => strategy.by),
        ['build'],
      )
      assert.doesNotMatch(files['Dockerfile'] ?? '', /NPM_TOKEN=\$/)
    })

    it('is so with the default of the argument, too', async () => {
      const { files } = await plan({
        'compose.yaml': 'services:\n  app:\n    build: .\n    image: shop/app\n',
        Dockerfile: 'FROM a\nARG NPM_TOKEN=t0p-made-up\nENV NPM_TOKEN $NPM_TOKEN\nCMD ["serve"]\n',
      })
      assert.equal(files['Dockerfile'], 'FROM a\nCMD ["serve"]\n')
      assert.match(files['compose.yaml'] ?? '', /export NPM_TOKEN=/)
    })
  })

  it('a RUN that removes the file it wrote, or only downloads with it, can mount it', async () => {
    for (const run of [
      'echo $NPM_TOKEN > .npmrc && npm ci && rm -f .npmrc',
      'curl -H "Authorization: $NPM_TOKEN" https://x > /opt/x',
      'x $NPM_TOKEN 2>&1',
    ]) {
      const { files } = await plan({ 'compose.yaml': TOKEN, Dockerfile: `FROM a\nARG NPM_TOKEN\nRUN ${run}\n` })
      assert.ok(files['Dockerfile']?.includes(`${MOUNT} ${EXPORT} ${run}`), run)
    }
  })

  it('the default of an argument is a build secret too, and so is an ENV of a stage that no image keeps', async () => {
    const { files, plan: made } = await plan({
      'compose.yaml': 'services:\n  app:\n    build: .\n',
      Dockerfile:
        'FROM a AS make\nARG NPM_TOKEN=t0p-made-up\nENV A=b GIT_TOKEN="g1t made up"\nRUN x $NPM_TOKEN\nRUN y $GIT_TOKEN\nFROM b\nCOPY --from=make /x /x\n',
    })
    assert.equal(
      files['Dockerfile'],
      `FROM a AS make\nENV A=b\nRUN ${MOUNT} ${EXPORT} x $NPM_TOKEN\n` +
        'RUN --mount=type=secret,id=git_token,mode=0444,required=true export GIT_TOKEN="$(cat /run/secrets/git_token)"; y $GIT_TOKEN\n' +
        'FROM b\nCOPY --from=make /x /x\n',
    )
    assert.match(
      files['compose.yaml'] ?? '',
      /build:\n {6}context: \.\n {6}secrets:\n {8}- npm_token\n {8}- git_token\n/,
    )
    assert.ok(made.steps.every((step) => step.do !== 'put' || step.from[0]?.place.kind === 'dockerfile'))
  })

  describe('an ENV of the image leaves the Dockerfile', () => {
    const files = {
      'compose.yaml': 'services:\n  app:\n    build: .\n    environment:\n      - MODE=x\n',
      Dockerfile: 'FROM a\nENV MODE=y \\\n    API_TOKEN=t0p-made-up\nCMD ["serve"]\n',
    }

    it('to the file form where the image has one', async () => {
      const result = await plan(files, { facts: READS_FILES })
      assert.equal(result.files['Dockerfile'], 'FROM a\nENV MODE=y\nCMD ["serve"]\n')
      assert.match(result.files['compose.yaml'] ?? '', /- MODE=x\n {6}- API_TOKEN_FILE=\/run\/secrets\/api_token\n/)
    })

    it('else through the shim', async () => {
      const result = await plan(files)
      assert.equal(result.files['Dockerfile'], 'FROM a\nENV MODE=y\nCMD ["serve"]\n')
      assert.match(result.files['compose.yaml'] ?? '', /entrypoint:\n.*export API_TOKEN=.*\n {6}- \/start\n/s)
    })

    it('not where a line of the build uses it, nor where all services set it themselves', async () => {
      const used = { ...files, Dockerfile: `${files.Dockerfile}RUN curl -u $API_TOKEN x\n` }
      assert.match(reasons(await plan(used)), /RUN in line 5 uses it while the image is built/)
      const check = { ...files, Dockerfile: `${files.Dockerfile}HEALTHCHECK CMD ping $API_TOKEN\n` }
      assert.match(reasons(await plan(check)), /HEALTHCHECK in line 5 uses it, and a health check does not see/)
      const set = { ...files, 'compose.yaml': `${files['compose.yaml']}      - API_TOKEN=\${FROM_SHELL}\n` }
      assert.match(reasons(await plan(set)), /every service that is built from it sets the variable itself/)
    })

    it('nor again where the shim of a move brings the variable', async () => {
      const shim = `entrypoint: [/bin/sh, -c, 'export API_TOKEN="$$(cat /run/secrets/t)"; exec "$$@"', secretscan-shim, /start]`
      const moved = { ...files, 'compose.yaml': `services:\n  app:\n    build: .\n    ${shim}\n` }
      const result = await plan(moved)
      assert.deepEqual(result.moves, [])
      assert.match(reasons(result), /every service that is built from it sets the variable itself/)
      const other = { ...moved, 'compose.yaml': moved['compose.yaml'].replace('API_TOKEN', 'API_TOKEN_2') }
      assert.equal((await plan(other)).moves.length, 1)
    })
  })

  it('neither the plan nor its text holds a value, not that of a default that goes along', async () => {
    const result = await plan({
      'compose.yaml': TOKEN,
      Dockerfile: 'FROM a\nARG NPM_TOKEN=d3fault-made-up\nENV DB_PASSWORD=Summer24\nRUN x $NPM_TOKEN\n',
    })
    assert.equal(result.moves.length, 2)
    for (const text of [JSON.stringify(result.plan), renderPlan(result.gathered, result)])
      assert.doesNotMatch(text, /d3fault|t0p-made|Summer24/)
  })

  it('law: what is not the argument, its RUN lines and the syntax line stays to the byte', async () => {
    const line = fc.constantFrom(
      '# a comment',
      '',
      'RUN  echo "a"  # b',
      'run x \\\n  # inside\n  y',
      'COPY <<E /f\n$OTHER\nE',
      'LABEL a=b   c="d e"',
      'ENV OLD form here',
      'CMD ["x"]',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.array(line, { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        async (before, after, crlf, open) => {
          const text = (arg: string, run: string) =>
            ['FROM a', ...before, arg, ...after, run].filter((each) => each !== 'gone').join('\n') + (open ? '' : '\n')
          const ends = (lines: string) => (crlf ? lines.replaceAll('\n', '\r\n') : lines)
          const { files } = await plan({
            'compose.yaml': TOKEN,
            Dockerfile: ends(text('ARG NPM_TOKEN', 'RUN x $NPM_TOKEN')),
          })
          assert.equal(files['Dockerfile'], ends(text('gone', `RUN ${MOUNT} ${EXPORT} x $NPM_TOKEN`)))
        },
      ),
      { numRuns: 60 },
    )
  })
})
