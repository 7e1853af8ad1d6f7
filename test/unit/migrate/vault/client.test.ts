// What Vault may answer, or fail to answer, on a scripted server: each in a sentence that says what to do, what is sent again and what is
// not, and nothing of token or body in any error. The real server's side of it is test/integration/vault-errors.test.ts.
import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { inspect } from 'node:util'
import { checkVault } from '../../../../src/migrate/doctor/vault.js'
import { openVault, type VaultClient } from '../../../../src/migrate/vault/client.js'
import { locateKv } from '../../../../src/migrate/vault/mount.js'
import type { VaultSettings } from '../../../../src/migrate/vault/settings.js'
import type { SecretscanError } from '../../../../src/support/errors.js'
import { Secret } from '../../../../src/support/secret.js'
import { type Answer, json, type ScriptedServer, startServer } from '../../../fixtures/scripted-server.js'

const TOKEN = 's.made-up' + '-token'
const VALUE = 'made-up' + '-value'
const BODY = { data: { value: VALUE }, options: { cas: 0 } }

describe('the client of Vault', () => {
  let server: ScriptedServer
  let client: VaultClient
  let answer: Answer = (_, response) => json(response, 200, { data: {} })

  const settings = (more: Partial<VaultSettings> = {}): VaultSettings => ({
    address: server.origin,
    tls: { verify: true },
    timeout: 2000,
    ...more,
  })
  const open = (more: Partial<VaultSettings> = {}) =>
    openVault(settings(more), Secret.of(Buffer.from(TOKEN)), { firstDelay: 1 })

  before(async () => {
    server = await startServer((request, response) => answer(request, response))
  })
  beforeEach(() => {
    server.seen.length = 0
    client = open()
  })
  afterEach(() => client.close())
  after(() => server.close())

  /** What the user reads; fails where anything that was sent is in any part of the error. */
  async function failureOf(work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => assert.fail('it worked'),
      (thrown: SecretscanError) => thrown,
    )
    const whole = `${inspect(error, { depth: 20, showHidden: true })}${JSON.stringify(error)}${error.stack}`
    assert.ok(!whole.includes(TOKEN) && !whole.includes(VALUE), 'the error holds what was sent')
    assert.equal(error.exitCode, 4)
    return `${error.message} ${error.hint ?? ''}`
  }

  const always =
    (status: number, errors: readonly string[] = [], headers: Record<string, string> = {}): Answer =>
    (_, response) =>
      json(response, status, { errors: errors.map((text) => `${text} ${TOKEN} ${VALUE}`) }, headers)

  const STATUSES: readonly (readonly [number, readonly string[], RegExp, 'read again' | 'again' | 'once'])[] = [
    [400, ['check-and-set parameter did not match the current version'], /written by someone else.*plan again/, 'once'],
    [400, ['Client sent an HTTP request to an HTTPS server.'], /speaks TLS.*https:\/\//, 'once'],
    [400, ['unknown namespace'], /VAULT_NAMESPACE/, 'once'],
    [400, ['something else'], /cannot make sense.*--kv-version/, 'once'],
    [
      403,
      ['permission denied', 'of a token that Vault knows'],
      /path "secret\/data\/app\/db" \{ capabilities = \["(?:read|create)"\] \}/,
      'once',
    ],
    [403, ['permission denied'], /does not know this token.*expired or was revoked.*vault login/, 'once'],
    [405, ['unsupported operation'], /405.*--kv-version/, 'once'],
    [412, [], /not caught up.*active server/, 'again'],
    [413, [], /of that size/, 'once'],
    [429, ['request path "x": rate limit quota exceeded'], /limits requests.*quota/, 'again'],
    [472, [], /disaster recovery secondary.*active server/, 'again'],
    [473, [], /performance standby.*active server/, 'again'],
    [500, ['1 error occurred'], /failed on secret\/data\/app\/db \(500\).*log/, 'read again'],
    [501, [], /not initialised.*vault operator init/, 'once'],
    [502, ['bad gateway'], /stands before Vault.*load balancer/, 'read again'],
    [503, ['Vault is sealed'], /is sealed.*vault operator unseal/, 'once'],
    [503, ['Vault is sealed', 'and was never set up'], /not initialised.*vault operator init/, 'once'],
    [503, [], /not ready.*vault status/, 'read again'],
    [418, [], /answers 418.*address/, 'once'],
  ]
  for (const [status, errors, sentence, sent] of STATUSES) {
    it(`puts ${status} ${errors.join(', ')} into a sentence; asked ${sent}`, async () => {
      // What the answer itself leaves open is asked, at paths of its own.
      answer = (request, response) => {
        if (request.url === '/v1/sys/internal/ui/mounts' && errors.includes('of a token that Vault knows'))
          return json(response, 200, { data: {} })
        if (request.url === '/v1/sys/seal-status')
          return json(response, 200, { sealed: true, initialized: errors.length < 2 })
        return always(status, errors)(request, response)
      }
      const asked = () => server.seen.filter(({ url }) => url === '/v1/secret/data/app/db').length
      assert.match(await failureOf(client.read('secret/data/app/db')), sentence)
      assert.equal(asked(), sent === 'once' ? 1 : 4, 'reads')
      server.seen.length = 0
      assert.match(await failureOf(client.write('secret/data/app/db', BODY, ['create'])), sentence)
      assert.equal(asked(), sent === 'again' ? 4 : 1, 'writes: only where nothing was done')
    })
  }

  it('has 404 of a read for nothing there, and of a write for a mount that is not there', async () => {
    answer = always(404)
    assert.equal(await client.read('secret/data/app/db'), undefined)
    assert.match(await failureOf(client.write('nowhere/data/app', BODY)), /no nowhere\/data\/app.*vault secrets list/)
  })

  it('says that another web server is not Vault, and takes it for no sealed one', async () => {
    answer = (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
    assert.match(await failureOf(locateKv(client, 'secret/shop/db')), /What answers at \S+ is not Vault\..*VAULT_ADDR/)
    const vault = { settings, open: async () => client, close: async () => {} }
    const place = { mount: 'secret', path: 'shop', merge: false }
    const checks = await checkVault({ vault, place, references: [] })
    assert.deepEqual(
      checks.map(({ state, says }) => [state, /is not Vault/.test(says)]),
      [['failed', true]],
    )
  })

  it('goes on where a passing trouble passes', async () => {
    let calls = 0
    answer = (request, response) =>
      ++calls < 3
        ? always(429, [], { 'retry-after': '0' })(request, response)
        : json(response, 200, { data: { version: 1 } })
    assert.deepEqual(await client.write('secret/data/app/db', BODY), { data: { version: 1 } })
    assert.equal(calls, 3)
  })

  it('M03: sends a write whose answer was cut off once, and a read again', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"data": {')
      setTimeout(() => response.destroy(), 5)
    }
    assert.match(await failureOf(client.write('secret/data/app/db', BODY)), /broke off/)
    assert.equal(server.seen.length, 1)
    server.seen.length = 0
    assert.match(await failureOf(client.read('secret/data/app/db')), /broke off/)
    assert.equal(server.seen.length, 4)
  })

  it('says so where no answer comes in time, and does not wait again', async () => {
    answer = () => undefined
    const hasty = open({ timeout: 50 })
    assert.match(await failureOf(hasty.read('secret/data/app/db')), /in time.*VAULT_CLIENT_TIMEOUT/)
    assert.equal(server.seen.length, 1)
    await hasty.close()
  })

  it('knows what answers but is not Vault', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>')
    assert.match(await failureOf(client.read('secret/data/app/db')), /is not Vault.*login page/)
    const cut = createServer((socket) => socket.end('nonsense\r\n\r\n'))
    await new Promise<void>((resolve) => cut.listen(0, '127.0.0.1', resolve))
    const other = open({ address: `http://127.0.0.1:${(cut.address() as AddressInfo).port}` })
    assert.match(await failureOf(other.read('secret/data/app/db')), /broke off|cannot be reached/)
    await other.close()
    cut.close()
  })

  const UNREACHABLE: readonly (readonly [string, string, RegExp])[] = [
    ['a port that nobody listens at', 'http://127.0.0.1:9', /Nothing listens.*is Vault running/],
    ['a host that is not known', 'http://no-such-host.invalid', /not known.*VAULT_ADDR/],
  ]
  for (const [what, address, sentence] of UNREACHABLE) {
    it(`says what to do about ${what}`, async () => {
      const other = open({ address })
      assert.match(await failureOf(other.read('secret/data/app/db')), sentence)
      await other.close()
    })
  }

  it('knows plain HTTP where TLS was expected', async () => {
    const other = open({ address: server.origin.replace('http:', 'https:') })
    assert.match(await failureOf(other.read('secret/data/app/db')), /speaks no TLS.*http:\/\//)
    await other.close()
  })

  it('follows the redirect of a standby once, with the token', async () => {
    const active = await startServer((_, response) => json(response, 200, { data: { from: 'active' } }))
    answer = (request, response) => json(response, 307, {}, { location: `${active.origin}${request.url}` })
    assert.deepEqual(await client.read('secret/data/app/db'), { data: { from: 'active' } })
    assert.equal(active.seen[0]?.headers['x-vault-token'], TOKEN)
    active.answer = (_, response) => json(response, 307, {}, { location: `${active.origin}/again` })
    assert.match(await failureOf(client.read('secret/data/app/db')), /answers 307/)
    assert.equal(active.seen.length, 2)
    await active.close()
  })

  it('sends token and namespace, and encodes paths', async () => {
    answer = (_, response) => json(response, 200, { data: {} })
    const other = open({ namespace: 'team/one' })
    await other.read('secret/data/my app?/ä#1')
    const [request] = server.seen
    assert.equal(request?.url, '/v1/secret/data/my%20app%3F/%C3%A4%231')
    assert.equal(request?.headers['x-vault-namespace'], 'team/one')
    assert.equal(request?.headers['x-vault-token'], TOKEN)
    await assert.rejects(other.read('secret/data/../../sys/raw'), /no path in Vault/)
    await assert.rejects(other.read('secret//x'), /no path in Vault/)
    await other.close()
  })
})
