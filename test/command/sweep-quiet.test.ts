// What `secretscan sweep run --quiet` says all the same.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../fixtures/run-command.js'
import { json, startServer } from '../fixtures/scripted-server.js'

describe('secretscan sweep run --quiet', function () {
  this.timeout(120_000)

  it('says why a registry could not be read, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'secretscan-sweep-'))
    const registry = await startServer((_, response) =>
      json(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' }),
    )
    const { host } = registry
    try {
      writeFileSync(
        join(folder, 'sweep.yaml'),
        `store: ./store\nregistries:\n  - host: ${host}\n    insecure: true\n    repositories: ["**"]\n`,
      )
      const { code, stdout, stderr } = await runCommand(['sweep', 'run', '--quiet'], { cwd: folder })
      assert.equal(code, 4)
      assert.equal(stdout, '')
      assert.match(stderr, new RegExp(`^${host} could not be read: ${host} asks for a login.*\\n {2}.*login.*\\n$`))
    } finally {
      await registry.close()
      rmSync(folder, { recursive: true })
    }
  })
})
