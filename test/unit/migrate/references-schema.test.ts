import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { addReferences, parseReferences } from '../../../src/migrate/references.js'
import { packageRoot } from '../../../src/support/package-root.js'

describe('the published schema of .secretscan/secrets.yaml', () => {
  const schema: unknown = JSON.parse(
    readFileSync(join(packageRoot(), 'docs', 'schemas', 'secrets.schema.json'), 'utf8'),
  )
  const validate = new Ajv2020({ strict: true }).compile(schema as object)
  const holds = (text: string): boolean => validate(parse(text)) === true

  it('holds for what a migration writes', () => {
    const first = addReferences('', [{ name: 'db_password', ref: 'vault://secret/shop/db#password', env: 'DB_PW' }])
    const second = addReferences(first, [{ name: 'api-key', ref: 'file://./secrets/api key', env: '_K2' }])
    assert.ok(holds(first) && holds(first + second))
  })

  const wrong: readonly (readonly [string, string])[] = [
    ['another version', 'version: 2\nsecrets: {}'],
    ['no secrets', 'version: 1'],
    ['a reference of no known kind', 'version: 1\nsecrets: { a: { ref: "https://x", env: A } }'],
    ['a value instead of a reference', 'version: 1\nsecrets: { a: { ref: "hunter2", env: A } }'],
    ['a variable that is none', 'version: 1\nsecrets: { a: { ref: "vault://s/a#k", env: "2A" } }'],
  ]
  for (const [name, text] of wrong)
    it(`refuses ${name}, as exec does`, () => {
      assert.equal(holds(text), false)
      assert.throws(() => parseReferences(text, 'secrets.yaml'))
    })
})
