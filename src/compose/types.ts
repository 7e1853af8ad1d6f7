// What loading a Compose project gives: the resolved model, and every value with the place where it was written.
import type { Issue } from '../support/issue.js'
import type { JsonValue, YamlPath } from './tree.js'

/** How a service comes to have a value that is not written in its own block. */
export type Via = 'alias' | 'merge' | 'extends' | 'include'

export type Section =
  | 'environment'
  | 'env_file'
  | 'env-file-entry'
  | 'dotenv'
  | 'labels'
  | 'deploy.labels'
  | 'annotations'
  | 'command'
  | 'entrypoint'
  | 'healthcheck'
  | 'build.args'
  | 'build'
  | 'image'
  | 'configs'
  | 'secrets'
  | 'logging'
  | 'volumes'
  | 'x-'
  | 'other'

/** A value as written in one of the project's files. Listed once, however many services have it. */
export interface LocatedValue {
  /** Absolute path. */
  readonly file: string
  /** Bytes of the value as written, quotes included (of a list entry `KEY=value`: of the part after `=`); `end` exclusive. */
  readonly start: number
  readonly end: number
  /** 1-based; column in UTF-16 units. */
  readonly line: number
  readonly column: number
  /** Where it stands in its file; empty for env files. */
  readonly path: YamlPath
  /** The service in whose block it is written. */
  readonly service?: string
  readonly section: Section
  /** Variable, label or argument name; for command and the like none. */
  readonly key?: string
  readonly form: 'map' | 'list' | 'scalar'
  /** The runtime value: interpolated, `$$` unescaped, quotes and escapes undone. Plain: must not be printed. */
  readonly resolved: string
  /** False where variables are interpolated into it. */
  readonly literal: boolean
  /** True for `KEY:` and `- KEY`: the value is that of the variable KEY of the shell or .env, which counts as interpolated. */
  readonly passThrough: boolean
  readonly interpolates: readonly string[]
  readonly via: readonly Via[]
  /** Services whose merged definition holds this value, sorted; inactive ones (profiles) too. Not those in which another value overrides it. */
  readonly usedBy: readonly string[]
  /** Of an env file's entry: the services that name the file, sorted. */
  readonly namedBy?: readonly string[]
  /** Of an env file's entry: the file is `format: raw`. */
  readonly raw?: true
  /** Of an env file's entry: some services have the file as `format: raw`, others not, and get another value of it. */
  readonly mixed?: true
}

export interface ProjectFile {
  /** Absolute path. */
  readonly file: string
  readonly kind: 'compose' | 'env-file' | 'dotenv' | 'label-file'
  readonly bytes: Uint8Array
  /** Of a Compose file that is read for services that extend one of its services, and for nothing else. */
  readonly extended?: true
}

export type ComposeModel = { readonly [key: string]: JsonValue }

/** Issue of one file. */
export interface ProjectIssue extends Issue {
  readonly file: string
}

export interface ComposeProject {
  readonly name: string
  /** Absolute; relative paths of the main files are resolved against it. */
  readonly directory: string
  /** Absolute paths of the Compose files that were named or found, in merge order. */
  readonly mainFiles: readonly string[]
  /** Every file that was read, in the order of reading. */
  readonly files: readonly ProjectFile[]
  /** The merged, interpolated, canonical model of the active services, as `docker compose config` knows it. */
  readonly model: ComposeModel
  /** Names of services that no chosen profile activates. */
  readonly inactiveServices: readonly string[]
  readonly values: readonly LocatedValue[]
  readonly issues: readonly ProjectIssue[]
  /** The variables that interpolation used: the caller's environment over .env. */
  readonly environment: ReadonlyMap<string, string>
}
