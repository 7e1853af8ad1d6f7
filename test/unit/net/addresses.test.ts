import assert from 'node:assert/strict'
import { guardedLookup, type Reach, reachOf, within } from '../../../src/net/addresses.js'

describe('net/addresses', () => {
  const cases: readonly [string, Reach][] = [
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['[::1]', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['2002:7f00:1::', 'loopback'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['::', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['registry.example.com', 'forbidden'],
  ]
  for (const [address, reach] of cases) {
    it(`N01: ${address} is ${reach}`, () => assert.equal(reachOf(address), reach))
  }

  it('a public registry may not send us inside, a private one not to this machine', () => {
    assert.equal(within('private', 'public'), false)
    assert.equal(within('loopback', 'private'), false)
    assert.equal(within('public', 'private'), true)
    assert.equal(within('forbidden', 'loopback'), false)
  })

  it('N01: a name that resolves to this machine is refused where only public addresses may be asked', async () => {
    const lookup = (most: Reach) =>
      new Promise<unknown>((resolve) =>
        guardedLookup(most)('localhost', { all: true }, (error, found) => resolve(error ?? found)),
      )
    assert.match(String(await lookup('public')), /may not be asked/)
    assert.ok(Array.isArray(await lookup('loopback')))
  })
})
