import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { assertSameDockerfiles } from '../../../src/migrate/check-dockerfile.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { type NamedImage, withEngineNames } from '../../../src/migrate/from-report/engine-names.js'
import { parseReport, readReport } from '../../../src/migrate/from-report/read.js'
import { gather } from '../../../src/migrate/gather.js'
import type { Committed } from '../../../src/migrate/git-history.js'
import { makePlan, type Planned } from '../../../src/migrate/plan.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import { UsageError } from '../../../src/support/errors.js'
import { offline } from './in-memory.js'

type Location = Readonly<Record<string, unknown>>

const ID = 'sha256:1111'
const LAYER = 'sha256:aaaa'

/** A report of one image with one finding a location. */
const report = (locations: readonly Location[], image = 'shop/app:latest'): string =>
  JSON.stringify({
    schemaVersion: 1,
    targets: [{ kind: 'image', input: image, reference: image, imageId: ID, layers: [{ index: 0, diffId: LAYER }] }],
    findings: locations.map(({ origin = 'own', exposure = 'final', ...location }, index) => ({
      fingerprint: `v1:${index}`,
      title: 'Made-up token',
      remediation: 'Revoke it at example.com/tokens.',
      location: { target: 0, offset: 0, ...location },
      origin,
      exposure,
    })),
  })

/** The secrets' own folder must not come into the image in place of the file. */
const OURS = '.secretscan/migrations/\n.secretscan/key\nsecrets/\n'
const COMPOSE = 'services:\n  app:\n    build: .\n    image: shop/app\n'

describe('migrate/from-report', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-report-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  interface Result extends Planned {
    readonly files: Readonly<Record<string, string>>
    readonly reasons: string
    readonly text: string
  }

  async function plan(
    files: Readonly<Record<string, string>>,
    text: string,
    engine: readonly NamedImage[] = [],
    select: readonly string[] = [],
    committed: ReadonlyMap<string, Committed> = new Map(),
    secretTexts: readonly string[] = [],
  ): Promise<Result> {
    for (const [name, content] of Object.entries({ 'compose.yaml': COMPOSE, ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    const load = { files: [], profiles: [], env: {}, cwd: folder }
    const gathered = await gather({
      load,
      to: 'compose-file',
      storeOptions: { 'secrets-dir': 'secrets' },
      select,
      names: {},
      facts: new Map(),
      openStore: async (projectDir) =>
        openComposeFileStore({ projectDir, secretsDir: 'secrets', hasher: { hmac: () => '' } }),
      literals: async () => [],
      secretTexts: async () => secretTexts,
      ownFindings: async () => [],
      detect: async () => () => undefined,
      images: false,
      sourceOptions: offline(),
      findings: async (project) => ({
        file: '/report.json',
        ...(await withEngineNames(parseReport('report.json', text), project, async (names) =>
          engine.filter(({ name }) => names.includes(name)),
        )),
      }),
      on: () => undefined,
      history: async () => ({ committed }),
    })
    const planned = makePlan(gathered)
    const after = await loadProject({ ...load, overlay: planned.staged })
    assert.deepEqual(modelProblems(gathered.project.model, after.model, planned.moves), [])
    assertSameDockerfiles(gathered.builds, planned.staged, planned.moves)
    return {
      ...planned,
      text: renderPlan(gathered, planned),
      files: Object.fromEntries(
        [...planned.staged].map(([file, bytes]) => [file.slice(folder.length + 1), Buffer.from(bytes).toString()]),
      ),
      reasons: planned.left.map(({ candidate, reason, todo }) => `${candidate.id}: ${reason} | ${todo}`).join('\n'),
    }
  }

  it('a file that git has stays where it is, and the plan says how it leaves', async () => {
    const file = { kind: 'file', path: 'app/token.json', layer: { index: 3, createdBy: 'COPY . . # buildkit' } }
    const files = { Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\n', 'token.json': '{"token": "t0p"}\n' }
    const since = { file: 'token.json', commits: 1, since: '2026-01-01' }
    const notes = (await plan(files, report([file]), [], [], new Map([['token.json', since]]))).plan.notes.join('\n')
    assert.match(notes, /^token\.json: the file itself stays.* git rm token\.json$/m)
    assert.doesNotMatch((await plan(files, report([file]))).plan.notes.join('\n'), /git rm/)
  })

  it('a Compose file of another project that came along is kept out, and mounted nowhere', async () => {
    const file = { kind: 'file', path: 'app/compose.prod.yaml', line: 1, layer: { index: 3, createdBy: 'COPY . .' } }
    const files = { Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\n', 'compose.prod.yaml': 'x-token: t0p\n' }
    const { moves, reasons } = await plan(files, report([file]))
    assert.deepEqual(moves, [])
    assert.match(reasons, /COPY in line 3 .* brings compose\.prod\.yaml along/)
    assert.match(reasons, /add \/compose\.prod\.yaml to \.dockerignore/)
  })

  it('what a repository in the image holds is no line: COPY brings .git along, which leaves by the ignore file', async () => {
    const layer = { index: 3, createdBy: 'COPY . . # buildkit' }
    const objects = ['ab12', 'cd34'].map((id) => ({ kind: 'git', path: `app/.git/${id}`, layer }))
    const config = { kind: 'file', path: 'app/.git/config', layer }
    const text = report([...objects, config])
    const repository = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/config': '[remote "origin"]\n' }
    const Dockerfile = 'FROM a\nWORKDIR /app\nRUN true\nCOPY . .\n'
    const { reasons, moves } = await plan({ Dockerfile, ...repository }, text)
    assert.equal(moves.length, 0, 'nothing of it is mounted')
    const [first, ...others] = reasons.split('\n')
    assert.match(
      first ?? '',
      /COPY in line 4 of the Dockerfile brings \.git along, whose history holds it \| Add \.git to \.dockerignore, then rebuild/,
    )
    assert.equal(others.length, 2)
    for (const other of others) assert.match(other, /COPY in line 4 .* brings \.git along/)
    assert.match((await plan({ Dockerfile, '.dockerignore': '.git\n' }, text)).reasons, /takes along by now \| Rebuild/)
    const cloned = {
      kind: 'git',
      path: 'src/lib/.git/ab12',
      layer: { index: 2, createdBy: 'RUN /bin/sh -c git clone x /src/lib # buildkit' },
    }
    assert.match(
      (await plan({ Dockerfile: 'FROM a\nRUN git clone x /src/lib\n' }, report([cloned]))).reasons,
      /RUN in line 2 of the Dockerfile leaves the repository \/src\/lib\/\.git in the image.*rm -rf \/src\/lib\/\.git/,
    )
  })

  it('a file that COPY . brought is mounted at its path and kept out of the context; the value is the whole file', async () => {
    const result = await plan(
      { Dockerfile: 'FROM a\nWORKDIR /srv\nWORKDIR app\nCOPY . .\n', 'conf/.env': 'A=t0p\nB=made up\n' },
      report(
        ['A', 'B'].map((key) => ({
          kind: 'file',
          path: 'srv/app/conf/.env',
          key,
          layer: { index: 3, createdBy: 'COPY . . # buildkit' },
        })),
      ),
    )
    assert.deepEqual(Object.keys(result.files), ['.dockerignore', 'compose.yaml'])
    assert.equal(result.files['.dockerignore'], `/conf/.env\n${OURS}`)
    assert.match(
      result.files['compose.yaml'] ?? '',
      /secrets:\n {6}- source: app_env\n {8}target: \/srv\/app\/conf\/\.env\n|secrets:\n {6}- source: env\n {8}target: \/srv\/app\/conf\/\.env\n/,
    )
    assert.equal(result.moves.length, 1)
    const put = result.plan.steps.find((step) => step.do === 'put')
    const read = await openValues({ files: [], profiles: [], env: {}, cwd: folder })
    assert.equal(put?.do === 'put' && Buffer.from((await read(put.from)).reveal()).toString(), 'A=t0p\nB=made up\n')
    assert.doesNotMatch(JSON.stringify(result.plan), /t0p|made up/)
    assert.match(
      result.plan.notes.join('\n'),
      /layer 4 \(srv\/app\/conf\/\.env\)[\s\S]*Made-up token: Revoke it at example\.com/,
    )
    assert.deepEqual(
      result.plan.afterwards?.map(({ commands }) => commands),
      [
        ['docker tag shop/app shop/app:before', 'docker compose build app', 'docker compose up -d app'],
        [
          'secretscan image shop/app --base-image auto --origin own',
          'secretscan image shop/app --since shop/app:before',
        ],
        ['docker image rm shop/app:before', 'docker builder prune'],
      ],
    )
    assert.deepEqual(
      result.plan.afterwards?.map(({ redeploys }) => redeploys),
      [true, undefined, undefined],
    )
  })

  it('where nothing moves, building the image anew comes after what is to do by hand', async () => {
    const files = { Dockerfile: 'FROM a\nLABEL token=t0p\n' }
    const label = { kind: 'label', key: 'token', layer: undefined }
    const { moves, text } = await plan(files, report([label]))
    assert.equal(moves.length, 0)
    assert.match(text, /To do: [\s\S]*\nOnce you have done that by hand:\n {2}1\. Keep the old image/)
    assert.doesNotMatch(text, /Afterwards:/)
  })

  it('of a file all that was found in it is to be changed, each at its provider', async () => {
    const layer = { index: 3, createdBy: 'COPY . . # buildkit' }
    const made = JSON.parse(
      report(['A', 'B', 'C'].map((key) => ({ kind: 'file', path: 'app/live.env', key, layer }))),
    ) as {
      findings: { title: string; remediation?: string }[]
    }
    const pages = [
      'Revoke it at https://one.example.com/keys.',
      'Revoke it at https://two.example.com/keys.',
      'Change it.',
    ]
    for (const [index, finding] of made.findings.entries()) {
      finding.title = `Token ${index}`
      finding.remediation = pages[index] ?? ''
    }
    const files = { Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\n', 'live.env': 'A=t0p\nB=made up\nC=x9\n' }
    const { plan: both, moves } = await plan(files, JSON.stringify(made))
    assert.equal(moves.length, 1)
    assert.deepEqual(
      both.rotate?.map(({ issuers }) => issuers),
      [
        [
          { title: 'Token 0', remediation: pages[0] },
          { title: 'Token 1', remediation: pages[1] },
        ],
      ],
    )
  })

  it('a variable of the image is to be changed at the provider that the report names', async () => {
    const made = JSON.parse(report([{ kind: 'build-arg', key: 'SHOP_ID' }])) as { findings: { remediation?: string }[] }
    for (const finding of made.findings) finding.remediation = 'Revoke it at https://one.example.com/keys.'
    const { plan: planned } = await plan(
      { Dockerfile: 'FROM a\nARG SHOP_ID=k9x-made-up\nRUN x $SHOP_ID\n' },
      JSON.stringify(made),
    )
    assert.deepEqual(planned.rotate, [
      {
        name: 'shop_id',
        issuers: [{ title: 'Made-up token', remediation: 'Revoke it at https://one.example.com/keys.' }],
      },
    ])
  })

  it('a COPY that names just the file goes with it, and an ignore file keeps its lines', async () => {
    const { files } = await plan(
      {
        Dockerfile: 'FROM a\n# the key\nCOPY --chown=1:1 ./key.json /etc/app/\nCMD x\n',
        'key.json': '{"k":"t0p"}',
        '.dockerignore': 'node_modules',
      },
      report([{ kind: 'file', path: 'etc/app/key.json' }]),
    )
    assert.equal(files['Dockerfile'], 'FROM a\n# the key\nCMD x\n')
    assert.equal(files['.dockerignore'], `node_modules\n/key.json\n${OURS}`)
    assert.match(files['compose.yaml'] ?? '', /target: \/etc\/app\/key\.json/)
  })

  it('a fingerprint of the report selects what its finding became, with all places of its value', async () => {
    const files = {
      Dockerfile: 'FROM a\nENV API_TOKEN=made-up-1 APP_SECRET=made-up-2\nCOPY . /srv/\nRUN rm /srv/b.pem\n',
      'a.pem': 'made up',
      'b.pem': 'made up',
    }
    const [own, more] = ['API_TOKEN', 'APP_SECRET'].map((key) => ({ kind: 'env', key }))
    const file = { kind: 'file', path: 'srv/a.pem' }
    const gone = { kind: 'file', path: 'srv/b.pem', exposure: 'deleted' }
    const document = JSON.parse(report([own ?? {}, more ?? {}, file, gone])) as { findings: Record<string, unknown>[] }
    Object.assign(document.findings[1] ?? {}, {
      related: [{ role: 'same-value', fingerprint: 'v1:also', location: { target: 0, offset: 0, ...own } }],
    })
    const text = JSON.stringify(document)
    const selecting = async (...select: string[]) => {
      const made = await plan(files, text, [], select)
      const considered = [...made.moves, ...made.left].map(({ candidate }) => candidate.id)
      for (const id of ['Dockerfile.API_TOKEN', 'Dockerfile.APP_SECRET', 'a.pem'])
        assert.equal(considered.includes(id), made.plan.select.includes(id), id)
      return made.plan.select
    }
    assert.deepEqual(await selecting('v1:0'), ['Dockerfile.API_TOKEN'])
    assert.deepEqual(await selecting('v1:1'), ['Dockerfile.APP_SECRET', 'Dockerfile.API_TOKEN'])
    assert.deepEqual(await selecting('v1:also'), ['Dockerfile.API_TOKEN'], 'a place of a value is that place alone')
    assert.deepEqual(await selecting('v1:2'), ['a.pem'])
    await assert.rejects(plan(files, text, [], ['v1:3']), (error: UsageError) => {
      assert.match(error.message, /v1:3 cannot move: COPY in line 3 copies b\.pem; a later line takes it away/)
      return error instanceof UsageError
    })
    await assert.rejects(plan(files, text, [], ['v1:nowhere']), /There is no finding v1:nowhere to select\./)
  })

  describe('what cannot move is explained', () => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>, Location, RegExp])[] = [
      [
        'a file that a RUN reads',
        { Dockerfile: 'FROM a\nCOPY .npmrc ./\nRUN npm ci\n', '.npmrc': 'x' },
        { kind: 'file', path: '.npmrc' },
        /RUN in line 3 may read it .*--mount=type=secret,id=…,target=\/\.npmrc/,
      ],
      [
        'a file that goes later',
        { Dockerfile: 'FROM a\nCOPY . /\nRUN rm /.env\n', '.env': 'x' },
        { kind: 'file', path: '.env', exposure: 'deleted' },
        /COPY in line 2 copies \.env; a later line takes it away/,
      ],
      [
        'one of several that COPY names',
        { Dockerfile: 'FROM a\nCOPY a.json b.json /x/\n', 'a.json': 'x', 'b.json': 'y' },
        { kind: 'file', path: 'x/b.json' },
        /line 2 copies b\.json together with others/,
      ],
      [
        'a file that the ignore file keeps out by now',
        { Dockerfile: 'FROM a\nCOPY . /x/\n', '.env': 'x', '.dockerignore': '.env\n' },
        { kind: 'file', path: 'x/.env' },
        /No COPY or ADD .* or the project has changed since/,
      ],
      [
        'the base image',
        { Dockerfile: 'FROM corp/base:3 AS x\nFROM x\n' },
        { kind: 'env', key: 'OLD_TOKEN', origin: 'base' },
        /comes with the base image corp\/base:3 \(line 1/,
      ],
      [
        'a RUN line',
        { Dockerfile: 'FROM a\nRUN curl  -u x \\\n  https://e\n' },
        { kind: 'history', layer: { index: 1, createdBy: 'RUN /bin/sh -c curl  -u x   https://e # buildkit' } },
        /RUN in line 2 of the Dockerfile holds it \| .*--mount=type=secret/,
      ],
      ['a label', { Dockerfile: 'FROM a\nLABEL a=b\nLABEL k=v\n' }, { kind: 'label', key: 'k' }, /LABEL in line 3/],
      [
        'an ENV that is gone',
        { Dockerfile: 'FROM a\n' },
        { kind: 'env', key: 'API_TOKEN' },
        /has no ENV API_TOKEN: it has changed since/,
      ],
      [
        'an argument from the shell',
        { Dockerfile: 'FROM a\nARG SOME_ARG\nRUN x $SOME_ARG\n' },
        { kind: 'build-arg', key: 'SOME_ARG' },
        /ARG in line 2 takes it from another variable, or from the shell/,
      ],
      [
        'a variable whose name another stage has, too',
        { Dockerfile: 'FROM a AS tools\nENV SOME_KEY=$X\nFROM b\nENV SOME_KEY=$Y\n' },
        { kind: 'env', key: 'SOME_KEY' },
        /ENV in line 4 takes it from another variable/,
      ],
      [
        'a variable that only another stage sets',
        { Dockerfile: 'FROM b\nFROM a AS tools\nENV SOME_KEY=$X\nFROM b\n' },
        { kind: 'env', key: 'SOME_KEY' },
        /has no ENV SOME_KEY/,
      ],
      [
        'a variable of the stage that the last one is built from',
        { Dockerfile: 'FROM a AS base\nENV SOME_KEY=$X\nFROM b\nFROM base\n' },
        { kind: 'env', key: 'SOME_KEY' },
        /ENV in line 2 takes it from another variable/,
      ],
    ]
    for (const [name, files, location, reason] of cases) {
      it(name, async () => {
        const result = await plan(files, report([location]))
        assert.match(result.reasons, reason)
        assert.equal(result.plan.steps.length, 0)
      })
    }
  })

  it('an argument of another stage does not stand for the one of the image', async () => {
    const stages = 'FROM a AS tools\nARG SOME_ARG=k9x-made-up\nRUN x $SOME_ARG\nFROM b\nARG SOME_ARG\nRUN y $SOME_ARG\n'
    const { reasons, files } = await plan({ Dockerfile: stages }, report([{ kind: 'build-arg', key: 'SOME_ARG' }]))
    assert.match(reasons, /ARG in line 5 takes it from another variable, or from the shell/)
    assert.doesNotMatch(files['Dockerfile'] ?? '', /k9x-made-up/)
    const before = 'ARG SOME_ARG=k9x-made-up\nFROM b\nARG SOME_ARG\nRUN y $SOME_ARG\n'
    assert.equal((await plan({ Dockerfile: before }, report([{ kind: 'build-arg', key: 'SOME_ARG' }]))).reasons, '')
  })

  describe('a file that several lines take has one decision', () => {
    const key = { deploy_key: 'made up' }
    const both = report([
      { kind: 'file', path: 'app/deploy_key' },
      { kind: 'file', path: 'root/.ssh/id_rsa', exposure: 'deleted' },
    ])

    it('it is left where a line names it for the build, and is not ignored while that line stands', async () => {
      const result = await plan(
        {
          Dockerfile:
            'FROM a\nWORKDIR /app\nCOPY . .\nCOPY deploy_key /root/.ssh/id_rsa\nRUN git clone x && rm /root/.ssh/id_rsa\n',
          ...key,
        },
        both,
      )
      assert.deepEqual(result.files, {})
      assert.match(
        result.reasons,
        /Take deploy_key out of COPY in line 4, and mount it for the line that needs it: RUN --mount=type=secret,id=…,target=\/root\/\.ssh\/id_rsa; only then add \/deploy_key to \.dockerignore, since COPY in line 3 would still bring it/,
      )
      assert.equal(result.left.length, 2)
    })

    it('and where another stage, or another Dockerfile of the same folder, names it', async () => {
      const stages = 'FROM a AS tools\nCOPY deploy_key /k\nFROM b\nWORKDIR /app\nCOPY . .\n'
      const found = report([{ kind: 'file', path: 'app/deploy_key' }])
      assert.match((await plan({ Dockerfile: stages, ...key }, found)).reasons, /COPY in line 2 .* into another stage/)
      const other = await plan(
        {
          'compose.yaml': `${COMPOSE}  job:\n    build: {context: ., dockerfile: job.Dockerfile}\n`,
          Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\n',
          'job.Dockerfile': 'FROM a\nCOPY deploy_key /k\n',
          ...key,
        },
        found,
      )
      assert.match(other.reasons, /COPY in line 2 of job\.Dockerfile copies deploy_key to \/k, where the report knows/)
      assert.deepEqual(other.files, {})
    })

    it('it is mounted at each of its places in every service, and all lines that name it go', async () => {
      const { files, moves } = await plan(
        {
          'compose.yaml': `${COMPOSE}  job:\n    build: {context: ., dockerfile: job.Dockerfile}\n    image: shop/job\n`,
          Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\nCOPY deploy_key /etc/key\nCOPY ./deploy_key /etc/key2\n',
          'job.Dockerfile': 'FROM a\nCOPY . /job\n',
          ...key,
        },
        report(['app/deploy_key', 'etc/key', 'etc/key2'].map((path) => ({ kind: 'file', path }))),
      )
      assert.equal(files['Dockerfile'], 'FROM a\nWORKDIR /app\nCOPY . .\n')
      assert.equal(moves.length, 1)
      const targets = [...(files['compose.yaml'] ?? '').matchAll(/target: (.*)/g)].map(([, target]) => target)
      assert.deepEqual(targets, ['/app/deploy_key', '/etc/key', '/etc/key2', '/job/deploy_key'])
    })

    it('it moves for a service that only names the image too, which is deployed anew with the one that builds it', async () => {
      const job = `${COMPOSE}  job:\n    image: shop/app\n`
      const all = { 'compose.yaml': job, Dockerfile: 'FROM a\nCOPY deploy_key /etc/key\n', ...key }
      const found = report([{ kind: 'file', path: 'etc/key' }])
      const { files, plan: made } = await plan(all, found)
      assert.equal(files['compose.yaml']?.match(/target: \/etc\/key/g)?.length, 2)
      assert.ok(made.afterwards?.some(({ commands }) => commands.includes('docker compose up -d app job')))
      assert.ok(made.afterwards?.some(({ commands }) => commands.includes('docker compose build app')))
      const tool = `${job}  tool:\n    image: shop/app\n    profiles: [tools]\n`
      assert.match(
        (await plan({ ...all, 'compose.yaml': tool }, found)).reasons,
        /: tool is in no active profile, and runs/,
      )
    })

    it('it is left where a later line uses the folder that its line makes, and the plan says what to put there', async () => {
      const found = report([{ kind: 'file', path: 'app/conf/deploy_key' }])
      const using = (lines: string) =>
        plan({ Dockerfile: `FROM a\nWORKDIR /app\nCOPY deploy_key /app/conf/\n${lines}`, ...key }, found)
      for (const use of ['cd conf && touch x', 'cd /app/conf && touch x', '<<EOF\nls /app/conf\nEOF']) {
        const { files, reasons } = await using(`RUN ${use}\n`)
        assert.deepEqual(files, {}, use)
        assert.match(
          reasons,
          /COPY in line 3 copies deploy_key and with it makes the folder \/app\/conf, which RUN in line 4 uses/,
        )
        assert.match(reasons, /Take deploy_key out of COPY in line 3, put RUN mkdir -p \/app\/conf there, and mount it/)
      }
      const stage = await using('FROM b\nCOPY --from=0 /app/conf /conf\n')
      assert.deepEqual(stage.files, {})
    })

    it('it moves where the folder is there without that line', async () => {
      const found = report([{ kind: 'file', path: 'app/conf/deploy_key' }])
      for (const [before, after] of [
        ['', 'RUN mkdir -p conf && ls conf\n'],
        ['RUN install -d /app/conf\n', 'RUN ls conf\n'],
        ['', 'COPY other/ conf/\nRUN ls conf\n'],
        ['WORKDIR /app/conf\n', 'RUN ls ../conf\n'],
        ['', 'RUN make config && ls app.conf\n'],
        ['', 'COPY --from=tools /opt/conf /x\n'],
      ]) {
        const Dockerfile = `FROM a\nWORKDIR /app\n${before}COPY deploy_key /app/conf/\n${after}`
        const { files, reasons } = await plan({ Dockerfile, ...key, 'other/x': '' }, found)
        assert.ok(files['Dockerfile'] !== undefined, `${after}${reasons}`)
        assert.doesNotMatch(files['Dockerfile'], /COPY deploy_key/)
      }
    })

    it('a line that goes with another secret makes no folder for it', async () => {
      const found = report([
        { kind: 'file', path: 'app/conf/deploy_key' },
        { kind: 'file', path: 'app/conf/.env' },
      ])
      const Dockerfile = 'FROM a\nWORKDIR /app\nCOPY deploy_key conf/\nCOPY .env conf/\nRUN ls conf\n'
      const { files, left } = await plan({ Dockerfile, ...key, '.env': 'A=made up\n' }, found)
      assert.equal(files['Dockerfile'], undefined)
      assert.equal(left.length, 2)
    })

    it('a line that names a file which is ignored by now is told', async () => {
      const result = await plan(
        { Dockerfile: 'FROM a\nCOPY deploy_key /root/.ssh/id_rsa\n', '.dockerignore': '/deploy_key\n', ...key },
        both,
      )
      assert.match(
        result.reasons,
        /COPY in line 2 copies deploy_key, which \.dockerignore keeps out of the build by now: the build stops there/,
      )
    })
  })

  it('a variable whose name says nothing moves once the report says what it is', async () => {
    const { files } = await plan(
      { Dockerfile: 'FROM a\nARG SOME_ARG=t0p-made-up\nRUN x $SOME_ARG\n' },
      report([{ kind: 'build-arg', key: 'SOME_ARG' }]),
    )
    assert.match(
      files['Dockerfile'] ?? '',
      /RUN --mount=type=secret,id=some_arg,mode=0444,required=true export SOME_ARG="\$\(cat \/run\/secrets\/some_arg\)"; x/,
    )
  })

  describe('tags that moved', () => {
    const finding = [{ kind: 'env', key: 'API_TOKEN' }]
    const files = { Dockerfile: 'FROM a\nENV API_TOKEN=t0p-made-up\n' }
    const of = (image: string) => report(finding, image)
    const named = (id: string, diffIds: readonly string[], tags: readonly string[] = []): NamedImage => ({
      name: 'shop/app',
      id,
      tags,
      diffIds,
    })

    it('an image is known by its ID, whatever the report calls it; its tags are those to delete', async () => {
      const tags = ['shop/app:latest', 'shop/app:old']
      const { plan: made } = await plan(files, of('shop/app:old'), [named(ID, [], tags)])
      assert.deepEqual(made.afterwards?.at(-1)?.commands[0], 'docker image rm shop/app:before shop/app:old')
    })

    it('and by its layers, where the engine calls it by its manifest', async () => {
      const result = await plan(files, of('shop/app@sha256:1234'), [named('sha256:9999', [LAYER])])
      assert.match(result.plan.notes.join(), /shop\/app@sha256:1234 holds them in its configuration \(API_TOKEN\)/)
    })

    it('a name that stands for another image by now is said', async () => {
      const { plan: made } = await plan(files, of('shop/app'), [named('sha256:9999', ['sha256:8888'])])
      assert.match(made.notes.join(), /shop\/app is another image by now than the one that the report is about/)
    })

    it('an image of no service, under no name, is refused', async () => {
      await assert.rejects(
        plan(files, of('shop/app:gone'), [named('sha256:9999', ['sha256:8888'])]),
        /No service of this project runs shop\/app:gone/,
      )
    })
  })

  it('what lies in an archive is told with the archive and the line that brings it', async () => {
    const { reasons, left } = await plan(
      { Dockerfile: 'FROM a\nCOPY backup.zip /srv/\n', 'backup.zip': 'PK' },
      report([
        { kind: 'file', path: 'srv/backup.zip', inside: ['deploy/.env'], key: 'A' },
        { kind: 'file', path: 'srv/backup.zip', inside: ['old.tar', 'id_rsa'] },
        { kind: 'file', path: 'made/by/run.jar', inside: ['app.properties'] },
      ]),
    )
    assert.equal(left.length, 3)
    assert.match(
      reasons,
      /in the archive \/srv\/backup\.zip, in deploy\/\.env, which COPY in line 2 brings as backup\.zip/,
    )
    assert.match(reasons, /in old\.tar!id_rsa, which COPY in line 2/)
    assert.match(reasons, /in the archive \/made\/by\/run\.jar, in app\.properties/)
  })

  it('a Compose file or Dockerfile that came along is no file to mount: what leaves it leaves the image', async () => {
    const files = { Dockerfile: 'FROM a\nARG NPM_TOKEN=t0p-made-up\nRUN x $NPM_TOKEN\nCOPY . /x/\n# t0p\n' }
    const at = (line: number) => report([{ kind: 'file', path: 'x/Dockerfile', line }])
    const moved = await plan(files, at(2))
    assert.equal(moved.reasons, '')
    assert.equal(moved.moves.length, 1)
    const noted = await plan({ ...files, Dockerfile: `${files.Dockerfile}# t0p-made-up\n` }, at(6))
    assert.match(noted.reasons, /COPY in line 4 copies Dockerfile, which holds it in line 6/)
    for (const line of [5, 17])
      assert.match(
        (await plan(files, at(line))).reasons,
        new RegExp(
          `which held it in line ${line} when the image was built, and holds no secret .* \\| Rebuild the image`,
        ),
      )
  })

  it('what a migration has moved since is to be built and scanned again', async () => {
    const reading = '$(cat /run/secrets/key)'
    const files = {
      'compose.yaml': `services:
  app:
    build: .
    image: shop/app
    secrets:
      - {source: token_json, target: /app/token.json}
      - key
secrets:
  token_json: {file: ./secrets/token_json}
  key: {file: ./secrets/key}
`,
      Dockerfile: `FROM a\nRUN --mount=type=secret,id=key curl -u ci:"${reading}" https://e\nCMD exec serve --key "${reading}"\n`,
    }
    const run = 'RUN /bin/sh -c curl -u ci:**** https://e # buildkit'
    const { reasons, moves } = await plan(
      files,
      report([
        { kind: 'cmd' },
        { kind: 'history', layer: { index: 1, createdBy: run } },
        { kind: 'file', path: 'app/token.json' },
      ]),
    )
    assert.equal(moves.length, 0)
    const [cmd, history, file] = reasons.split('\n')
    assert.match(cmd ?? '', /CMD in line 3 of the Dockerfile reads \/run\/secrets\/key by now: .* \| Rebuild the image/)
    assert.match(history ?? '', /RUN in line 2 of the Dockerfile reads \/run\/secrets\/key by now: /)
    assert.match(file ?? '', /\/app\/token\.json is the secret token_json of app by now: .* \| Rebuild the image/)
    const other = files.Dockerfile.replace('--key', '--password Quiet-Harbour-31 --key')
    assert.match(
      (await plan({ ...files, Dockerfile: other }, report([{ kind: 'cmd' }]), [], [], new Map(), ['Quiet-Harbour-31']))
        .reasons,
      /CMD in line 3 of the Dockerfile holds it/,
    )
  })

  it('what is one finding in a report is mended at each of its places', async () => {
    const found = JSON.parse(report([{ kind: 'file', path: 'x/conf.json' }]))
    found.findings[0].related = [
      { role: 'same-value', location: { target: 0, kind: 'build-arg', key: 'SOME_ARG' } },
      { role: 'instruction', location: { target: 0, kind: 'history', key: 'SOME_ARG' } },
    ]
    const result = await plan(
      {
        Dockerfile: 'FROM a\nARG SOME_ARG=t0p-made-up\nRUN x $SOME_ARG\nCOPY . /x/\n',
        'conf.json': '{"k":"t0p-made-up"}',
      },
      JSON.stringify(found),
    )
    assert.deepEqual(result.moves.map(({ strategy }) => strategy.by).sort(), ['build', 'mount'])
    assert.equal(result.reasons, '')
  })

  it('reports that are of no use say so', async () => {
    await assert.rejects(readReport(join(folder, 'none.json')), /cannot be read: there is no such file/)
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['{', /is no JSON/],
      ['{"a": 1}', /is no report of secretscan/],
      ['{"schemaVersion": 2, "targets": [], "findings": []}', /schema version 2; this program reads version 1/],
      ['{"schemaVersion": 1, "targets": [{"kind": "dir"}], "findings": []}', /a report of no image/],
    ]
    for (const [text, message] of wrong)
      assert.throws(
        () => parseReport('r.json', text),
        (error: unknown) => error instanceof UsageError && message.test(error.message),
      )
    await assert.rejects(
      plan({ Dockerfile: 'FROM a\n' }, report([], 'other/image:1')),
      /No service of this project runs other\/image:1/,
    )
  })
})
