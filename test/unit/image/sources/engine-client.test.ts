import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { EngineAddress } from '../../../../src/image/sources/docker-connection.js'
import { connectEngine, openAnswer } from '../../../../src/image/sources/engine-client.js'
import { engineAgent } from '../../../../src/image/sources/engine-transport.js'
import { UnauthorizedError, UnreachableError } from '../../../../src/support/errors.js'
import { setVariables } from '../../../fixtures/environment.js'
import { json, type ScriptedServer, startServer } from '../../../fixtures/scripted-server.js'

/** The user ID that stands for nobody in particular. */
const NOBODY = 65_534

describe('connecting to an engine', () => {
  let folder: string
  let server: ScriptedServer
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-connect-'))
    server = await startServer((_, response) => void response.end('OK'), join(folder, 'engine.sock'))
  })
  afterEach(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const socket = (path: string, engine: EngineAddress['engine'] = 'docker'): EngineAddress => ({
    engine,
    kind: 'socket',
    path,
  })

  it('takes the first that answers, and says which it was', async () => {
    const client = await connectEngine('docker', [socket(join(folder, 'none.sock')), socket(server.host)])
    assert.equal(client.name, `the Docker Engine at ${server.host}`)
    assert.equal(client.kind, 'docker')
  })

  it("knows Podman behind Docker's back, and speaks the version of the API that it has", async () => {
    const client = await connectEngine('docker', [socket(join(folder, 'none.sock')), socket(server.host, 'podman')])
    assert.equal(client.kind, 'podman')
    assert.equal(client.name, `Podman at ${server.host}`)
    assert.deepEqual(
      server.seen.map(({ url }) => url),
      ['/v1.41/_ping'],
    )
  })

  it('names everything that was tried, and why it failed', async () => {
    writeFileSync(join(folder, 'file'), '')
    const tried = [socket(join(folder, 'none.sock')), socket(join(folder, 'file'))]
    await assert.rejects(connectEngine('docker', tried), (error: unknown) => {
      assert.ok(error instanceof UnreachableError)
      assert.equal(error.message, 'No Docker Engine answers.')
      assert.ok(error.detail?.includes(`${folder}/none.sock (no such socket), ${folder}/file (nobody listens)`))
      return true
    })
  })

  it('passes over an engine that refuses to answer', async () => {
    const broken = await startServer((_, response) => void response.writeHead(500).end(), join(folder, 'broken.sock'))
    const client = await connectEngine('docker', [socket(broken.host), socket(server.host)])
    await broken.close()
    assert.equal(client.name, `the Docker Engine at ${server.host}`)
  })

  it('passes over a socket that this user may not open, and says so where no other answers', async () => {
    const forbidden = await startServer((_, response) => void response.end('OK'), join(folder, 'forbidden.sock'))
    chmodSync(folder, 0o755)
    chmodSync(forbidden.host, 0)
    chmodSync(server.host, 0o666)
    const isRoot = process.geteuid?.() === 0
    // Root may open everything.
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      const client = await connectEngine('docker', [socket(forbidden.host), socket(server.host)])
      assert.equal(client.name, `the Docker Engine at ${server.host}`)
      await assert.rejects(connectEngine('docker', [socket(forbidden.host)]), (error: unknown) => {
        assert.ok(error instanceof UnauthorizedError)
        assert.match(error.hint ?? '', /group "docker"/)
        return true
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
      await forbidden.close()
    }
  })

  it('is not misled by DOCKER_HOST once an address is chosen', async () => {
    const restore = setVariables({ DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CERT_PATH: join(folder, 'none') })
    try {
      await connectEngine('docker', [socket(server.host)])
      assert.equal(process.env['DOCKER_HOST'], 'tcp://127.0.0.1:1')
    } finally {
      restore()
    }
    assert.equal(server.seen.length, 1)
  })

  it('N10: fails, rather than wait for ever, where an engine goes away in the middle of an answer', async () => {
    const { docker } = await connectEngine('docker', [socket(server.host)])
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('[{"Id":', () => response.destroy())
    }
    await assert.rejects(docker.listImages(), { code: 'ECONNRESET' })
    await assert.rejects(docker.getContainer('a').inspect(), { code: 'ECONNRESET' })
  })

  it('gives values, empty answers and refusals as dockerode does', async () => {
    const { docker } = await connectEngine('docker', [socket(server.host)])
    server.answer = ({ method, body }, response) => {
      if (method === 'POST') json(response, 201, { ID: `got ${body}` })
      else if (method === 'DELETE') response.writeHead(204).end()
      else json(response, 404, { message: 'no such thing' })
    }
    const { id } = await docker.createConfig({ Name: 'a', Data: '' })
    assert.equal(id, 'got {"Name":"a","Data":""}')
    await docker.getSecret('a').remove()
    await assert.rejects(docker.getImage('a').inspect(), { statusCode: 404 })
  })

  it('N10: waits as long as it takes for an answer, but not for a connection', async () => {
    const limit = 50
    server.answer = (_, response) => void setTimeout(() => response.end('late'), limit * 6)
    const status = await new Promise((resolve, reject) => {
      const agent = engineAgent(socket(server.host), limit)
      request({ agent, path: '/' }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 200)

    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const address = { engine: 'docker', kind: 'tcp', host: '127.0.0.1', port, tls: { verify: true } } as const
    const failure = await new Promise((resolve) => {
      request({ agent: engineAgent(address, limit), path: '/' })
        .on('error', resolve)
        .end()
    })
    silent.close()
    assert.equal((failure as NodeJS.ErrnoException).code, 'ETIMEDOUT')
  })

  it("calls Podman by its name where it stands behind Docker's address", async () => {
    server.answer = (_, response) => void response.setHeader('Libpod-API-Version', '4.3.1').end('OK')
    const client = await connectEngine('docker', [socket(server.host)])
    assert.deepEqual([client.kind, client.name], ['podman', `Podman at ${server.host}`])
  })

  describe('through ssh', () => {
    const address = {
      engine: 'docker',
      kind: 'ssh',
      host: 'far.example',
      user: 'me',
      port: 2222,
      path: '/run/d.sock',
    } satisfies EngineAddress
    const JOIN = () =>
      `const s = require('net').connect(${JSON.stringify(server.host)}); process.stdin.pipe(s); s.pipe(process.stdout)`
    let path: string | undefined
    afterEach(() => {
      process.env['PATH'] = path
    })

    /** In place of ssh: notes its arguments, then does what the last lines of `script` say. */
    function fakeSsh(script: string): void {
      const note = `require('fs').writeFileSync(${JSON.stringify(join(folder, 'arguments'))}, JSON.stringify(process.argv.slice(2)))`
      const program = join(folder, 'fake.cjs')
      writeFileSync(program, `${note}\n${script}\n`)
      writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
      chmodSync(join(folder, 'ssh'), 0o755)
      path = process.env['PATH']
      process.env['PATH'] = `${folder}${delimiter}${path}`
    }

    it("reaches the engine by the user's own program", async () => {
      fakeSsh(JOIN())
      server.answer = (_, response) => void response.end(Buffer.alloc(3_000_000, 'x'))
      const client = await connectEngine('docker', [address])
      assert.equal(client.name, 'the Docker Engine at ssh://me@far.example:2222')
      let size = 0
      for await (const chunk of await openAnswer(client, { path: '/images/x/get' })) size += (chunk as Buffer).length
      assert.equal(size, 3_000_000)
      const given = JSON.parse(readFileSync(join(folder, 'arguments'), 'utf8')) as string[]
      assert.deepEqual(given.slice(0, 5), ['-l', 'me', '-p', '2222', '-T'])
      assert.deepEqual(given.slice(given.indexOf('--')), [
        ...['--', 'far.example', 'docker', '--host', 'unix:///run/d.sock', 'system', 'dial-stdio'],
      ])
    })

    it("asks Podman's program for Podman's socket", async () => {
      fakeSsh(JOIN())
      await connectEngine('podman', [{ ...address, engine: 'podman' }])
      const given = JSON.parse(readFileSync(join(folder, 'arguments'), 'utf8')) as string[]
      assert.deepEqual(given.slice(given.indexOf('far.example') + 1), [
        ...['podman', '--url', 'unix:///run/d.sock', 'system', 'dial-stdio'],
      ])
    })

    it('logs in once for many requests, of several clients too, and starts anew where the connection has ended', async () => {
      const logins = join(folder, 'logins')
      fakeSsh(`require('fs').appendFileSync(${JSON.stringify(logins)}, '.'); ${JOIN()}`)
      const often: EngineAddress = { ...address, host: 'often.example' }
      const ask = async () => {
        const client = await connectEngine('docker', [often])
        for await (const _ of await openAnswer(client, { path: '/info' }));
      }
      for (let i = 0; i < 3; i++) await ask()
      assert.equal(readFileSync(logins, 'utf8'), '.')
      const answer = await openAnswer(await connectEngine('docker', [often]), { path: '/info' })
      answer.destroy()
      await ask()
      assert.equal(readFileSync(logins, 'utf8'), '..')
    })

    it('repeats what ssh says when it fails, each line once, and says how to try it', async () => {
      const said = 'Permission denied, please try again.\\r\\n'
      fakeSsh(`process.stderr.write('${said}${said}Permission denied (publickey).\\r\\n'); process.exitCode = 255`)
      await assert.rejects(connectEngine('docker', [{ ...address, host: 'closed.example' }]), (error: unknown) => {
        assert.ok(error instanceof UnreachableError)
        assert.ok(
          error.message.includes(
            'ssh://me@closed.example:2222 (Permission denied, please try again.; Permission denied (publickey).)',
          ),
          error.message,
        )
        assert.match(error.hint ?? '', /ssh ssh:\/\/me@closed\.example:2222 docker version/)
        return true
      })
    })
  })
})
