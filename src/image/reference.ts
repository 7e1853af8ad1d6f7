// What the user's argument means: which place it names, and the parts of an image reference. Opens nothing.
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import type { SourceKind } from './types.js'

export type Target =
  | { readonly kind: 'engine-or-registry' | 'docker' | 'podman' | 'registry'; readonly reference: string }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'oci'; readonly path: string; readonly tag?: string }
  | { readonly kind: 'stdin' }

const ARCHIVE_NAME = /\.(?:tar|tar\.gz|tgz|tar\.zst)$/

/**
 * The target that `argument` names (docs: "Where images come from"). `source` is --source: that place for every argument. Throws
 * UsageError for what is no reference, or names another place than --source.
 */
export function parseTarget(argument: string, source?: SourceKind): Target {
  const written = writtenKind(argument)
  if (source !== undefined && written !== undefined && written.kind !== source) {
    throw new UsageError(`"${printable(argument)}" names another place than --source ${source}.`, {
      hint: 'Leave out --source, or the prefix.',
    })
  }
  const kind = source ?? written?.kind ?? (ARCHIVE_NAME.test(argument) ? 'archive' : undefined)
  const rest = written?.rest ?? argument
  if (kind === 'stdin') return { kind }
  if (rest === '')
    throw new UsageError(`"${printable(argument)}" names no image.`, {
      hint: 'Write for example docker:myapp:latest or archive:myapp.tar.',
    })
  if (kind === 'archive') return { kind, path: rest }
  if (kind === 'oci') return ociTarget(rest)
  return { kind: kind ?? 'engine-or-registry', reference: checkedReference(rest) }
}

/** The place that a prefix names, and what follows it. */
function writtenKind(argument: string): { readonly kind: SourceKind; readonly rest: string } | undefined {
  if (argument === '-') return { kind: 'stdin', rest: '' }
  const colon = argument.indexOf(':')
  const kind = argument.slice(0, Math.max(0, colon))
  const rest = argument.slice(colon + 1)
  if (kind === 'archive' || kind === 'oci' || kind === 'podman') return { kind, rest }
  if ((kind === 'docker' || kind === 'registry') && isPrefixOf(rest)) return { kind, rest }
  return undefined
}

/** `registry:2` and `docker:dind` are images and `registry:5000/app` names a port, so these two are prefixes only before a longer name. */
function isPrefixOf(rest: string): boolean {
  return /[/:@]/.test(rest) && !/^\d+\//.test(rest)
}

/** The folder ends at the first colon, as with other tools that read layouts: tags there may hold slashes and colons. */
function ociTarget(rest: string): Target {
  const colon = rest.indexOf(':')
  if (colon < 0) return { kind: 'oci', path: rest }
  const path = rest.slice(0, colon)
  const tag = rest.slice(colon + 1)
  if (path === '' || tag === '') {
    throw new UsageError(`"oci:${printable(rest)}" is not oci:FOLDER or oci:FOLDER:TAG.`, {
      hint: 'Write for example oci:./layout:latest.',
    })
  }
  return { kind: 'oci', path, tag }
}

/** Whether `text` is an image's full ID: engines know images by it, registries do not. */
export function isImageId(text: string): boolean {
  return /^(?:sha256:)?[a-f0-9]{64}$/.test(text)
}

function checkedReference(text: string): string {
  if (!isImageId(text)) parseImageReference(text)
  return text
}

export interface ImageReference {
  /** Host and port: "docker.io", "localhost:5000". */
  readonly registry: string
  /** With "library/" for Docker Hub's official images. */
  readonly repository: string
  /** "latest" where neither tag nor digest is given. */
  readonly tag?: string
  readonly digest?: string
  /** The full form: docker.io/library/alpine:3. */
  toString(): string
}

const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[a-fA-F0-9]{32,}$/
const NAME_LIMIT = 255

/** Whether `text` is a repository's name within a registry (distribution-spec, "Pulling manifests": <name>, with its limit of 255). */
export function isRepositoryName(text: string): boolean {
  return text.length <= NAME_LIMIT && text.split('/').every((component) => COMPONENT.test(component))
}

/** Whether `text` is a tag (distribution-spec, "Pulling manifests": <reference>). */
export function isTagName(text: string): boolean {
  return TAG.test(text)
}

/** The parts of `text` as Docker reads and completes them (distribution/reference grammar). Throws UsageError where it is none. */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? 'latest' : undefined
  const { registry, repository } = splitName(name)
  const valid =
    HOST.test(registry) &&
    repository.split('/').every((component) => COMPONENT.test(component)) &&
    `${registry}/${repository}`.length <= NAME_LIMIT &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest)) &&
    !/^[a-f0-9]{64}$/.test(name)
  if (!valid) throw notAReference(text)
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    toString: () =>
      `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  }
}

/** The first part is a host if it has a dot or a port, is "localhost" or has capitals, which no repository has. */
function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const host = isHost ? first : 'docker.io'
  const registry = host === 'index.docker.io' ? 'docker.io' : host
  const path = isHost ? name.slice(slash + 1) : name
  return { registry, repository: registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path }
}

function notAReference(text: string): UsageError {
  const shown = printable(text)
  if (/^[./~]|\\/.test(text)) {
    return new UsageError(`"${shown}" is a path, not an image reference.`, {
      hint: `Write archive:${shown} for an archive, oci:${shown} for an OCI layout, or use "secretscan dir" for a folder.`,
    })
  }
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0]
  if (scheme !== undefined)
    return new UsageError(`"${shown}" is an address, not an image reference.`, {
      hint: `Leave "${scheme}" out: HOST[:PORT]/REPOSITORY[:TAG]${scheme === 'http://' ? ', with --insecure-registry HOST for plain HTTP' : ''}`,
    })
  const hint =
    text !== text.toLowerCase()
      ? 'Repository names are lower-case.'
      : 'Write for example myapp:1.2 or registry.example.com/team/app@sha256:…'
  return new UsageError(`"${shown}" is not an image reference.`, { hint })
}
