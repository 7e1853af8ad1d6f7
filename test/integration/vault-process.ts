// A real server of Vault's API (OpenBao) over TLS with an own authority, for a test: in dev mode, ready for use, or one that a test
// initialises, unseals and seals itself.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openVault, type VaultClient } from '../../src/migrate/vault/client.js'
import type { VaultSettings } from '../../src/migrate/vault/settings.js'
import { Secret } from '../../src/support/secret.js'
import { builtProgram, run } from './programs.js'

export interface VaultServer {
  readonly address: string
  readonly folder: string
  /** PEM file. */
  readonly ca: string
  /** VAULT_ADDR, VAULT_CACERT and a root token. */
  readonly env: Readonly<Record<string, string>>
  readonly settings: VaultSettings
  readonly rootToken: Secret
  /** The server's own command line, as root. */
  bao(...parameters: string[]): string
  /** With standard input, e.g. a policy. */
  baoWith(input: string, ...parameters: string[]): string
  /** This tool's own client, as root unless another token is given. */
  client(token?: string): VaultClient
  stop(): Promise<void>
}

/** Made up. */
const ROOT_TOKEN = 'root-token-for-tests'

async function freePort(): Promise<number> {
  const socket = createServer()
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const address = socket.address()
  await new Promise((resolve) => socket.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

interface Started {
  readonly child: ChildProcess
  readonly folder: string
  readonly address: string
  readonly ca: string
  readonly token: string
}

function serverOf({ child, folder, address, ca, token }: Started): VaultServer {
  const env = { VAULT_ADDR: address, VAULT_CACERT: ca, VAULT_TOKEN: token, HOME: folder }
  const program = builtProgram('bao-2.7.2')
  const settings: VaultSettings = {
    address,
    tls: { ca: [readFileSync(ca, 'utf8')], verify: true },
    timeout: 30_000,
  }
  const clients: VaultClient[] = []
  return {
    address,
    folder,
    ca,
    env,
    settings,
    rootToken: Secret.of(Buffer.from(token)),
    bao: (...parameters) => run(program, parameters, { env }).toString('utf8'),
    baoWith: (input, ...parameters) => run(program, parameters, { env, input: Buffer.from(input) }).toString('utf8'),
    client(own = token) {
      const client = openVault(settings, Secret.of(Buffer.from(own)), { firstDelay: 20 })
      clients.push(client)
      return client
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()))
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Tries until it works: 20 seconds. */
async function eventually<T>(work: () => T): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (attempt >= 100) throw error
      await sleep(200)
    }
  }
}

export async function startVault(): Promise<VaultServer> {
  const program = builtProgram('bao-2.7.2')
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-vault-'))
  const port = await freePort()
  const child = spawn(
    program,
    [
      'server',
      '-dev-tls',
      `-dev-tls-cert-dir=${folder}`,
      `-dev-root-token-id=${ROOT_TOKEN}`,
      '-dev-no-store-token',
      `-dev-listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore', env: { ...process.env, HOME: folder } },
  )
  const ca = join(folder, 'vault-ca.pem')
  const started = { child, folder, address: `https://127.0.0.1:${port}`, ca, token: ROOT_TOKEN }
  await eventually(() => readFileSync(ca))
  const server = serverOf(started)
  await eventually(() => server.bao('status'))
  return server
}

/** Made in no time, unlike one of RSA. */
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** An authority, a certificate for localhost and 127.0.0.1 that is valid for `days`, and one for a client, in `folder`. */
export function makeCertificates(folder: string, name = 'localhost', days = 2): void {
  const openssl = (...parameters: string[]) => run('openssl', parameters, { cwd: folder })
  const signed = (file: string, extensions: string) => {
    writeFileSync(join(folder, 'extensions'), extensions)
    openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', `${file}.key`, '-out', `${file}.csr`)
    const valid = ['-days', String(days), '-extfile', 'extensions']
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', ...valid]
    openssl('x509', '-req', '-in', `${file}.csr`, '-out', `${file}.pem`, ...authority)
  }
  const forAuthority = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ]
  const request = ['-x509', ...KEY, '-days', '2', '-subj', '/CN=test authority']
  openssl('req', ...request, '-keyout', 'ca.key', '-out', 'ca.pem', ...forAuthority)
  signed(
    'server',
    `subjectAltName=DNS:${name}${name === 'localhost' ? ',IP:127.0.0.1' : ''}\nextendedKeyUsage=serverAuth\n`,
  )
  signed('client', 'extendedKeyUsage=clientAuth\n')
}

export interface SealableOptions {
  /** The name that its certificate is for; other than localhost it is not for 127.0.0.1 either. */
  readonly name?: string
  /** true: refuses whoever has no certificate of its authority. */
  readonly clientCertificates?: boolean
  /** How long its certificate is valid; -1: it has expired. */
  readonly days?: number
}

/** A server that is not initialised yet, in memory. */
export async function startSealable({ name, clientCertificates = false, days }: SealableOptions = {}): Promise<
  VaultServer & {
    /** Initialises and unseals. @returns as root, and how to unseal again */
    begin(): Promise<{ readonly server: VaultServer; unseal(): void }>
  }
> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-vault-'))
  makeCertificates(folder, name, days)
  const port = await freePort()
  const clients = clientCertificates
    ? `  tls_require_and_verify_client_cert = true\n  tls_client_ca_file = "${folder}/ca.pem"\n`
    : ''
  writeFileSync(
    join(folder, 'server.hcl'),
    `storage "inmem" {}
disable_mlock = true
api_addr = "https://127.0.0.1:${port}"
listener "tcp" {
  address = "127.0.0.1:${port}"
  tls_cert_file = "${folder}/server.pem"
  tls_key_file = "${folder}/server.key"
${clients}}
`,
  )
  const program = builtProgram('bao-2.7.2')
  const child = spawn(program, ['server', `-config=${join(folder, 'server.hcl')}`], {
    stdio: 'ignore',
    env: { ...process.env, HOME: folder },
  })
  const started = { child, folder, address: `https://127.0.0.1:${port}`, ca: join(folder, 'ca.pem'), token: '' }
  const server = serverOf(started)
  const tls = {
    ...(name === undefined ? {} : { VAULT_TLS_SERVER_NAME: name }),
    ...(clientCertificates
      ? { VAULT_CLIENT_CERT: join(folder, 'client.pem'), VAULT_CLIENT_KEY: join(folder, 'client.key') }
      : {}),
  }
  const env = { ...server.env, ...tls }
  await eventually(() => run('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]))
  return {
    ...server,
    async begin() {
      const text = await eventually(() =>
        run(program, ['operator', 'init', '-key-shares=1', '-key-threshold=1', '-format=json'], { env }).toString(
          'utf8',
        ),
      )
      const { root_token: token, unseal_keys_b64: keys } = JSON.parse(text) as {
        root_token: string
        unseal_keys_b64: string[]
      }
      const unseal = () => void run(program, ['operator', 'unseal', keys[0] ?? ''], { env })
      unseal()
      await eventually(() => run(program, ['secrets', 'list'], { env: { ...env, VAULT_TOKEN: token } }))
      run(program, ['secrets', 'enable', '-path=secret', '-version=2', 'kv'], { env: { ...env, VAULT_TOKEN: token } })
      const rooted = serverOf({ ...started, token })
      return { server: { ...rooted, env: { ...env, VAULT_TOKEN: token } }, unseal }
    },
  }
}
