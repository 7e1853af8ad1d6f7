// A real server of Vault's API (OpenBao, in dev mode) over TLS with an own authority, for a test.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram, run } from './programs.js'

export interface VaultServer {
  readonly address: string
  /** PEM file. */
  readonly ca: string
  /** VAULT_ADDR, VAULT_CACERT and a root token. */
  readonly env: Readonly<Record<string, string>>
  /** The server's own command line, as root. */
  bao(...parameters: string[]): string
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
  const address = `https://127.0.0.1:${port}`
  const ca = join(folder, 'vault-ca.pem')
  const env = { VAULT_ADDR: address, VAULT_CACERT: ca, VAULT_TOKEN: ROOT_TOKEN, HOME: folder }
  const bao = (...parameters: string[]) => run(program, parameters, { env }).toString('utf8')
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      readFileSync(ca)
      bao('status')
      break
    } catch {
      await sleep(200)
    }
  }
  return {
    address,
    ca,
    env,
    bao,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
