import assert from 'node:assert/strict'
import { getHeapStatistics } from 'node:v8'
import { garbageCollector } from '../../../src/support/collect-garbage.js'

const MB = 1024 * 1024
const used = (): number => getHeapStatistics().used_heap_size

/** Objects of some 60 MB, old enough to be in no young generation. */
function grown(): object[] {
  return Array.from({ length: 600_000 }, (_, number) => ({ number, name: `object ${number}`, more: [number] }))
}

describe('garbageCollector', () => {
  it('frees what is no longer in use, once the heap has grown by more than it may', () => {
    const collect = garbageCollector(16 * MB)
    const before = used()
    let objects: object[] | undefined = grown()
    const full = used()
    assert.ok(full > before + 32 * MB, 'the objects are there')
    assert.equal(objects.length, 600_000)
    objects = undefined
    collect()
    assert.ok(used() < full - 32 * MB, `${used()} of ${full} bytes are left`)
  })

  it('lets a heap alone that has not grown by that', () => {
    const collect = garbageCollector(1024 * MB)
    const objects: object[] | undefined = grown()
    const full = used()
    assert.equal(objects.length, 600_000)
    collect()
    assert.ok(used() > full - 8 * MB)
  })
})
