// Where in Vault the secrets of a project lie, as the options of a plan say it.
import { basename } from 'node:path'
import type { KvVersion } from './kv.js'

export type StoreOptions = Readonly<Record<string, string>>

const DEFAULT_MOUNT = 'secret'

export interface ProjectPlace {
  readonly mount: string
  /** Below the mount, in front of the secrets' names. */
  readonly path: string
  /** Paths of others are added to. */
  readonly merge: boolean
  /** Where it was said; else the mount is asked. */
  readonly kvVersion?: KvVersion
}

export function saidVersion({ 'kv-version': version }: StoreOptions): Pick<ProjectPlace, 'kvVersion'> {
  return version === undefined ? {} : { kvVersion: version === '1' ? 1 : 2 }
}

export function projectPlace(options: StoreOptions, projectDir: string): ProjectPlace {
  return {
    mount: options['vault-mount'] ?? DEFAULT_MOUNT,
    path: options['vault-path'] ?? basename(projectDir),
    merge: options['vault-merge'] === 'true',
    ...saidVersion(options),
  }
}
