// What is masked, and told of, beside the values of services: what detection finds in the files, but no syntax of YAML.
import assert from 'node:assert/strict'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import { NO_BUILDS } from '../../../src/migrate/builds.js'
import { DETECTION } from '../../../src/migrate/run.js'
import { secretTexts } from '../../../src/migrate/secret-texts.js'
import { openSession } from '../../../src/scan/session.js'
import { gathered } from './in-memory.js'

describe('migrate: texts of files that detection finds', () => {
  it('hold a secret in a comment, and not the beginning of a declaration in one line', async () => {
    const rules = await loadRuleSet({ packs: [], defaults: true, only: [], skip: [] })
    const session = await openSession({ ...DETECTION, rules }, 1)
    const token = ['Xk29dk2L', 'q8vw3Zt7'].join('')
    const text = `secrets:\n  db_password: {file: ./secrets/db_password}\n  # api_token: ${token}\n`
    const { project } = await gathered(`services: {}\n${text}`)
    try {
      assert.deepEqual(await secretTexts(project, NO_BUILDS, session.pool), [token])
    } finally {
      await session.close()
    }
  })
})
