import assert from 'node:assert/strict'
import { keptOriginals } from '../../../src/commands/shared/kept-originals.js'

type Targets = Parameters<typeof keptOriginals>[0]

const at = (...paths: readonly string[]) => within('dir', ...paths)
const within = (kind: string, ...paths: readonly string[]) =>
  [{ kind, findings: paths.map((path) => ({ place: { kind: 'file', path }, related: [] })) }] as unknown as Targets

describe('commands/shared/kept-originals', () => {
  it('says how many findings lie in what a migration keeps, and how they go', () => {
    const kept = '.secretscan/migrations/2026-01-01-a1b2'
    const [note] = keptOriginals(at(`${kept}/originals/3`, `shop/${kept}/staged/4`, 'compose.yaml'))
    assert.equal(note?.code, 'MIGRATION_ORIGINALS')
    assert.match(note?.detail ?? '', /^2 findings have a copy .*migrate clean/)
  })

  it('counts a value of another file whose copy lies there', () => {
    const path = '.secretscan/migrations/2026-01-01-a1b2/originals/3'
    const findings = [{ place: { kind: 'file', path: 'a.env' }, related: [{ place: { kind: 'file', path } }] }]
    const [note] = keptOriginals([{ kind: 'dir', findings }] as unknown as Targets)
    assert.match(note?.detail ?? '', /^1 finding has a copy/)
  })

  it('says of an image how they stay out of it: nothing cleans them there', () => {
    const kept = '.secretscan/migrations/2026-01-01-a1b2'
    const [note, ...others] = keptOriginals(within('image', `app/${kept}/originals/3`))
    assert.match(note?.detail ?? '', /^1 finding has a copy .*\.dockerignore/)
    assert.doesNotMatch(note?.detail ?? '', /migrate clean/)
    assert.deepEqual(others, [])
    const both = keptOriginals([...at(`${kept}/originals/3`), ...within('image', `app/${kept}/originals/3`)])
    assert.equal(both.length, 2)
  })

  it('says nothing of other files, in that folder or named alike', () => {
    assert.deepEqual(
      keptOriginals(at('.secretscan/secrets.yaml', '.secretscan/migrations/x/plan.json', 'originals/3')),
      [],
    )
  })
})
