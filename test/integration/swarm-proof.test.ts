// A short-lived service that sees what Swarm holds: equal and other values told apart, odd bytes read exactly, and the reason where none can run.
import assert from 'node:assert/strict'
import { openSwarmStore } from '../../src/migrate/stores/swarm.js'
import { openSwarm, type Swarm } from '../../src/migrate/swarm/engine.js'
import { openOneShot } from '../../src/migrate/swarm/one-shot.js'
import { Secret } from '../../src/support/secret.js'
import { type Engine, startEngine } from './engine-process.js'
import { run, systemProgram } from './programs.js'
import { buildBusybox, SHELL, startSwarm } from './swarm-project.js'

const secret = (text: string | Uint8Array) => Secret.of(Buffer.from(text))

describe('proof by a service of the Swarm', function () {
  this.timeout(300_000)
  let engine: Engine
  let swarm: Swarm
  let outside: NodeJS.ProcessEnv
  const docker = (...parameters: string[]) =>
    run(systemProgram('docker'), parameters, { env: engine.env }).toString('utf8')

  before(async () => {
    engine = await startEngine('20.10 overlay2')
    startSwarm(engine)
    buildBusybox(engine, 'has/shell', `${SHELL}USER 1001\n`)
    buildBusybox(engine, 'has/none', '')
    outside = { ...process.env }
    Object.assign(process.env, engine.env)
    swarm = await openSwarm()
  })
  after(async () => {
    for (const name of Object.keys(engine?.env ?? {})) delete process.env[name]
    Object.assign(process.env, outside)
    await engine?.stop()
  })

  const left = () => docker('service', 'ls', '-q').trim()

  it('tells what is there from anything else, and reads odd bytes exactly', async () => {
    const values = ['Summer24', 'a\n', '\u0000\u00ff\u0001', ' $x "q" \\ ', 'x'.repeat(100_000)].map((text) =>
      Buffer.from(text, text.includes('\u00ff') ? 'latin1' : 'utf8'),
    )
    const ids = await Promise.all(
      values.map((value, index) => swarm.create({ Name: `odd${index}`, Data: value.toString('base64') }, 'odd')),
    )
    const service = await openOneShot(swarm, ids, ['not/here', 'has/none', 'has/shell'])
    assert.ok(!('missing' in service), 'missing' in service ? service.missing : '')
    for (const [index, value] of values.entries()) {
      const id = ids[index] ?? ''
      assert.equal(await service.holds(id, secret(value)), true)
      assert.equal(await service.holds(id, secret(Buffer.concat([value, Buffer.from('x')]))), false)
      assert.ok(value.equals((await service.read(id)).reveal()))
    }
    await service.close()
    assert.equal(left(), '')
  })

  it('the store proves what it wrote, and refuses another value under the right label', async () => {
    const hasher = { hmac: () => 'the same for all' }
    const images = async () => ['has/shell']
    const store = await openSwarmStore({ prefix: 'proof_', hasher, images })
    const stored = await store.put('pw', secret('Summer24'), { ifVersion: 0, migration: 'test' })
    assert.equal(await store.verify(stored, secret('Summer24')), 'proven-by-service')
    await assert.rejects(store.verify(stored, secret('Winter25')), /does not hold/)
    await store.close()
    assert.equal(left(), '')
  })

  it('what a killed process left goes before its secret is removed, and when the run goes on', async () => {
    const hasher = { hmac: () => 'the same for all' }
    const store = await openSwarmStore({ prefix: 'left_', hasher, images: async () => ['has/shell'] })
    const put = (name: string) => store.put(name, secret('Summer24'), { ifVersion: 0, migration: 'test' })
    const [one, two] = [await put('one'), await put('two')]
    for (const { id } of [one, two]) assert.ok(!('missing' in (await openOneShot(swarm, [id], ['has/shell']))))
    await store.tidy?.('one')
    assert.equal(left().split('\n').length, 1, 'the other is not of that secret')
    await store.remove(two)
    assert.equal(left(), '')
    await store.remove(one)
    await store.close()
  })

  it('without an image that can look, and on a node that takes no tasks, the label alone counts, and the reason is told', async () => {
    const hasher = { hmac: () => 'the same for all' }
    const verify = async (image: string, name: string) => {
      const store = await openSwarmStore({ prefix: '', hasher, images: async () => [image] })
      const stored = await store.put(name, secret('Summer24'), { ifVersion: 0, migration: 'test' })
      const said = await store.verify(stored, secret('Summer24'))
      await store.close()
      return typeof said === 'string' ? said : said.reason
    }
    assert.match(await verify('not/here', 'one'), /No image of the project is on this node/)
    assert.match(await verify('has/none', 'two'), /can start a shell/)
    docker('node', 'update', '--availability', 'drain', swarm.nodeId)
    assert.match(await verify('has/shell', 'three'), /takes no tasks \(it is drain\)/)
    docker('node', 'update', '--availability', 'active', swarm.nodeId)
    assert.equal(left(), '')
  })
})
