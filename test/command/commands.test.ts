// What the commands print, on the built program.
import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { splitShellWords } from '../../src/compose/shell-words.js'
import { buildArchive, type LayerSpec } from '../fixtures/image-builder.js'
import { serveImage } from '../fixtures/image-server.js'
import { type Report, reportIn } from '../fixtures/report.js'
import { type CommandOptions, type CommandResult, runCommand } from '../fixtures/run-command.js'

const TOKEN = ['ghp_', 'Q1XXhLdCkfOMPwHJ0u', 'EZTiIp72hxGL3tkx9s'].join('')
const WEAK = ['Summer', '24!'].join('')

describe('the command line', function () {
  this.timeout(60_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-commands-'))
  })
  beforeEach(async () => {
    rmSync(folder, { recursive: true })
    folder = mkdtempSync(join(tmpdir(), 'secretscan-commands-'))
    const layers = [{ files: { 'app/.env': `GITHUB_TOKEN=${TOKEN}\n` }, createdBy: `RUN echo ${TOKEN}` }]
    writeFileSync(
      join(folder, 'leaky.tar'),
      await buildArchive({ layout: 'docker-legacy', images: [{ layers, env: [`DB_PASSWORD=${WEAK}`] }] }),
    )
  })
  after(() => rmSync(folder, { recursive: true }))

  const run = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand(args, { cwd: folder, ...options })
  const scan = async (...flags: string[]): Promise<Report> =>
    reportIn((await run(['image', 'leaky.tar', '--format', 'json', ...flags])).stdout)

  it('prints a report that holds to its schema, and nothing but it', async () => {
    const { stdout } = await run(['image', 'leaky.tar', '--json'])
    assert.deepEqual(
      [...new Set(reportIn(stdout).findings.map(({ ruleId }) => ruleId))].includes('github-personal-access-token'),
      true,
    )
  })

  it('shows no plain value in any format, log or cache (O04)', async () => {
    const cache = join(folder, 'cache')
    const env = { XDG_CACHE_HOME: cache }
    const outputs = await Promise.all(
      ['table', 'json', 'sarif'].map((format) => run(['image', 'leaky.tar', '--format', format, '--debug'], { env })),
    )
    const cached = readdirSync(cache, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    assert.ok(cached.length > 0)
    const texts = [
      ...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      ...cached.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')),
    ]
    for (const text of texts)
      for (const value of [TOKEN, TOKEN.slice(6, 30), WEAK, WEAK.slice(0, 7)]) assert.ok(!text.includes(value))
  })

  it('shows plain values with --show-secrets only, in files for their owner only', async () => {
    assert.ok((await scan('--show-secrets')).findings.some(({ secret }) => secret.value === TOKEN))
    await run(['image', 'leaky.tar', '--format', 'json', '--show-secrets', '--output', 'plain.json'])
    assert.equal(statSync(join(folder, 'plain.json')).mode & 0o777, 0o600)
  })

  it('writes several reports in one run, through a link too, and leaves nothing else behind', async () => {
    writeFileSync(join(folder, 'real.sarif'), 'old')
    symlinkSync('real.sarif', join(folder, 'link.sarif'))
    const { stdout } = await run([
      'image',
      'dir',
      'leaky.tar',
      '--report',
      'sarif=link.sarif',
      '--report',
      'table=report.txt',
      '--output',
      'report.json',
      '--format',
      'json',
    ])
    assert.equal(stdout, '')
    reportIn(readFileSync(join(folder, 'report.json'), 'utf8'))
    assert.match(readFileSync(join(folder, 'real.sarif'), 'utf8'), /"version": "2\.1\.0"/)
    assert.match(readFileSync(join(folder, 'report.txt'), 'utf8'), /● /)
    assert.deepEqual(readdirSync(folder).sort(), ['leaky.tar', 'link.sarif', 'real.sarif', 'report.json', 'report.txt'])
  })

  it('accepts what a baseline holds, and tells what the baseline no longer needs', async () => {
    const report = await run(['image', 'leaky.tar', '--format', 'json'])
    assert.equal(
      (await run(['baseline', 'create', '-', '--output', 'known.json'], { input: Buffer.from(report.stdout) })).code,
      0,
    )
    const accepted = await run(['image', 'leaky.tar', '--format', 'json', '--baseline', 'known.json'])
    assert.equal(accepted.code, 0)
    assert.equal(reportIn(accepted.stdout).suppressed.baseline, reportIn(report.stdout).findings.length)
    assert.equal(
      (await run(['baseline', 'create', '-', '--output', 'known.json'], { input: Buffer.from(report.stdout) })).code,
      2,
    )
    const only = await scan('--rule', 'github-personal-access-token', '--baseline', 'known.json')
    // What --rule leaves out is still there: the baseline's entry for it is not stale.
    assert.deepEqual(
      only.skipped.map(({ code }) => code),
      [],
    )
    writeFileSync(join(folder, 'fewer.json'), JSON.stringify(await scan('--rule', 'github-personal-access-token')))
    const updated = await run(['baseline', 'update', 'fewer.json', '--output', 'known.json', '--json'])
    // The token stands in a file and in the history, two fingerprints; the password's is dropped.
    assert.deepEqual(
      { ...(JSON.parse(updated.stdout) as object) },
      { schemaVersion: 1, file: 'known.json', fingerprints: 2, added: 0, dropped: 1 },
    )
  })

  it('says how to make a baseline that is not there, or to do without, wherever it is named', async () => {
    const named: readonly (readonly [
      without: RegExp,
      file: string,
      args: readonly string[],
      env: NodeJS.ProcessEnv,
    ])[] = [
      [/Scan without --baseline/, '', ['--baseline', 'not there.json'], {}],
      [/Scan without SECRETSCAN_BASELINE/, '', [], { SECRETSCAN_BASELINE: 'not there.json' }],
      [/Remove "baseline" from \S*own\.yaml\./, 'baseline: not there.json\n', ['--config', 'own.yaml'], {}],
    ]
    for (const [without, file, args, env] of named) {
      writeFileSync(join(folder, 'own.yaml'), file)
      const scanWith = (more: readonly string[]) => run(['image', 'leaky.tar', ...more], { env })
      const refused = await scanWith(args)
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, without)
      const [, report = '', create = ''] =
        /with (--report \S+), then: secretscan (.+)\.$/.exec(refused.stderr.trim().replace(/\s+/g, ' ')) ?? []
      assert.equal((await run(['image', 'leaky.tar', ...report.split(' ')])).code, 1)
      const words = splitShellWords(create) ?? []
      assert.equal((await run(words)).code, 0, create)
      assert.equal((await scanWith(args)).code, 0, 'as it was asked for at first')
      rmSync(join(folder, 'not there.json'))
    }
  })

  it('keeps a baseline as it was where a scan failed, and drops nothing of it where one saw a part only', async () => {
    const output = ['--output', 'kept.json']
    const piped = (args: string[], input: string) => run([...args, '-', ...output], { input: Buffer.from(input) })
    const whole = (await run(['image', 'leaky.tar', '--format', 'json'])).stdout
    assert.equal((await piped(['baseline', 'create'], whole)).code, 0)
    const before = readFileSync(join(folder, 'kept.json'), 'utf8')
    const failed = (await run(['image', 'nope.tar', '--json'])).stdout
    for (const command of [
      ['baseline', 'update'],
      ['baseline', 'create', '--force'],
    ]) {
      const { code, stderr } = await piped(command, failed)
      assert.equal(code, 2)
      assert.match(stderr, /nope\.tar/)
    }
    const parts = { findings: [], errors: [{ code: 'TRUNCATED_LAYER', effect: 'partial', message: 'it ends early' }] }
    const cut = await piped(['baseline', 'update'], JSON.stringify({ ...reportIn(whole), ...parts }))
    assert.equal(cut.code, 0, cut.stderr)
    assert.match(cut.stderr, /Warning: .*not scanned; no fingerprint was dropped/)
    assert.match(cut.stdout, /0 dropped/)
    assert.equal(readFileSync(join(folder, 'kept.json'), 'utf8'), before)
  })

  it('reads .secretscanignore and shows what it hides when asked to', async () => {
    writeFileSync(join(folder, '.secretscanignore'), 'app/.env # a test image\nrule:github-* # and its history\n')
    const hidden = await scan()
    const shown = await run(['image', 'leaky.tar', '--show-suppressed'])
    assert.equal(hidden.suppressed.ignoreFile, 1)
    assert.match(shown.stdout, /suppressed by ignore-file: and its history/)
  })

  it('counts what flags leave out', async () => {
    const everything = await scan('--min-confidence', 'low')
    const critical = await scan('--min-confidence', 'low', '--min-severity', 'critical')
    assert.ok(critical.findings.every(({ severity }) => severity === 'critical'))
    assert.equal(critical.filtered.severity, everything.findings.length - critical.findings.length)
    const metadata = await scan('--min-confidence', 'low', '--exposure', 'metadata')
    assert.equal(metadata.filtered.exposure, everything.findings.length - metadata.findings.length)
    const both = await scan('--min-confidence', 'low', '--exposure=metadata,final')
    const apart = await scan('--min-confidence', 'low', '--exposure', 'metadata', '--exposure', 'final')
    assert.ok(both.findings.length > metadata.findings.length)
    assert.equal(both.findings.length, apart.findings.length)
    assert.equal((await run(['image', 'leaky.tar', '--exposure=metadata,finl'])).code, 2)
  })

  it('shows of an archive how much there is to read, and has read all of it at the end', async () => {
    const { stderr } = await run(['image', 'leaky.tar', '--no-cache'])
    const [, read, total] = /(\S+ \S?B) of (\S+ \S?B) [^\n]*\n(?!.* of )/s.exec(stderr) ?? []
    assert.ok(total !== undefined, stderr)
    assert.equal(read, total)
  })

  it('warns of a variable that is close to a setting, on standard error alone', async () => {
    const { stdout, stderr } = await run(['image', 'leaky.tar', '--json'], { env: { SECRETSCAN_FAILON: 'never' } })
    assert.match(stderr, /SECRETSCAN_FAILON is no setting .* SECRETSCAN_FAIL_ON\?/)
    reportIn(stdout)
  })

  it('masks everywhere what only a rule knows that --rule or --skip-rule leaves out', async () => {
    const everything = await scan()
    for (const flags of [
      ['--skip-rule', 'github-personal-access-token'],
      ['--rule', 'aws-access-key'],
    ]) {
      const { stdout, stderr } = await run(['image', 'leaky.tar', '--format', 'json', ...flags])
      const report = reportIn(stdout)
      assert.equal(report.findings.length + (report.filtered['rule'] ?? 0), everything.findings.length)
      assert.ok((report.filtered['rule'] ?? 0) > 0)
      for (const value of [TOKEN, WEAK]) assert.ok(!`${stdout}${stderr}`.includes(value))
    }
  })

  it('takes settings from .secretscan.yaml and variables', async () => {
    writeFileSync(join(folder, '.secretscan.yaml'), 'format: json\nfail-on: never\n')
    const result = await run(['image', 'leaky.tar'])
    assert.equal(result.code, 0)
    reportIn(result.stdout)
    assert.equal((await run(['image', 'leaky.tar'], { env: { SECRETSCAN_FAIL_ON: 'low' } })).code, 1)
    const broken = await run(['image', 'none.tar', '--bogus'])
    assert.equal(broken.code, 2)
  })

  it('writes no escape codes to a pipe', async () => {
    const { stdout, stderr } = await run(['image', 'leaky.tar'], { env: { NO_COLOR: '', TERM: 'xterm-256color' } })
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'))
    const forced = await run(['image', 'leaky.tar', '--no-progress'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } })
    assert.ok(forced.stdout.includes('\u001b['))
  })

  it('says that a lone image is for another platform than was asked for, and scans it', async () => {
    const noted = async (platform: string) => {
      const report = reportIn(
        (await run(['image', 'leaky.tar', '--platform', platform, '--format', 'json', '--fail-on', 'never'])).stdout,
      )
      assert.ok(report.findings.length > 0)
      return report.skipped.map(({ code }) => code)
    }
    assert.deepEqual(await noted('linux/s390x'), ['PLATFORM_DIFFERS'])
    assert.deepEqual(await noted('linux/amd64'), [])
    assert.deepEqual(await noted('all'), [])
  })

  it('says that it waits for a registry, for how long and why', async () => {
    const server = await serveImage({ layers: [{ files: { 'app/.env': `GITHUB_TOKEN=${TOKEN}\n` } }] })
    const { answer } = server
    server.answer = (request, response) => {
      if (request.url.includes('/manifests/') && server.seen.length < 3)
        response.writeHead(429, { 'retry-after': '2' }).end()
      else answer(request, response)
    }
    try {
      const { code, stderr } = await run(['image', `registry:${server.host}/shop:1`, '--no-cache'])
      assert.equal(code, 1, stderr)
      assert.match(stderr, /shop:1: waits 2\.0 s: 127\.0\.0\.1:\d+ answers 429\n/)
      const quiet = await run(['image', `registry:${server.host}/shop:1`, '--no-cache', '--no-progress'])
      assert.equal(quiet.stderr, '')
    } finally {
      await server.close()
    }
  })

  describe('with another image to compare with', () => {
    const BASE_TOKEN = ['glpat-', 'hz84ZtwuGp', 'BKX8kEZtx7'].join('')
    const baseLayer = { files: { 'opt/base.env': `GITLAB_TOKEN=${BASE_TOKEN}\n` } }

    beforeEach(async () => {
      const write = async (name: string, layers: LayerSpec[]) =>
        writeFileSync(join(folder, name), await buildArchive({ layout: 'docker-legacy', images: [{ layers }] }))
      await write('base.tar', [baseLayer])
      await write('child.tar', [baseLayer, { files: { 'app/.env': `GITHUB_TOKEN=${TOKEN}\n` } }])
    })
    const scanChild = async (...flags: string[]) =>
      reportIn((await run(['image', 'child.tar', '--format', 'json', ...flags])).stdout)
    const origins = (report: Report) =>
      Object.fromEntries(report.findings.map(({ ruleId, origin }) => [ruleId.split('-')[0], origin]))

    it('marks what the base image brought, and leaves it out where only own findings count', async () => {
      assert.deepEqual(origins(await scanChild()), { gitlab: 'unknown', github: 'unknown' })
      assert.deepEqual(origins(await scanChild('--base-image', 'base.tar')), { gitlab: 'base', github: 'own' })
      const own = await scanChild('--base-image', 'base.tar', '--origin', 'own')
      assert.deepEqual(origins(own), { github: 'own' })
      assert.equal(own.filtered.origin, 1)
    })

    it('leaves out what the image of --since holds too', async () => {
      const newer = await scanChild('--since', 'base.tar')
      assert.deepEqual(
        newer.findings.map(({ ruleId }) => ruleId),
        ['github-personal-access-token'],
      )
      assert.equal(newer.filtered.since, 1)
      assert.equal((await run(['image', 'child.tar', '--since', 'child.tar'])).code, 0)
    })

    it('tells a weak password that was changed in its place from one that is as it was', async () => {
      const write = async (name: string, file: string, variable: string) => {
        const layers = [baseLayer, { files: { 'app/.env': `DB_PASSWORD=${file}\n` } }]
        const env = [`ADMIN_PASSWORD=${variable}`]
        writeFileSync(join(folder, name), await buildArchive({ layout: 'docker-legacy', images: [{ layers, env }] }))
      }
      await write('old.tar', 'Summer24now', 'Autumn24now')
      await write('file.tar', 'Winter25now', 'Autumn24now')
      await write('variable.tar', 'Summer24now', 'Spring25now')
      const beyond = async (name: string) =>
        reportIn((await run(['image', name, '--since', 'old.tar', '--format', 'json'])).stdout).findings.map(
          ({ location }) => location.path ?? location.key,
        )
      assert.deepEqual(await beyond('old.tar'), [])
      assert.deepEqual(await beyond('file.tar'), ['app/.env'])
      assert.deepEqual(await beyond('variable.tar'), ['ADMIN_PASSWORD'])
    })

    it('looks for the image of --since where it says that it is, whatever --source says of the others', async () => {
      const { code, stderr } = await run(['image', 'child.tar', '--source', 'archive', '--since', 'oci:none'])
      assert.equal(code, 4)
      assert.match(stderr, /The image of --since cannot be read\. .*none/)
    })

    it('fails where that image cannot be read (4), and where flags make no sense together (2)', async () => {
      for (const flag of ['--base-image', '--since'])
        assert.equal((await run(['image', 'child.tar', flag, 'none.tar'])).code, 4)
      for (const flags of [['--origin', 'own'], ['--dangling'], ['--all'], ['--skip-layers', '--skip-config']])
        assert.equal((await run(['image', 'child.tar', ...flags])).code, 2, flags.join(' '))
    })
  })

  it('lets a flag overrule a variable and a file, in both directions', async () => {
    writeFileSync(join(folder, '.secretscan.yaml'), 'quiet: true\n')
    assert.match((await run(['image', 'leaky.tar', '--no-quiet'])).stdout, /Next:/)
    assert.doesNotMatch((await run(['image', 'leaky.tar'])).stdout, /Next:/)
    const env = { SECRETSCAN_NO_COLOR: 'true', NO_COLOR: '' }
    assert.ok((await run(['image', 'leaky.tar', '--color'], { env })).stdout.includes('\u001b['))
  })

  it('is silent on standard error where it is quiet', async () => {
    assert.equal((await run(['image', 'leaky.tar', '--quiet'])).stderr, '')
  })

  it('scans folders: hidden files, nested archives, names of links, and inline comments that suppress', async () => {
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, '.hidden'), { recursive: true })
    writeFileSync(join(tree, '.hidden', '.env'), `GITHUB_TOKEN=${TOKEN}\n`)
    writeFileSync(
      join(tree, 'known.env'),
      `GITLAB_TOKEN=${['glpat-', 'hz84ZtwuGp', 'BKX8kEZtx7'].join('')} # secretscan:ignore\n`,
    )
    writeFileSync(
      join(tree, 'dump.gz'),
      gzipSync(`slack_token = '${['xoxb-', '158321411804-1903404388597-', 'pCp6bjbn9YDdW143iHmbz02O'].join('')}'\n`),
    )
    symlinkSync('/etc/shadow', join(tree, 'link'))
    const result = await run(['dir', 'tree', '--format', 'json'])
    const report = reportIn(result.stdout)
    assert.equal(result.code, 1)
    assert.deepEqual(report.findings.map(({ location }) => location.path).sort(), ['.hidden/.env', 'dump.gz'])
    assert.equal(report.suppressed.inline, 1)
    assert.equal((await run(['dir', 'tree/known.env'])).code, 0)
    assert.equal((await run(['dir', 'none'])).code, 4)
  })

  it('lists, shows and tests rules', async () => {
    const list = JSON.parse((await run(['rules', 'list', '--json'])).stdout) as { rules: { id: string }[] }
    assert.ok(list.rules.length > 100)
    assert.match(
      (await run(['rules', 'show', 'npm-access-token'])).stdout,
      /What to do\n {2}Revoke it at https:\/\/www\.npmjs\.com/,
    )
    const few = JSON.parse((await run(['rules', 'list', 'NPM', 'token', '--json'])).stdout) as {
      rules: { id: string }[]
    }
    assert.ok(few.rules.some(({ id }) => id === 'npm-access-token'))
    assert.ok(few.rules.length < 10)
    for (const flag of ['--rule', '--skip-rule']) {
      const { code, stderr } = await run(['dir', '.', flag, 'npm-acces-token'])
      assert.equal(code, 2)
      assert.match(stderr, /There is no rule "npm-acces-token"\.[\s\S]*Did you mean "npm-access-token"\?/)
    }
    const unknown = await run(['rules', 'show', 'npm-acces-token'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /Did you mean "npm-access-token"/)
  })

  const PACK = (example: string): string => `family: company
rules:
  - id: company-token
    title: Company token
    kind: format
    severity: high
    confidence: high
    keywords: [cmp_]
    pattern: '\\b(?<secret>cmp_[0-9a-z]{24})\\b'
    remediation: Tell the platform team.
    references: [https://docs.example.com/]
    examples:
      - 'token=«${example}»'
      - 'T: «cmp_{+}abcdefghijkl{+}mnopqrstuvwx»'
    counterexamples: ['cmp_short']
`
  it('imports a configuration of gitleaks into a file, and replaces none unless told to', async () => {
    writeFileSync(join(folder, 'own.toml'), '[[rules]]\nid = "acme"\nregex = "acme_([0-9]{8})"\n')
    const to = (file: string, ...flags: string[]) => run(['rules', 'import', 'own.toml', '--to', file, ...flags])
    const made = await to('company.yaml')
    assert.equal(made.code, 0, made.stderr)
    assert.match(made.stdout, /^company\.yaml: 1 rule\./)
    const pack = readFileSync(join(folder, 'company.yaml'), 'utf8')
    writeFileSync(join(folder, 'company.yaml'), '# changed by hand')
    const refused = await to('company.yaml')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /company\.yaml is there already[\s\S]*--force/)
    assert.equal(readFileSync(join(folder, 'company.yaml'), 'utf8'), '# changed by hand')
    assert.equal((await to('company.yaml', '--force')).code, 0)
    assert.equal(readFileSync(join(folder, 'company.yaml'), 'utf8'), pack)
    const nowhere = await to('no/such/folder.yaml')
    assert.equal(nowhere.code, 2)
    assert.match(nowhere.stderr, /no\/such\/folder\.yaml cannot be written \(no such folder\)/)
  })

  it('tests own rules: 0 where all examples hold, 1 where one fails', async () => {
    writeFileSync(join(folder, 'good.yaml'), PACK('cmp_{+}0123456789ab{+}cdefghijklmn'))
    writeFileSync(join(folder, 'bad.yaml'), PACK('cmp_{+}too_short'))
    const test = (pack: string) => run(['rules', 'test', '--no-default-rules', '--rules', pack])
    assert.equal((await test('good.yaml')).code, 0)
    const failed = await test('bad.yaml')
    assert.equal(failed.code, 1)
    assert.match(failed.stdout, /✖ bad\.yaml: company-token: example 1: /)
    assert.match(failed.stdout, /1 rule: ✖ 1 example fails\n$/)
  })

  it('empties the cache', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'cache') }
    await run(['image', 'leaky.tar'], { env })
    const entries = async (): Promise<number> =>
      (JSON.parse((await run(['cache', 'info', '--json'], { env })).stdout) as { entries: number }).entries
    assert.ok((await entries()) > 0)
    assert.equal((await run(['cache', 'clear'], { env })).code, 0)
    assert.equal(await entries(), 0)
  })

  it('answers --version the same on its fast path and through the framework', async () => {
    const fast = await run(['--version'])
    const slow = await run(['--version', '--json'])
    assert.match(fast.stdout, /^secretscan\/\d+\.\d+\.\d+ /)
    assert.equal(slow.stdout, fast.stdout)
  })

  it('has help with at least two examples for every command', async () => {
    for (const command of [
      'image',
      'dir',
      'rules list',
      'rules show',
      'rules test',
      'cache info',
      'cache clear',
      'baseline create',
      'baseline update',
    ]) {
      const { code, stdout } = await run([...command.split(' '), '--help'])
      assert.equal(code, 0)
      assert.ok((stdout.split('EXAMPLES')[1]?.match(/^ +\$ .*secretscan|\| secretscan/gm) ?? []).length >= 2, command)
    }
  })

  it('the help of rotate says how short a value that it makes up may be', async () => {
    const { stdout } = await run(['rotate', '--help'])
    assert.match(stdout.replace(/\s+/g, ' '), /Make up a value of this many letters and digits, 16 or more/)
  })

  it('the help of rollback leaves the flags of Vault to another command, and takes them', async () => {
    const { stdout } = await run(['migrate', 'rollback', '--help'])
    assert.match(stdout, /--keep-secrets/)
    assert.match(stdout, /--no-input/)
    assert.doesNotMatch(stdout, /--vault-token|--vault-role|VAULT FLAGS/)
    const { stderr } = await run(['migrate', 'rollback', '--vault-addr', 'https://vault.example', '--yes'])
    assert.doesNotMatch(stderr, /There is no flag/)
  })
})
