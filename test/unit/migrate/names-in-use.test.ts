// Names that a new secret must not have: something else would stand in its place.
import assert from 'node:assert/strict'
import { namesIn } from '../../../src/migrate/names-in-use.js'
import { gathered } from './in-memory.js'

describe('migrate: names in use', () => {
  it('are those of secrets, and what services find below /run/secrets by another name', async () => {
    const { project } = await gathered(`services:
  app:
    image: shop/app
    secrets: [one, { source: two, target: app_token }, { source: two, target: /run/secrets/whole }, { source: two, target: /etc/pw }]
    configs: [{ source: c, target: /run/secrets/configured }, { source: c, target: /etc/c }]
    volumes: ["./pw:/run/secrets/mounted:ro", "./data:/run/secrets/a/folder", "./data:/data"]
secrets: { one: { file: ./1 }, two: { file: ./2 } }
configs: { c: { file: ./c } }
`)
    assert.deepEqual([...namesIn([project])].sort(), ['app_token', 'configured', 'mounted', 'one', 'two', 'whole'])
  })
})
