import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtHere } from '../../../src/commands/shared/built-here.js'
import { finding, target } from '../report/sample-report.js'

const BUILDS = 'name: shop\nservices:\n  app:\n    build: .\n    image: shop/app\n  job:\n    build: .\n'
const NAMES = 'services:\n  blog:\n    image: wordpress:6\n    environment:\n      WORDPRESS_DB_PASSWORD: made-up\n'

describe('commands: an image that the project here builds', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-built-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const [what, compose, input, reference, expected] of [
    ['by its name', BUILDS, 'shop/app:latest', 'shop/app:latest', true],
    ['by a name without a tag', BUILDS, 'docker:shop/app', 'shop/app', true],
    ['by the name that Compose gives it', BUILDS, 'shop-job', 'shop-job:latest', true],
    ['by the name that its archive says', BUILDS, 'app.tar', 'shop/app:latest', true],
    ['not another image', BUILDS, 'app.tar', 'leaky:1', false],
    ['not another tag', BUILDS, 'shop/app:2', 'shop/app:2', false],
    ['not one that it only runs', NAMES, 'wordpress:6', 'wordpress:6', false],
    ['not where nothing is built', NAMES, 'app.tar', 'leaky:1', false],
    ['not where the project cannot be read', 'services: [', 'shop/app', 'shop/app', false],
  ] as const)
    it(what, async () => {
      const file = join(folder, 'compose.yaml')
      writeFileSync(file, compose)
      const image = target({ input, reference, findings: [finding()] })
      const built = await builtHere([image], { files: [file], envFiles: [], profiles: [] })
      assert.equal(built.has(image), expected)
    })

  it('none where there is no project', async () => {
    const image = target({ input: 'shop/app', reference: 'shop/app', findings: [finding()] })
    const given = { files: [join(folder, 'missing.yaml')], envFiles: [], profiles: [] }
    assert.equal((await builtHere([image], given)).size, 0)
  })
})
