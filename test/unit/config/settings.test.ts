import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { findProjectConfig } from '../../../src/config/file.js'
import { misspeltVariables } from '../../../src/config/misspelt.js'
import { type ResolveOptions, resolveSettings } from '../../../src/config/resolve.js'
import { configSchema } from '../../../src/config/schema.js'
import { variableOf } from '../../../src/config/setting.js'
import { type SettingName, settingRows } from '../../../src/config/settings.js'
import { parseBytes } from '../../../src/config/values.js'
import { UsageError } from '../../../src/support/errors.js'
import { packageRoot } from '../../../src/support/package-root.js'

describe('settings', () => {
  let folder: string
  let project: string
  let userHome: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-settings-'))
    project = join(folder, 'project')
    userHome = join(folder, 'xdg')
    mkdirSync(join(project, '.git'), { recursive: true })
    mkdirSync(join(project, 'deep', 'er'), { recursive: true })
    mkdirSync(join(userHome, 'secretscan'), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const resolve = (
    options: { flags?: [SettingName, unknown][]; env?: NodeJS.ProcessEnv; cwd?: string; configFile?: string } = {},
  ) => {
    const { flags = [], env = {}, cwd = project, configFile } = options
    const all: ResolveOptions = {
      flags: new Map(flags),
      env: { XDG_CONFIG_HOME: userHome, ...env },
      cwd,
      ...(configFile === undefined ? {} : { configFile }),
    }
    return resolveSettings(all)
  }
  const writeProject = (text: string): void => writeFileSync(join(project, '.secretscan.yaml'), text)
  const writeUser = (text: string): void => writeFileSync(join(userHome, 'secretscan', 'config.yaml'), text)

  it('takes a flag before a variable, that before the project file, that before the user file, that before the default', () => {
    const severity = (options: Parameters<typeof resolve>[0]) => resolve(options).settings['min-severity']
    assert.equal(severity({}), 'low')
    writeUser('min-severity: medium\n')
    assert.equal(severity({}), 'medium')
    writeProject('min-severity: high\n')
    assert.equal(severity({}), 'high')
    const env = { SECRETSCAN_MIN_SEVERITY: 'critical' }
    assert.equal(severity({ env }), 'critical')
    assert.equal(severity({ env, flags: [['min-severity', 'low']] }), 'low')
  })

  it('does without a user file where nothing can be looked for, as in a container with the home of another user', () => {
    const env = { XDG_CONFIG_HOME: join(folder, 'file') }
    writeFileSync(env.XDG_CONFIG_HOME, '')
    assert.equal(resolve({ env }).settings['min-severity'], 'low')
  })

  it('tells of variables that are close to a setting and are none, and of no others', () => {
    const told = misspeltVariables({
      SECRETSCAN_FAILON: 'high',
      SECRETSCAN_MIN_SEVERTY: 'high',
      SECRETSCAN_FAIL_ON: 'high',
      SECRETSCAN_VAULT_ROLE: 'ci',
      SECRETSCAN_CONFIG: 'x.yaml',
      SECRETSCAN_ZXQ: '1',
      OTHER_FAILON: '1',
    })
    assert.deepEqual(told, [
      'SECRETSCAN_FAILON is no setting and was not read; did you mean SECRETSCAN_FAIL_ON?',
      'SECRETSCAN_MIN_SEVERTY is no setting and was not read; did you mean SECRETSCAN_MIN_SEVERITY?',
    ])
  })

  it('tells where each value came from', () => {
    writeProject('quiet: true\n')
    const { origins } = resolve({ env: { SECRETSCAN_RULE: 'a,b' }, flags: [['offline', true]] })
    assert.deepEqual(
      ['quiet', 'rule', 'offline', 'format'].map((name) => origins.get(name as SettingName)),
      ['file', 'variable', 'flag', 'default'],
    )
  })

  it('lets every setting be set by its variable and by the file', () => {
    const sample: Record<string, string> = { boolean: 'true', text: 'x', list: 'x', count: '7', bytes: '3MB' }
    for (const [name, row] of settingRows) {
      const text = 'choices' in row ? (row.choices.at(-1) ?? '') : (sample[row.kind] ?? '')
      const byVariable = resolve({ env: { [variableOf(name)]: text } }).settings[name]
      const write = row.trusted ? writeUser : writeProject
      write(`${name}: ${text}\n`)
      const { settings, origins } = resolve()
      assert.equal(origins.get(name), 'file', name)
      if (!('path' in row)) assert.deepEqual(settings[name], byVariable, name)
      assert.notEqual(byVariable, undefined, name)
    }
  })

  it("lets no project's own file say where credentials go, but a file that is named and the user's", () => {
    writeProject('vault-addr: https://elsewhere.example.com\n')
    assert.throws(
      () => resolve(),
      (error) => error instanceof UsageError && /sets vault-addr.*credentials/.test(error.message),
    )
    const named = resolve({ configFile: join(project, '.secretscan.yaml') })
    assert.equal(named.settings['vault-addr'], 'https://elsewhere.example.com')
    assert.equal(
      resolve({ env: { VAULT_ADDR: 'https://own.example.com' } }).settings['vault-addr'],
      'https://own.example.com',
    )
    writeProject('vault-mount: kv\n')
    assert.equal(resolve().settings['vault-mount'], 'kv', 'where secrets lie is no matter of trust')
  })

  it("reads Vault's own variables after those of this program; OpenBao's hide them even where they are empty", () => {
    const address = (env: NodeJS.ProcessEnv) => resolve({ env }).settings['vault-addr']
    const VAULT_ADDR = 'https://vault.example.com'
    assert.equal(address({ VAULT_ADDR }), VAULT_ADDR)
    assert.equal(address({ VAULT_ADDR, BAO_ADDR: 'https://bao.example.com' }), 'https://bao.example.com')
    assert.equal(address({ VAULT_ADDR, BAO_ADDR: '' }), undefined)
    assert.equal(address({ VAULT_ADDR, SECRETSCAN_VAULT_ADDR: 'https://own.example.com' }), 'https://own.example.com')
    assert.throws(() => resolve({ env: { VAULT_SKIP_VERIFY: 'perhaps' } }), /VAULT_SKIP_VERIFY/)
  })

  it('finds the project file upwards to the folder that holds .git and no further', () => {
    writeFileSync(join(folder, '.secretscan.yaml'), 'quiet: true\n')
    assert.equal(findProjectConfig(join(project, 'deep', 'er')), undefined)
    writeProject('quiet: true\n')
    assert.equal(findProjectConfig(join(project, 'deep', 'er')), join(project, '.secretscan.yaml'))
  })

  it('looks only into the working directory where there is no checkout', () => {
    rmSync(join(project, '.git'), { recursive: true })
    writeProject('quiet: true\n')
    assert.equal(findProjectConfig(join(project, 'deep')), undefined)
    assert.equal(findProjectConfig(project), join(project, '.secretscan.yaml'))
  })

  it('reads paths in a file relative to that file', () => {
    writeProject('baseline: known.json\nrules: [rules/own.yaml]\n')
    const { settings } = resolve({ cwd: join(project, 'deep') })
    assert.equal(settings.baseline, join(project, 'known.json'))
    assert.deepEqual(settings.rules, [join(project, 'rules', 'own.yaml')])
  })

  const refused: [string, string, RegExp][] = [
    [
      'an unknown setting',
      'quiet: true\nminseverity: high\n',
      /\.secretscan\.yaml:2: there is no setting "minseverity"/,
    ],
    ['a wrong choice', 'fail-on: sometimes\n', /:1: fail-on: "sometimes" is not one of critical, high/],
    ['a text for a boolean', 'quiet: "yes"\n', /quiet: "yes" is not true or false/],
    ['a number below the least', 'concurrency: 0\n', /concurrency: "0" is not a whole number, 1 or more/],
    ['a list instead of a mapping', '- quiet\n', /must be a mapping/],
    ['broken YAML', 'quiet: [\n', /not valid YAML/],
    ['a mapping where a list belongs', 'rules: { a: b }\n', /rules: .* is not a text/],
  ]
  for (const [name, text, message] of refused) {
    it(`refuses ${name}, naming file and line`, () => {
      writeProject(text)
      assert.throws(
        () => resolve(),
        (error: unknown) => error instanceof UsageError && message.test(error.message),
      )
    })
  }

  it('suggests the setting that was meant', () => {
    writeProject('min-severty: high\n')
    assert.throws(
      () => resolve(),
      (error: unknown) => error instanceof UsageError && error.hint === 'Did you mean "min-severity"?',
    )
  })

  it('names the variable whose value is wrong', () => {
    assert.throws(
      () => resolve({ env: { SECRETSCAN_MAX_FILE_SIZE: 'huge' } }),
      /SECRETSCAN_MAX_FILE_SIZE: "huge" is not a size/,
    )
  })

  it('refuses a user file that everybody may write, and a --config file that is not there', () => {
    writeUser('quiet: true\n')
    chmodSync(join(userHome, 'secretscan', 'config.yaml'), 0o666)
    assert.throws(() => resolve(), /can be written by every user/)
    rmSync(join(userHome, 'secretscan', 'config.yaml'))
    assert.throws(() => resolve({ configFile: 'none.yaml' }), /none\.yaml cannot be read: there is no such file/)
  })

  it('reads sizes in units of 1024', () => {
    const table: [string, number | undefined][] = [
      ['512', 512],
      ['10MB', 10 * 1024 ** 2],
      ['1.5 GiB', 1.5 * 1024 ** 3],
      ['2k', 2048],
      ['', undefined],
      ['-1', undefined],
      ['5 parsecs', undefined],
    ]
    for (const [text, bytes] of table) assert.equal(parseBytes(text), bytes, text)
  })
})

describe('the published schema of .secretscan.yaml', () => {
  const published: unknown = JSON.parse(
    readFileSync(join(packageRoot(), 'docs', 'schemas', 'config.schema.json'), 'utf8'),
  )

  it('is what the table of settings gives (node scripts/make-schemas.js writes it)', () => {
    assert.deepEqual(published, JSON.parse(JSON.stringify(configSchema())))
  })

  it('accepts a good file and refuses an unknown key and a wrong value', () => {
    const validate = new Ajv2020({ strict: true }).compile(configSchema())
    assert.equal(
      validate({ 'fail-on': 'high', 'max-file-size': '10MB', 'skip-rule': ['a'], 'no-cache': true, concurrency: 2 }),
      true,
    )
    assert.equal(validate({ 'fail-onn': 'high' }), false)
    assert.equal(validate({ 'max-file-size': '10 parsecs' }), false)
  })
})
