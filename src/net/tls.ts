// TLS material for registry hosts: an own CA, and what docker keeps per host under /etc/docker/certs.d.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { UsageError } from '../support/errors.js'

export interface TlsMaterial {
  /** PEM; Node's own roots stay trusted beside it. */
  readonly ca?: string[]
  readonly cert?: string
  readonly key?: string
}

const CERTS_D = ['/etc/docker/certs.d', '/etc/containers/certs.d']

/** A registry host as it may name a folder: no separators, no dot folders. */
const HOST = /^[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?$/

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`Cannot read the certificate file ${path}.`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}

function folderOf(host: string, folders: readonly string[]): { folder: string; names: string[] } | undefined {
  if (!HOST.test(host)) return undefined
  for (const base of folders) {
    try {
      return { folder: join(base, host), names: readdirSync(join(base, host)) }
    } catch {
      // No such folder: the usual case.
    }
  }
  return undefined
}

/**
 * CA and client certificate for `host` (host[:port]). In certs.d `*.crt` are CAs and NAME.cert with NAME.key is a client certificate
 * (docs.docker.com, "Verify repository client with certificates").
 * @throws UsageError when a named file cannot be read.
 */
export function tlsMaterial(host: string, caFile?: string, folders: readonly string[] = CERTS_D): TlsMaterial {
  const found = folderOf(host, folders)
  const authorities =
    found?.names.filter((name) => name.endsWith('.crt')).map((name) => read(join(found.folder, name))) ?? []
  if (caFile !== undefined) authorities.push(read(caFile))
  const clientName = found?.names.find((name) => name.endsWith('.cert'))?.replace(/\.cert$/, '')
  return {
    ...(authorities.length > 0 ? { ca: [...rootCertificates, ...authorities] } : {}),
    ...(found !== undefined && clientName !== undefined
      ? { cert: read(join(found.folder, `${clientName}.cert`)), key: read(join(found.folder, `${clientName}.key`)) }
      : {}),
  }
}
