// How to reach Vault: address, namespace, TLS and time, checked before anything is sent. What it does not hold: who logs in (login.ts,
// token.ts).
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Settings } from '../../config/settings.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'

/** The rows of the table of settings that are about Vault (config/vault-settings.ts). */
export type VaultOptions = Pick<Settings, Extract<keyof Settings, `vault-${string}`>>

export interface VaultSettings {
  /** Without a slash at its end. */
  readonly address: string
  readonly namespace?: string
  readonly tls: {
    /** PEM; where it is given, only these are trusted, as by Vault's own client. */
    readonly ca?: readonly string[]
    readonly cert?: string
    readonly key?: string
    readonly serverName?: string
    readonly verify: boolean
  }
  /** ms */
  readonly timeout: number
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`The ${what} ${path} cannot be read.`, { hint: 'Check the path and its permissions.', cause })
  }
}

/** Every certificate of a folder, whatever its files are called. */
function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'utf8'))
      .filter((text) => text.includes('-----BEGIN CERTIFICATE-----'))
  } catch (cause) {
    throw new UsageError(`The folder of certificate authorities ${folder} (VAULT_CAPATH) cannot be read.`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}

function authorities(options: VaultOptions): readonly string[] | undefined {
  const { 'vault-cacert': file, 'vault-capath': folder } = options
  if (file !== undefined) return [read(file, 'certificate authority (VAULT_CACERT)')]
  if (folder === undefined) return undefined
  const found = readFolder(folder)
  if (found.length > 0) return found
  throw new UsageError(`The folder ${folder} (VAULT_CAPATH) holds no certificate.`, {
    hint: 'Put PEM files of certificate authorities into it.',
  })
}

function tlsOf(options: VaultOptions): VaultSettings['tls'] {
  const { 'vault-client-cert': cert, 'vault-client-key': key, 'vault-tls-server-name': serverName } = options
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('A client certificate and its key belong together.', {
      hint: 'Give both --vault-client-cert (VAULT_CLIENT_CERT) and --vault-client-key (VAULT_CLIENT_KEY).',
    })
  const ca = authorities(options)
  const tls = {
    verify: !options['vault-skip-verify'],
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert: read(cert, 'client certificate (VAULT_CLIENT_CERT)') }),
    ...(key === undefined ? {} : { key: read(key, 'client key (VAULT_CLIENT_KEY)') }),
    ...(serverName === undefined ? {} : { serverName }),
  }
  checkPem(tls)
  return tls
}

/** @throws UsageError where a file is no PEM, or the key is not the certificate's. */
function checkPem({ ca, cert, key }: VaultSettings['tls']): void {
  const broken = (what: string) => (): never => {
    throw new UsageError(`The ${what} cannot be used for TLS.`, { hint: 'It must be PEM; look at it with openssl.' })
  }
  const attempt = (work: () => unknown, otherwise: () => never) => {
    try {
      work()
    } catch {
      // OpenSSL's words may quote the file.
      otherwise()
    }
  }
  if (ca !== undefined)
    attempt(() => createSecureContext({ ca: [...ca] }), broken('certificate authority of VAULT_CACERT or VAULT_CAPATH'))
  if (cert !== undefined && key !== undefined)
    attempt(
      () => createSecureContext({ cert, key }),
      broken('client certificate with its key (VAULT_CLIENT_CERT, VAULT_CLIENT_KEY)'),
    )
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** ms of "30" (seconds), "90s", "1m30s", "500ms": as VAULT_CLIENT_TIMEOUT is read by Vault's client. @throws UsageError */
export function parseTimeout(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const whole = parts.map(([part]) => part).join('')
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : whole === text
      ? parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0)
      : 0
  if (ms >= 1) return ms
  throw new UsageError(`"${printable(text)}" is no time to wait for Vault.`, {
    hint: 'Write seconds, or for example 90s or 1m30s (--vault-timeout, VAULT_CLIENT_TIMEOUT).',
  })
}

/** @throws UsageError where it is no URL of a server */
export function assertAddress(address: string): void {
  if (/^https?:\/\/[^\s@?#]+$/.test(address)) return
  throw new UsageError('The address of Vault is no URL.', {
    hint: 'Write for example https://vault.example.com:8200.',
  })
}

/** @throws UsageError for what is missing, cannot be read or contradicts itself. */
export function vaultSettings(options: VaultOptions): VaultSettings {
  const { 'vault-addr': address, 'vault-namespace': namespace } = options
  if (address === undefined)
    throw new UsageError('The address of Vault is not known.', { hint: 'Give --vault-addr URL, or set VAULT_ADDR.' })
  assertAddress(address)
  return {
    address: address.replace(/\/+$/, ''),
    ...(namespace === undefined ? {} : { namespace: namespace.replace(/^\/+|\/+$/g, '') }),
    tls: tlsOf(options),
    timeout: parseTimeout(options['vault-timeout']),
  }
}
