// Where secrets of one command are written: to memory, or not at all.
import assert from 'node:assert/strict'
import { memoryFolder } from '../../../src/migrate/exec-files.js'
import { StoreError } from '../../../src/support/errors.js'

describe('the folder of `exec --files`', () => {
  it('is the first that is memory', () => {
    assert.equal(memoryFolder({ XDG_RUNTIME_DIR: '/dev/shm' }), '/dev/shm')
    assert.equal(memoryFolder({ XDG_RUNTIME_DIR: '/usr' }), '/dev/shm', 'a disk is passed over')
  })

  it('is refused where there is none, naming what was looked at', () => {
    assert.throws(
      () => memoryFolder({ XDG_RUNTIME_DIR: '/usr' }, ['/no-such-place']),
      (error) =>
        error instanceof StoreError &&
        /no folder in memory/.test(error.message) &&
        /\/usr, \/no-such-place.*XDG_RUNTIME_DIR/.test(error.hint ?? ''),
    )
  })
})
