import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tlsMaterial } from '../../../src/net/tls.js'

describe('net/tls', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-certs-'))
    mkdirSync(join(folder, 'reg.example:5000'))
    for (const [name, text] of Object.entries({
      'ca.crt': 'authority',
      'client.cert': 'certificate',
      'client.key': 'key',
    })) {
      writeFileSync(join(folder, 'reg.example:5000', name), text)
    }
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it("takes authorities and the client's certificate from the folder of exactly this host", () => {
    const { ca, cert, key } = tlsMaterial('reg.example:5000', undefined, [folder])
    assert.equal(ca?.at(-1), 'authority')
    assert.ok((ca?.length ?? 0) > 50, "Node's own roots stay trusted")
    assert.deepEqual([cert, key], ['certificate', 'key'])
    assert.deepEqual(tlsMaterial('reg.example', undefined, [folder]), {})
  })

  it('a host that could name another folder names none', () => {
    assert.deepEqual(tlsMaterial('../reg.example:5000', undefined, [join(folder, 'x')]), {})
    assert.deepEqual(tlsMaterial('.', undefined, [folder]), {})
  })

  it('a file of --registry-ca that cannot be read is wrong usage', () => {
    assert.throws(() => tlsMaterial('reg.example', join(folder, 'nowhere.pem'), []), /nowhere\.pem/)
  })
})
