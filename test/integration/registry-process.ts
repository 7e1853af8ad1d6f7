// A real registry (Debian's docker-registry) of its own for a test: with no login, htpasswd or tokens, plain or over TLS.
import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, systemProgram } from './programs.js'

export type RegistryAuth = 'none' | 'htpasswd' | 'token'

export interface Registry {
  /** 127.0.0.1:PORT, or localhost:PORT over TLS. */
  readonly host: string
  readonly folder: string
  /** PEM file of the authority that signed its certificate, over TLS. */
  readonly ca: string
  /** How its token server was asked. */
  readonly logins: readonly string[]
  /** What the registry has logged of requests: "GET /v2/…". */
  requests(): readonly string[]
  /** kill -9. */
  kill(): Promise<void>
  /** Again, after kill(): on the same port, with what was pushed. */
  start(): Promise<void>
  stop(): Promise<void>
}

export const USER = 'ci'
/** Made up. */
export const PASSWORD = 'registry-pass-31'
/** Made up: what docker login keeps where a token server gives it in place of the password. */
export const IDENTITY_TOKEN = ['identity', 'token', '58'].join('-')

async function freePort(): Promise<number> {
  const socket = createSocket()
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  await new Promise((resolve) => socket.close(resolve))
  return port
}

/** An own authority and a certificate for localhost, by openssl. */
function makeCertificates(folder: string): void {
  const openssl = (...parameters: string[]) => run(systemProgram('openssl'), parameters, { cwd: folder })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign,digitalSignature',
  )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  )
  writeFileSync(join(folder, 'extensions'), 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'extensions',
    '-out',
    'server.pem',
  )
}

interface TokenServer {
  readonly realm: string
  /** "GET basic", "POST refresh_token" */
  readonly asked: readonly string[]
  close(): void
}

/** What distribution checks: an RS256 JWT with the certificate in its header. */
function signer(folder: string): (service: string | null, scopes: readonly string[]) => string {
  const key = createPrivateKey(readFileSync(join(folder, 'ca.key')))
  const x5c = [new X509Certificate(readFileSync(join(folder, 'ca.pem'))).raw.toString('base64')]
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return (service, scopes) => {
    const access = scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':')
      return { type, name, actions: actions.split(',') }
    })
    const now = Math.floor(Date.now() / 1000)
    const times = { exp: now + 300, nbf: now - 10, iat: now, jti: randomUUID() }
    const claims = { iss: 'test', sub: USER, aud: service, ...times, access }
    const unsigned = `${part({ typ: 'JWT', alg: 'RS256', x5c })}.${part(claims)}`
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key, 'base64url')}`
  }
}

/**
 * The token server of distribution's specifications: basic login by GET, an identity token by POST (OAuth2, grant "refresh_token").
 */
async function startTokenServer(folder: string): Promise<TokenServer> {
  const sign = signer(folder)
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const form = new URLSearchParams(body)
    asked.push(`${request.method} ${form.get('grant_type') ?? 'basic'}`)
    if (request.method === 'POST') {
      const isKnown = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === IDENTITY_TOKEN
      if (!isKnown) return response.writeHead(401).end('{}')
      const token = sign(form.get('service'), (form.get('scope') ?? '').split(' '))
      return response.end(JSON.stringify({ access_token: token, expires_in: 300, scope: form.get('scope') }))
    }
    const login = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
    if (request.headers.authorization !== login) return response.writeHead(401).end('{}')
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    response.end(JSON.stringify({ token: sign(query.get('service'), query.getAll('scope')), expires_in: 300 }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return { realm, asked, close: () => server.close() }
}

function authConfig(auth: RegistryAuth, folder: string, realm: string): string {
  if (auth === 'none') return ''
  if (auth === 'token')
    return `auth: {token: {realm: "${realm}", service: reg, issuer: test, rootcertbundle: ${folder}/ca.pem}}\n`
  writeFileSync(join(folder, 'htpasswd'), run(systemProgram('htpasswd'), ['-nbB', USER, PASSWORD]))
  return `auth: {htpasswd: {realm: r, path: ${folder}/htpasswd}}\n`
}

/** Starts a registry and waits until it listens. */
export async function startRegistry(auth: RegistryAuth, tls: boolean): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-registry-'))
  mkdirSync(join(folder, 'data'))
  if (tls || auth === 'token') makeCertificates(folder)
  const tokens = auth === 'token' ? await startTokenServer(folder) : undefined
  const port = await freePort()
  const certificates = tls ? `, tls: {certificate: ${folder}/server.pem, key: ${folder}/server.key}` : ''
  writeFileSync(
    join(folder, 'config.yml'),
    `version: 0.1\nlog: {level: error, accesslog: {disabled: false}}\nstorage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}\nhttp: {addr: 127.0.0.1:${port}${certificates}}\n${authConfig(auth, folder, tokens?.realm ?? '')}`,
  )
  let log = ''
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(systemProgram('docker-registry'), ['serve', join(folder, 'config.yml')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString('utf8')
      })
    }
    await listening(port, child)
    return child
  }
  let child = await start()
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  return {
    host: `${tls ? 'localhost' : '127.0.0.1'}:${port}`,
    folder,
    ca: join(folder, 'ca.pem'),
    logins: tokens?.asked ?? [],
    requests: () => [...log.matchAll(/"((?:GET|HEAD) \S+) HTTP/g)].map(([, request = '']) => request),
    kill,
    start: async () => {
      child = await start()
    },
    stop: async () => {
      tokens?.close()
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const probe = createSocket().on('error', () => resolve(true))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)))
    })
    if (open) return
    await sleep(100)
  }
  throw new Error('the registry does not start')
}
