import assert from 'node:assert/strict'
import { keptOriginals } from '../../../src/commands/shared/kept-originals.js'

const at = (...paths: readonly string[]) =>
  [{ findings: paths.map((path) => ({ place: { kind: 'file', path } })) }] as unknown as Parameters<
    typeof keptOriginals
  >[0]

describe('commands/shared/kept-originals', () => {
  it('says how many findings lie in what a migration keeps, and how they go', () => {
    const kept = '.secretscan/migrations/2026-01-01-a1b2'
    const [note] = keptOriginals(at(`${kept}/originals/3`, `shop/${kept}/staged/4`, 'compose.yaml'))
    assert.equal(note?.code, 'MIGRATION_ORIGINALS')
    assert.match(note?.detail ?? '', /^2 findings are .*migrate clean/)
  })

  it('says nothing of other files, in that folder or named alike', () => {
    assert.deepEqual(
      keptOriginals(at('.secretscan/secrets.yaml', '.secretscan/migrations/x/plan.json', 'originals/3')),
      [],
    )
  })
})
