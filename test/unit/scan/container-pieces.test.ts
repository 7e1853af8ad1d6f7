// What of a container's start is scanned, and as what.
import assert from 'node:assert/strict'
import type { ImageConfig } from '../../../src/image/types.js'
import { runPieces } from '../../../src/scan/container-pieces.js'

const none = { entrypoint: [], cmd: [], healthcheck: [], onbuild: [], shell: [], volumes: [], history: [] }
const CONFIG: ImageConfig = { ...none, env: [], labels: {} }

describe('scan/container-pieces', () => {
  it('takes where a mount comes from for no value of the name that it has inside', () => {
    const settings = { 'mount /run/secrets/jwt_secret': '/srv/shop/secrets/jwt_secret', o: 'username=ci' }
    const pieces = runPieces({ config: CONFIG, settings }).map(({ place, text }) => [
      'key' in place ? place.key : '',
      Buffer.from(text).toString('utf8'),
    ])
    assert.deepEqual(pieces, [
      ['o', 'o=username=ci'],
      ['mount /run/secrets/jwt_secret', '/srv/shop/secrets/jwt_secret'],
    ])
  })
})
