// Reads an image's config (OCI image-spec config.md and Docker's additions), tolerant of whatever a stranger put in it.
import { isDigest } from './digest.js'
import {
  arrayOf,
  isObject,
  type JsonObject,
  objectOf,
  parseJson,
  property,
  stringMapOf,
  textOf,
  textsOf,
} from './json.js'
import type { Digest, HistoryEntry, ImageConfig } from './types.js'

/** What a config says of the image besides what people typed into it. */
export interface ConfigDocument {
  readonly config: ImageConfig
  /** os/arch[/variant], "unknown" where a part is missing. */
  readonly platform: string
  /** As claimed, lowest layer first; undefined where an entry is no digest. */
  readonly diffIds: readonly (Digest | undefined)[]
  /** Whether rootfs.diff_ids is there at all. */
  readonly listsLayers: boolean
}

/**
 * The parts of a config in which people put secrets. Absent and wrongly typed fields come out empty, so that the rest is still
 * scanned; throws CorruptImageError only where the bytes are no JSON.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return parseConfigDocument(bytes).config
}

/** As parseImageConfig, with platform and diffIDs. */
export function parseConfigDocument(bytes: Uint8Array): ConfigDocument {
  const root = objectOf(parseJson(bytes, "the image's config"))
  const diffIds = property(objectOf(property(root, 'rootfs')), 'diff_ids')
  return {
    config: configOf(root),
    platform: platformOf(root),
    diffIds: arrayOf(diffIds).map((entry) => (isDigest(entry) ? entry : undefined)),
    listsLayers: Array.isArray(diffIds),
  }
}

/** When the image was made, as its config claims (RFC 3339 made ISO 8601 in UTC); undefined where it says nothing usable. */
export function creationDate(configBytes: Uint8Array): string | undefined {
  const created = textOf(property(objectOf(parseJson(configBytes, "the image's config")), 'created'))
  const time = created === undefined || created.length > 40 ? Number.NaN : Date.parse(created)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

/** The part that an image's configuration and an engine's inspect have in common (`config`, `Config`); volumes and history are left empty. */
export function runConfigOf(config: unknown): ImageConfig {
  const run = objectOf(config)
  return {
    env: textsOf(property(run, 'Env')),
    labels: stringMapOf(property(run, 'Labels')),
    cmd: textsOf(property(run, 'Cmd')),
    entrypoint: textsOf(property(run, 'Entrypoint')),
    healthcheck: textsOf(property(objectOf(property(run, 'Healthcheck')), 'Test')),
    onbuild: textsOf(property(run, 'OnBuild')),
    shell: textsOf(property(run, 'Shell')),
    volumes: [],
    history: [],
  }
}

function configOf(root: JsonObject): ImageConfig {
  const run = objectOf(property(root, 'config'))
  const user = textOf(property(run, 'User'))
  const workingDir = textOf(property(run, 'WorkingDir'))
  const author = textOf(property(root, 'author'))
  const comment = textOf(property(root, 'comment'))
  return {
    ...runConfigOf(run),
    volumes: Object.keys(objectOf(property(run, 'Volumes'))),
    history: arrayOf(property(root, 'history')).filter(isObject).map(historyEntryOf),
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(author === undefined ? {} : { author }),
    ...(comment === undefined ? {} : { comment }),
  }
}

function historyEntryOf(entry: JsonObject): HistoryEntry {
  const createdBy = textOf(property(entry, 'created_by'))
  const comment = textOf(property(entry, 'comment'))
  const author = textOf(property(entry, 'author'))
  return {
    emptyLayer: property(entry, 'empty_layer') === true,
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(comment === undefined ? {} : { comment }),
    ...(author === undefined ? {} : { author }),
  }
}

function platformOf(root: JsonObject): string {
  const os = textOf(property(root, 'os')) ?? 'unknown'
  const architecture = textOf(property(root, 'architecture')) ?? 'unknown'
  const variant = textOf(property(root, 'variant'))
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}
