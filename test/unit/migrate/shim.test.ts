// The text of an entrypoint shim, as Compose files hold it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { editCompose } from '../../../src/compose/edit.js'
import type { EditableFile } from '../../../src/compose/edit-file.js'
import { setWords } from '../../../src/compose/edit-words.js'
import { loadProject } from '../../../src/compose/load.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { DETECTION } from '../../../src/migrate/run.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { forCompose, shimEntrypoint, shimScript } from '../../../src/migrate/shim.js'
import { scanStrings } from '../../../src/scan/scan-strings.js'
import { openSession } from '../../../src/scan/session.js'
import { gathered, SHELL } from './in-memory.js'

describe('a shim beside a service that reads the file itself', () => {
  it('gives its program the value, not the name of the file that the entry of both has by then', async () => {
    const value = ['made', 'up-key-18'].join('-')
    const image = (name: string) => `    image: ${name}\n    env_file: app.env\n`
    const text = `services:\n  server:\n${image('ghcr.io/goauthentik/server:2024.2')}  other:\n${image('shop/backup')}`
    const base = await gathered(text, () => SHELL, { 'app.env': `AUTHENTIK_SECRET_KEY=${value}\n` })
    const { staged, left } = await makeSafePlan(base, base.load)
    assert.deepEqual(left, [])
    const after = await loadProject({ ...base.load, overlay: new Map([...(base.load.overlay ?? []), ...staged]) })
    const { server = {}, other = {} } = after.model['services'] as Readonly<Record<string, Record<string, unknown>>>
    assert.equal(server['entrypoint'], undefined)
    const shared = { AUTHENTIK_SECRET_KEY: 'file:///run/secrets/authentik_secret_key' }
    assert.deepEqual([server['environment'], other['environment']], [shared, shared])
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-shim-'))
    try {
      writeFileSync(join(folder, 'authentik_secret_key'), value)
      const words = (other['entrypoint'] as readonly string[]).slice(0, 4)
      const [shell = '', ...own] = words.map((word) => word.replaceAll('/run/secrets', folder))
      const program = [process.execPath, '-p', 'process.env.AUTHENTIK_SECRET_KEY']
      const env = { ...process.env, ...shared }
      assert.equal(execFileSync(shell, [...own, ...program], { encoding: 'utf8', env }), `${value}\n`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the text of a shim', () => {
  it('is no finding of the next scan, whatever its variables are called', async () => {
    const variables = [
      'POSTGRES_PASSWORD',
      'DB_PASSWORD',
      'JWT_SECRET',
      'API_TOKEN',
      'STRIPE_API_KEY',
      'DATABASE_URL',
    ].flatMap((variable) => [
      { variable, secret: variable.toLowerCase() },
      { variable: `${variable}_2`, secret: `${variable.toLowerCase()}_2`, overrides: true },
    ])
    const dotted = ['spring.datasource.password', 'Jwt:Secret', 'app.api-token'].map((variable) => ({
      variable,
      secret: variable.replace(':', '_'),
    }))
    const newlines = new Set(['db_password', 'jwt_secret', 'jwt_secret_2', 'app.api-token'])
    const script = shimScript([...variables, ...dotted], newlines, { handedOn: ['spring.redis.password', 'a.token'] })
    const words = shimEntrypoint(script, ['serve']).map(forCompose)
    const before = 'services:\n  web:\n    image: x\n'
    const set = (file: EditableFile) => setWords(file, ['services', 'web'], 'entrypoint', words)
    const text = Buffer.from(editCompose('compose.yaml', Buffer.from(before), [set])).toString()
    const inBrackets = `services:\n  web:\n    entrypoint: ${JSON.stringify(words)}\n`
    const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    const session = await openSession({ ...DETECTION, rules }, 1)
    const place = { kind: 'file', path: 'compose.yaml' } as const
    const pieces = [
      text,
      inBrackets,
      `services:\n  web:\n    entrypoint: [sh, -c, "export API_TOKEN=Qm7-Lx2vKd93Tz"]\n`,
    ].map((each) => ({ place, text: Buffer.from(each) }))
    try {
      const found = await Promise.all(pieces.map((piece) => scanStrings([piece], session.pool)))
      assert.deepEqual(
        found.map(({ findings }) => findings.filter(({ allowed }) => allowed === undefined).length),
        [0, 0, 1],
      )
    } finally {
      await session.close()
    }
  })
})
