// Commands that a person runs next: whole, however narrow the terminal is.
import assert from 'node:assert/strict'
import { labelled } from '../../../src/commands/shared/migrate-words.js'

describe('commands behind a label', () => {
  const before = Object.getOwnPropertyDescriptors(process.stdout)
  const terminal = (columns: number) =>
    Object.defineProperties(process.stdout, {
      isTTY: { value: true, configurable: true },
      columns: { value: columns, configurable: true },
    })
  afterEach(() => {
    for (const name of ['isTTY', 'columns'] as const) {
      delete (process.stdout as unknown as Record<string, unknown>)[name]
      const own = before[name]
      if (own !== undefined) Object.defineProperty(process.stdout, name, own)
    }
  })

  const command = `docker compose up -d ${Array.from({ length: 12 }, (_, index) => `service${index}`).join(' ')}`

  it('are not broken where they are wider than the terminal; the remark stands below them', () => {
    terminal(60)
    assert.deepEqual(labelled('  Redeploy:  ', [command], 'where they run: containers that were made before'), [
      `  Redeploy:  ${command}`,
      '             (where they run: containers that were made',
      '              before)',
    ])
  })

  it('have the remark beside them where there is room', () => {
    terminal(80)
    assert.deepEqual(labelled('  Undo:  ', ['secretscan x'], 'once'), ['  Undo:  secretscan x   (once)'])
  })

  it('stand below each other, with what is said of them behind the last', () => {
    assert.deepEqual(labelled('  Redeploy:  ', ['one', 'two'], 'once'), [
      '  Redeploy:  one',
      '             two   (once)',
    ])
    assert.deepEqual(labelled('  Redeploy:  ', [], 'once'), [])
  })
})
