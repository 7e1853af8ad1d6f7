// secretscan container, on the built program and an engine of which the test writes every answer.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { type Report, reportIn } from '../fixtures/report.js'
import { runCommand } from '../fixtures/run-command.js'
import { type EngineScript, type ScriptedEngine, startScriptedEngine } from '../fixtures/scripted-engine.js'
import { entry } from '../fixtures/tar-builder.js'

/** Made up, one for each seed. */
const key = (seed: string): string => ['sk', '_live_', `${seed}9fQe7Kd2LmXw4RtZ8vBnC3hYjP`.slice(0, 24)].join('')

const OF_IMAGE = `STRIPE_KEY=${key('Im')}`

describe('secretscan container', function () {
  this.timeout(60_000)
  let engine: ScriptedEngine | undefined

  afterEach(() => engine?.stop())

  const scan = async (script: EngineScript, ...args: readonly string[]) => {
    engine = await startScriptedEngine(script)
    const { code, stdout } = await runCommand(['container', ...args, '--format', 'json'], {
      cwd: tmpdir(),
      env: engine.env,
    })
    return { code, report: reportIn(stdout), stdout }
  }
  const placed = (report: Report): string[] =>
    report.findings.map(({ origin, location: { kind, path, key } }) => `${origin} ${kind} ${path ?? key ?? ''}`).sort()

  it('tells what was set at the start from what the image has, in every part of the settings', async () => {
    const { code, report } = await scan(
      {
        images: {
          'sha256:i': { Config: { Env: [OF_IMAGE], Labels: { token: key('Lb') }, Cmd: ['serve', key('Cm')] } },
        },
        containers: [
          {
            id: 'c1',
            name: 'web',
            image: 'sha256:i',
            config: {
              Env: [`PAYMENTS=${key('En')}`, OF_IMAGE],
              Labels: { token: key('Lb'), other: key('Lo') },
              Cmd: ['serve', key('Cm'), key('Cx')],
              Healthcheck: { Test: ['CMD-SHELL', `curl -u ${key('He')}: https://example.org`] },
            },
            host: { LogConfig: { Type: 'splunk', Config: { 'splunk-token': key('Lg') } } },
          },
        ],
      },
      'web',
    )
    assert.equal(code, 1)
    assert.deepEqual(placed(report), [
      'container annotation splunk-token',
      'container cmd ',
      'container env PAYMENTS',
      'container healthcheck ',
      'container label other',
      'own cmd ',
      'own env STRIPE_KEY',
      'own label token',
    ])
    assert.deepEqual(
      report.targets.map(({ kind, reference }) => [kind, reference]),
      [['container', 'web']],
    )
  })

  it('reads changed files alone: no deleted one, no other file of a changed folder, nothing that is mounted', async () => {
    const files = {
      '/app/.env': `A=${key('Fa')}\n`,
      '/data/': '',
      '/data/old.env': `B=${key('Fb')}\n`,
      '/run/secrets/stripe': key('Fc'),
      '/srv/conf': `C=${key('Fd')}\n`,
    }
    const changed = ['/app', '/app/.env', '/data', '/run', '/run/secrets', '/run/secrets/stripe', '/srv/conf']
    const { report } = await scan(
      {
        containers: [
          {
            id: 'c1',
            name: 'web',
            files,
            changes: [...changed.map((Path) => ({ Path, Kind: 1 })), { Path: '/gone', Kind: 2 }],
            mounts: [{ Type: 'bind', Source: '/home/me/stripe', Destination: '/run/secrets/stripe' }],
          },
        ],
      },
      'web',
    )
    assert.deepEqual(placed(report), ['container file app/.env', 'container file srv/conf'])
    const archives = engine?.asked().filter((url) => url.includes('/archive'))
    assert.deepEqual(
      archives?.map((url) => new URL(url, 'http://x').searchParams.get('path')),
      ['/app/.env', '/data', '/srv/conf'],
    )
    assert.deepEqual(report.errors, [])
  })

  it('asks once for a folder that is new, by itself for what its archive lacks, and not for one that has a mount in it', async () => {
    const files = {
      '/new/': '',
      '/new/a.env': `A=${key('Na')}\n`,
      '/new/deep/b.env': `B=${key('Nb')}\n`,
      '/new/later.env': `C=${key('Nc')}\n`,
      '/old/a.env': `A=${key('Oa')}\n`,
      '/old/b.env': `B=${key('Ob')}\n`,
      '/held/a.env': `A=${key('Ha')}\n`,
      '/held/b.env': `B=${key('Hb')}\n`,
    }
    const added = ['/new', '/new/a.env', '/new/deep', '/new/deep/b.env', '/new/gone.env', '/held', '/held/a.env']
    const changes = [
      ...[...added, '/held/b.env', '/old/a.env', '/old/b.env'].map((Path) => ({ Path, Kind: 1 })),
      { Path: '/old', Kind: 0 },
    ]
    const mounts = [{ Type: 'volume', Name: 'v', Destination: '/held/volume' }]
    const { report } = await scan({ containers: [{ id: 'c1', name: 'web', files, changes, mounts }] }, 'web')
    assert.deepEqual(
      placed(report),
      ['held/a.env', 'held/b.env', 'new/a.env', 'new/deep/b.env', 'old/a.env', 'old/b.env'].map(
        (path) => `container file ${path}`,
      ),
    )
    const archives = engine?.asked().filter((url) => url.includes('/archive'))
    assert.deepEqual(
      archives?.map((url) => new URL(url, 'http://x').searchParams.get('path')),
      ['/held/a.env', '/held/b.env', '/new', '/new/gone.env', '/old/a.env', '/old/b.env'],
    )
    assert.deepEqual(
      report.skipped.map(({ code, path }) => [code, path]).filter(([code]) => code === 'FILE_VANISHED'),
      [['FILE_VANISHED', 'new/gone.env']],
    )
  })

  it('names the project and service of Compose and of Swarm, and makes them part of fingerprints', async () => {
    const compose = (service: string) => ({
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': service,
    })
    const swarm = { 'com.docker.stack.namespace': 'stack', 'com.docker.swarm.service.name': 'stack_api' }
    const one = (id: string, name: string, Labels: object) => ({
      id,
      name,
      config: { Env: ['DB_PASSWORD=Tr0ub4dor-and-3'], Labels },
      files: { '/app/.env': `A=${key('Fa')}\n` },
    })
    const { report } = await scan(
      {
        containers: [
          one('c1', 'shop-db-1', compose('db')),
          one('c2', 'shop-web-1', compose('web')),
          one('c3', 'stack_api.1.x', swarm),
        ],
      },
      '--all',
    )
    assert.deepEqual(
      report.targets.map(({ reference }) => reference),
      ['shop/db (shop-db-1)', 'shop/web (shop-web-1)', 'stack/api (stack_api.1.x)'],
    )
    const files = report.findings.filter(({ location }) => location.kind === 'file')
    assert.deepEqual(
      files.map(({ location }) => location.service),
      ['db', 'web', 'api'],
    )
    const variables = report.findings.filter(({ location }) => location.kind === 'env')
    assert.deepEqual(
      variables.map(({ location }) => location.service),
      ['db', 'web', 'api'],
    )
    assert.equal(new Set(report.findings.map(({ fingerprint }) => fingerprint)).size, report.findings.length)
  })

  it('shows no value that stands in names', async () => {
    const value = key('Nm')
    const { report, stdout } = await scan(
      {
        containers: [
          { id: 'c1', name: `web-${value}`, config: { Labels: { 'com.docker.compose.service': value, t: value } } },
        ],
      },
      'c1',
    )
    assert.equal(stdout.includes(value), false)
    assert.ok(report.findings.length > 0)
  })

  it('fails a target that is not there with the names that are near, and scans the others', async () => {
    const { code, report } = await scan(
      { containers: [{ id: 'c1', name: 'shop-db-1', config: { Env: [`A=${key('En')}`] } }] },
      'shop-bd-1',
      'shop-db-1',
      '../images/x',
    )
    assert.equal(code, 1)
    const failed = report.targets.map((target) => (target as { failed?: { code: string; message: string } }).failed)
    assert.deepEqual(
      failed.map((failure) => failure?.code),
      ['NOT_FOUND', undefined, 'NOT_FOUND'],
    )
    assert.match(failed[0]?.message ?? '', /shop-db-1/)
    assert.equal(
      engine?.asked().some((url) => url.includes('images/x')),
      false,
    )
  })

  const FILES = { '/a.env': `A=${key('Fa')}\n`, '/b.env': `B=${key('Fb')}\n` }

  it('keeps what it has found where the container is removed in the middle', async () => {
    let removed = false
    const { code, report } = await scan(
      {
        containers: [{ id: 'c1', name: 'web', files: FILES }],
        first: (path, query, response) => {
          if (path.endsWith('/archive') && query.get('path') === '/b.env') removed = true
          if (removed && path.startsWith('/containers/c1')) response.writeHead(404).end('{"message":"gone"}')
          return removed && path.startsWith('/containers/c1')
        },
      },
      'web',
    )
    assert.equal(code, 1)
    assert.deepEqual(placed(report), ['container file a.env'])
    const [target] = report.targets as readonly { failed?: { code: string; message: string } }[]
    assert.equal(target?.failed?.code, 'NOT_FOUND')
    assert.match(target?.failed?.message ?? '', /removed while/)
  })

  it('keeps what it has found where the engine goes away in the middle', async () => {
    const { report } = await scan(
      {
        containers: [{ id: 'c1', name: 'web', files: FILES }],
        first: (path, query, response) => {
          const ends = path.endsWith('/archive') && query.get('path') === '/b.env'
          if (ends) response.destroy()
          return ends
        },
      },
      'web',
    )
    assert.deepEqual(placed(report), ['container file a.env'])
    const [target] = report.targets as readonly { failed?: { code: string } }[]
    assert.equal(target?.failed?.code, 'UNREACHABLE')
  })

  for (const folder of ['', '/new']) {
    it(`keeps what it has found where the engine goes away in the middle of ${folder === '' ? 'a file' : 'a folder'}`, async () => {
      const paths = ['a.env', 'b.env', 'c.env'].map((name) => `${folder}/${name}`)
      const files = Object.fromEntries(paths.map((path, i) => [path, `A=${key(`F${i}`)}\n`]))
      const changes = [...(folder === '' ? [] : [folder]), ...paths].map((Path) => ({ Path, Kind: 1 }))
      let gone = false
      const { code, report } = await scan(
        {
          containers: [{ id: 'c1', name: 'web', files, changes }],
          first: (path, query, response) => {
            const asked = query.get('path')
            const isHalf = path.endsWith('/archive') && (asked === '/b.env' || asked === '/new')
            if (isHalf && !gone) {
              gone = true
              const [first = '', second = ''] = folder === '' ? ['b.env'] : ['new/a.env', 'new/b.env']
              const whole = entry({ name: first }, `A=${key('F0')}\n`)
              const half = entry({ name: second === '' ? first : second, size: 9000 }, `A=${key('F1')}\n`)
              response.write(Buffer.concat(second === '' ? [half] : [whole, half]), () => response.destroy())
            } else if (gone) response.destroy()
            return gone
          },
        },
        'web',
      )
      assert.equal(code, 1)
      assert.ok(placed(report).includes(`container file ${folder.slice(1)}${folder === '' ? '' : '/'}a.env`))
      const [target] = report.targets as readonly { failed?: { code: string } }[]
      assert.equal(target?.failed?.code, 'UNREACHABLE')
      assert.ok(report.errors.concat(report.skipped).some((issue) => issue.code === 'FILE_UNREADABLE'))
    })
  }

  it('notes a file that is gone, and counts a name as not seen that the engine cannot say', async () => {
    const { code, report } = await scan(
      {
        containers: [
          {
            id: 'c1',
            name: 'web',
            running: false,
            changes: [
              { Path: '/tmp/short', Kind: 1 },
              { Path: '/tmp/caf\ufffd', Kind: 1 },
            ],
          },
        ],
      },
      'web',
    )
    assert.equal(code, 3)
    assert.deepEqual([...report.errors, ...report.skipped].map((issue) => `${issue.effect} ${issue.code}`).sort(), [
      'note CONTAINER_IMAGE_GONE',
      'note CONTAINER_NOT_RUNNING',
      'note FILE_VANISHED',
      'skipped FILE_NAME_NOT_UTF8',
    ])
  })

  it('scans what services are told and the contents of configs, and asks for no secret', async () => {
    const spec = {
      Name: 'stack_api',
      Labels: { 'com.docker.stack.namespace': 'stack', hook: key('Sl') },
      TaskTemplate: {
        ContainerSpec: {
          Env: [`A=${key('Se')}`],
          Args: ['--key', key('Sa')],
          Labels: { hook: key('Sc') },
          Configs: [{ ConfigID: 'g1', ConfigName: 'app.env' }],
          Secrets: [{ SecretID: 's1', SecretName: 'db' }],
        },
      },
    }
    const config = (ID: string, Name: string, text: string) => ({
      ID,
      Spec: { Name, Data: Buffer.from(text).toString('base64') },
    })
    const { code, report } = await scan(
      {
        first: (path, _query, response) => {
          const answers: Readonly<Record<string, object>> = {
            '/services': [{ ID: 'v1', Spec: spec }],
            '/configs': [config('g1', 'app.env', `K=${key('Cu')}\n`), config('g2', 'old.env', `K=${key('Co')}\n`)],
          }
          if (answers[path] !== undefined) response.end(JSON.stringify(answers[path]))
          return answers[path] !== undefined
        },
      },
      '--services',
    )
    assert.equal(code, 1)
    assert.deepEqual(
      report.targets.map(({ reference }) => reference),
      ['stack/api (stack_api)', 'Swarm configs that no service uses'],
    )
    assert.deepEqual(placed(report), [
      'container cmd ',
      'container env A',
      'container file app.env',
      'container file old.env',
      'container label hook',
      'container label hook (container)',
    ])
    assert.equal(
      engine?.asked().some((url) => url.startsWith('/secrets')),
      false,
    )
  })

  it('finds what a health check printed, each text once', async () => {
    const output = (text: string) => ({ ExitCode: 1, Output: text })
    const log = [output(`login with ${key('Ho')} refused`), output(`login with ${key('Ho')} refused`), output('ok')]
    const { report } = await scan(
      {
        images: { 'sha256:i': { Config: {} } },
        containers: [{ id: 'c1', name: 'web', image: 'sha256:i', state: { Health: { Log: log } } }],
      },
      'web',
    )
    assert.deepEqual(placed(report), ['container annotation health check output 2'])
  })

  it('finds what only the previous specification of a service says', async () => {
    const spec = (Env: readonly string[], Args: readonly string[]) => ({
      Name: 'api',
      TaskTemplate: { ContainerSpec: { Env, Args } },
    })
    const { report } = await scan(
      {
        first: (path, _query, response) => {
          const services = [
            {
              ID: 'v1',
              Spec: spec([`A=${key('Ps')}`], []),
              PreviousSpec: spec([`A=${key('Ps')}`, `B=${key('Pe')}`], ['-k', key('Pa')]),
            },
          ]
          if (path === '/services') response.end(JSON.stringify(services))
          if (path === '/configs') response.end('[]')
          return path === '/services' || path === '/configs'
        },
      },
      '--services',
    )
    assert.deepEqual(placed(report), [
      'container annotation previous B',
      'container annotation previous arguments',
      'container env A',
    ])
  })

  it('leaves what Compose has copied to /run/secrets alone, and says so', async () => {
    const files = { '/run/secrets/token': key('Gv'), '/run/other': `A=${key('Ot')}\n` }
    const changes = ['/run', '/run/secrets', '/run/secrets/token', '/run/other'].map((Path) => ({ Path, Kind: 1 }))
    const { report } = await scan({ containers: [{ id: 'c1', name: 'web', files, changes }] }, 'web')
    assert.deepEqual(placed(report), ['container file run/other'])
    assert.ok(report.skipped.some(({ code, effect }) => code === 'GIVEN_SECRETS' && effect === 'note'))
    assert.equal(
      engine?.asked().some((url) => url.includes('secrets%2Ftoken')),
      false,
    )
  })

  it('scans a container once that is named twice, and says where none runs', async () => {
    const twice = await scan({ containers: [{ id: 'c1', name: 'web' }] }, 'web', 'web')
    assert.equal(twice.report.targets.length, 1)
    await engine?.stop()
    const none = await scan({ containers: [{ id: 'c1', name: 'web', running: false }] }, '--all')
    assert.equal(none.code, 0)
    assert.deepEqual(
      none.report.skipped.map(({ code }) => code),
      ['NOTHING_THERE'],
    )
  })

  it('says that Podman has no Swarm, too', async () => {
    const { code, report } = await scan({}, '--services')
    assert.equal(code, 4)
    const [target] = report.targets as readonly { failed?: { message: string } }[]
    assert.match(target?.failed?.message ?? '', /manages no Swarm/)
  })

  it('says what is wrong where the engine manages no Swarm', async () => {
    const { code, report } = await scan(
      {
        first: (path, _query, response) => {
          if (path === '/services') response.writeHead(503).end('{"message":"This node is not a swarm manager."}')
          return path === '/services'
        },
      },
      '--services',
    )
    assert.equal(code, 4)
    const [target] = report.targets as readonly { failed?: { code: string } }[]
    assert.equal(target?.failed?.code, 'NOT_FOUND')
  })

  it('is used wrongly without a name, and with a name beside --all', async () => {
    assert.equal((await runCommand(['container'])).code, 2)
    assert.equal((await runCommand(['container', 'web', '--all'])).code, 2)
    assert.equal((await runCommand(['container', 'web', '--source', 'registry'])).code, 2)
  })
})
