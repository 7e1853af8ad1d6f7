import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SecretscanError } from '../../../src/support/errors.js'
import { buildArchive, type ImageSpec, type Layout } from '../../fixtures/image-builder.js'
import { contents, tryArchive } from './read-source.js'

const app: ImageSpec = {
  tags: ['app:1'],
  env: ['A=1'],
  layers: [{ files: { a: 'first' } }, { files: { b: 'second'.repeat(500) } }, { delete: ['a'] }],
  attestations: [{ predicateType: 'https://slsa.dev/provenance/v1' }],
}
const layout = fc.constantFrom<Layout>('docker-legacy', 'docker-legacy-symlinks', 'oci', 'hybrid', 'crane')
const outer = fc.constantFrom('none' as const, 'gzip' as const)
const order = fc.constantFrom('name' as const, 'manifest-first' as const, 'reverse' as const)

describe('laws of reading archives', () => {
  it('a cut archive is never taken for a whole one', async () => {
    await fc.assert(
      fc.asyncProperty(
        layout,
        outer,
        order,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (form, packed, sorted, at) => {
          const whole = await buildArchive({ layout: form, images: [app], outer: packed, order: sorted })
          const cut = await tryArchive(whole.subarray(0, Math.floor(at * whole.length)))
          const admits =
            cut.error instanceof SecretscanError || cut.end.coverage.some(({ effect }) => effect !== 'note')
          if (!admits) assert.deepEqual(await contents(cut), await contents(await tryArchive(whole)))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('changed bytes end in a report or in an error with a sentence and a hint', async () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.integer({ min: 0, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(
        layout,
        order,
        fc.array(change, { minLength: 1, maxLength: 8 }),
        async (form, sorted, changes) => {
          const bytes = Buffer.from(await buildArchive({ layout: form, images: [app], order: sorted }))
          for (const { at, byte } of changes) bytes[Math.floor(at * (bytes.length - 1))] = byte
          const { error } = await tryArchive(bytes)
          if (error !== undefined) assert.ok(error instanceof SecretscanError && Boolean(error.hint), String(error))
        },
      ),
      { numRuns: 150 },
    )
  })
})
