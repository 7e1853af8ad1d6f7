import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { packageRoot } from '../../../src/support/package-root.js'
import { Secret } from '../../../src/support/secret.js'

describe('support/secret', () => {
  it('O08: is overwritten when it is no longer needed, and the caller keeps no second copy of it', () => {
    const bytes = Buffer.from('made-up')
    const secret = Secret.of(bytes)
    bytes.fill(0x78)
    assert.equal(Buffer.from(secret.reveal()).toString(), 'made-up', 'a copy of its own')
    secret.wipe()
    assert.deepEqual([...secret.reveal()], [0, 0, 0, 0, 0, 0, 0])
  })

  it('O08: asks Node for no report on a fatal error, and says how to do without core dumps', () => {
    assert.notEqual(process.report?.reportOnFatalError, true)
    assert.ok(!readFileSync(join(packageRoot(), 'bin', 'run.js'), 'utf8').includes('report-on-fatalerror'))
    assert.match(readFileSync(join(packageRoot(), 'docs', 'security.md'), 'utf8'), /ulimit -c 0/)
  })

  it('shows its value to nobody who prints it', () => {
    const secret = Secret.of(Buffer.from('made-up'))
    for (const text of [String(secret), JSON.stringify({ secret }), inspect({ secret }), `${secret}`])
      assert.ok(!text.includes('made-up'), text)
  })
})
