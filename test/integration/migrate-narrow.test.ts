// What `migrate status` and `migrate rollback` print at 80 columns: no word is broken, no line is longer.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/support/package-root.js'
import { openTerminal } from './terminal.js'

const NAMES = ['orders', 'customers', 'invoices', 'shipments', 'warehouse', 'newsletter']
const COMPOSE = `services:\n${NAMES.map(
  (name) =>
    `  ${name}:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${['Made', name, '7'].join('-')}\n`,
).join('')}`

describe('migrations at 80 columns', function () {
  this.timeout(240_000)

  it('status and rollback break their lines at spaces', async () => {
    const project = mkdtempSync(join(tmpdir(), 'secretscan-narrow-'))
    writeFileSync(join(project, 'compose.yaml'), COMPOSE)
    const terminal = openTerminal({ NO_COLOR: '1' }, project)
    const migrate = (words: string) =>
      terminal.type(`${process.execPath} ${join(packageRoot(), 'bin', 'run.js')} migrate ${words}`, 0)
    try {
      await migrate('apply --no-images --yes --quiet')
      for (const words of ['status', 'rollback --yes']) {
        const lines = (await migrate(words)).trimEnd().split('\n')
        // A line of exactly 80 columns would have been broken by the terminal, inside a word.
        assert.ok(lines.length > 3 && lines.every((line) => line.length < 80), lines.join('\n'))
        const shown = lines.flatMap((line) => line.split(/[ ,]+/))
        for (const name of NAMES.slice(1)) assert.ok(shown.includes(`${name}_postgres_password`), lines.join('\n'))
        const first = lines.findIndex((line) => /^ {2}(?:secrets|removed):/.test(line))
        assert.match(lines[first + 1] ?? '', words === 'status' ? /^ {11}\w/ : /^ {12}\w/)
      }
    } finally {
      terminal.close()
      rmSync(project, { recursive: true, force: true })
    }
  })
})
