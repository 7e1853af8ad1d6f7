// The text of an entrypoint shim, as Compose files hold it.
import assert from 'node:assert/strict'
import { editCompose } from '../../../src/compose/edit.js'
import type { EditableFile } from '../../../src/compose/edit-file.js'
import { setWords } from '../../../src/compose/edit-words.js'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { DETECTION } from '../../../src/migrate/run.js'
import { forCompose, shimEntrypoint, shimScript } from '../../../src/migrate/shim.js'
import { scanStrings } from '../../../src/scan/scan-strings.js'
import { openSession } from '../../../src/scan/session.js'

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
      { variable: `${variable}_2`, secret: `${variable.toLowerCase()}_2`, inImage: true },
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
