// What a person meets who does not know the command line yet: help, typing mistakes, arguments that mean something else.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandResult, runCommand } from '../fixtures/run-command.js'

describe('somebody new to the command line', function () {
  this.timeout(60_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-newcomer-'))
    writeFileSync(join(folder, 'mk.py'), 'print(1)\n')
    mkdirSync(join(folder, 'layout'))
    writeFileSync(join(folder, 'layout', 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    mkdirSync(join(folder, 'folder'))
    // A command mistyped, though there is a folder of that name.
    mkdirSync(join(folder, 'imag'))
    for (const name of ['web', 'app.tar', 'prod.compose.yaml']) writeFileSync(join(folder, name), '')
  })
  after(() => rmSync(folder, { recursive: true }))

  /** An engine that nobody runs, and no registry: what is asked for is found nowhere. */
  const nowhere = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
  const run = (...args: string[]): Promise<CommandResult> => runCommand(args, { cwd: folder, env: nowhere })

  for (const line of ['-h', 'help image', 'image help', 'image -h', 'rules help', 'rules list -h']) {
    it(`gets help from: secretscan ${line}`, async () => {
      const { code, stdout } = await run(...line.split(' '))
      assert.equal(code, 0)
      assert.match(stdout, /^USAGE$/m)
    })
  }

  const refused: readonly [line: string, hint: RegExp][] = [
    ['image x.tar --formt json', /Did you mean "--format"\?/],
    ['image mk.py', /There is a file mk\.py here: write archive:mk\.py/],
    ['image layout', /The folder layout is an OCI layout: write oci:layout\./],
    ['image ./layout', /write oci:\.\/layout\./],
    ['image https://registry.example.com/app:1', /Leave "https:\/\/" out/],
    ['image x.tar --baseline none.json', /baseline none\.json cannot be read: there is no such file/],
    ['rules show github', /Some that hold it: [a-z-]*github/],
    ['compose other.yaml', /"secretscan compose" takes no argument "other\.yaml"[\s\S]*secretscan compose -f FILE/],
    ['doctor now', /"secretscan doctor" takes no argument "now"/],
    ['migrate aply', /Did you mean "secretscan migrate apply"\?/],
    ['app.tar', /There is no command "app\.tar"[\s\S]*Did you mean "secretscan image app\.tar"\?/],
    ['not-there.tar.gz', /"secretscan image not-there\.tar\.gz"/],
    ['nginx:latest', /"secretscan image nginx:latest"/],
    ['registry.example.com/team/app --json', /secretscan image registry\.example\.com\/team\/app\\"/],
    ['mk.py', /"secretscan dir mk\.py"/],
    ['prod.compose.yaml', /"secretscan compose -f prod\.compose\.yaml"/],
    ['layout', /"secretscan image oci:layout"/],
    ['.', /"secretscan dir \."/],
    ['./folder', /"secretscan dir \.\/folder"/],
    ['folder', /"secretscan dir folder"/],
    ['folder app.tar', /"secretscan dir folder"/],
    ['completion zsh', /Did you mean "secretscan autocomplete zsh"\?/],
    ['imag', /Did you mean "secretscan image"\?/],
    ['nonsense', /Run "secretscan --help"/],
    ['n'.repeat(5000), /Run "secretscan --help"/],
    ['./nonsense', /Run "secretscan --help"/],
    ['migrate apply --resume', /--resume takes the ID of the run[\s\S]*secretscan migrate status lists the runs/],
    ['help nonsense', /There is no command "nonsense"/],
    ['image x.tar --json --format sarif', /--json and --format sarif contradict each other/],
  ]
  for (const [line, hint] of refused) {
    it(`is told what to write instead of: secretscan ${line.slice(0, 60)}`, async () => {
      const { code, stdout, stderr } = await run(...line.split(' '))
      assert.equal(code, 2)
      assert.match(`${stdout}${stderr}`, hint)
    })
  }

  const password = ['Blue', 'Heron', '42'].join('-')
  const echoed: readonly [args: readonly string[], shown: RegExp][] = [
    [['image', `https://bob:${password}@reg.example/x`], /"https:\/\/\*\*\*\*@reg\.example\/x" is an address/],
    [['image', `bob:${password}@reg.example/x`], /"\*\*\*\*@reg\.example\/x" is not an image reference/],
    [['compose', '-f', `https://bob:${password}@host/c.yaml`], /https:\/\*\*\*\*@host\/c\.yaml: there is no such file/],
    [['compose', `https://bob:${password}@host/c.yaml`], /takes no argument "https:\/\/\*\*\*\*@host\/c\.yaml"/],
    [['compose', `--passwrod=${password}`], /There is no flag --passwrod here/],
    [['compose', `-q${password}`, `-y${password}`], /There is no flag -[a-zA-Z] here/],
    [['dir', `https://bob:${password}@host/x`], /https:\/\/\*\*\*\*@host\/x/],
    [['dir', '.', `--fail-on=https://bob:${password}@host`], /not https:\/\/\*\*\*\*@host/],
    [[`https://bob:${password}@host/x`], /There is no command "https:\/\/\*\*\*\*@host\/x"/],
  ]
  for (const [args, shown] of echoed) {
    for (const format of ['table', 'json', 'sarif'])
      it(`reads no password again: ${args.join(' ').replaceAll(password, '…')} as ${format}`, async () => {
        const { stdout, stderr } = await run(...args, '--format', format)
        const text = `${stdout}${stderr}`
        assert.equal(text.includes(password), false)
        assert.match(text.replaceAll('\\"', '"'), shown)
      })
  }

  it('is told that docker: needs a tag behind the name', async () => {
    const { code, stdout } = await run('image', 'docker:nosuch', '--offline')
    assert.equal(code, 4)
    assert.match(stdout, /docker:NAME needs a tag: docker:nosuch:latest/)
    assert.match(stdout, /^Nothing was scanned: 1 target failed$/m)
  })

  it('is told of a file that is called as the image, which is looked for all the same', async () => {
    const { code, stdout } = await run('image', 'web', '--offline')
    assert.equal(code, 4)
    assert.match(stdout, /There is a file web here: write archive:web if it is an image's archive\./)
  })

  it('reads sentences, what happened and what to do on lines of their own', async () => {
    const { stdout } = await run('image', 'nosuch:1', '--offline')
    const [, happened = '', hint = ''] = stdout.split('\n')
    assert.match(
      happened,
      /^ {2}The Docker Engine cannot be reached: .*\. [Rr]egistry-1\.docker\.io .*\. \[UNREACHABLE\]$/,
    )
    assert.match(hint, /^ {2}[A-Z].*\.$/)
  })
})
