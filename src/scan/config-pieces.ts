// The strings of an image's config in which people put secrets, each with its place. Knows the forms; scans nothing.
import { parseBuildArgs } from '../image/history.js'
import type { ImageConfig, OpenedImage } from '../image/types.js'
import { jsonStrings } from './json-strings.js'
import type { ConfigPlaceKind, Place } from './types.js'
import type { Piece } from './unit.js'

/** All strings of one image, in an order that keeps together what belongs together: env, then the rest, then the history. */
export function configPieces(opened: OpenedImage): Piece[] {
  const pieces = [...parsedPieces(opened.config), ...annotationPieces(opened.image.annotations)]
  return opened.configBytes === undefined ? pieces : [...pieces, ...rawPieces(opened.configBytes, opened.config)]
}

/** The strings of an attestation or another JSON document, as places of one kind. */
export function documentPieces(bytes: Uint8Array, kind: ConfigPlaceKind): Piece[] {
  const text = Buffer.from(bytes).toString('utf8')
  return [...jsonStrings(text)].map(({ path, value }) => named({ kind, key: path }, lastKey(path), value))
}

function* parsedPieces(config: ImageConfig): Generator<Piece> {
  for (const [index, assignment] of config.env.entries()) yield assigned('env', assignment, index)
  for (const [key, value] of Object.entries(config.labels)) yield labelled('label', key, value)
  yield* words('entrypoint', config.entrypoint, config.cmd.length > 0)
  yield* words('cmd', config.cmd)
  yield* words('healthcheck', config.healthcheck)
  for (const [index, text] of config.onbuild.entries()) yield plain({ kind: 'onbuild', index }, text)
  yield* words('shell', config.shell)
  if (config.author !== undefined) yield plain({ kind: 'author' }, config.author)
  if (config.comment !== undefined) yield plain({ kind: 'comment' }, config.comment)
  for (const [index, entry] of config.history.entries()) {
    if (entry.createdBy !== undefined) yield* historyPieces(entry.createdBy, index)
    if (entry.comment !== undefined) yield plain({ kind: 'comment', index }, entry.comment)
    if (entry.author !== undefined) yield plain({ kind: 'author', index }, entry.author)
  }
}

function* annotationPieces(annotations: Readonly<Record<string, string>>): Generator<Piece> {
  for (const [key, value] of Object.entries(annotations)) yield labelled('annotation', key, value)
}

/** KEY=VALUE as it stands; what has no "=" is still scanned. */
function assigned(kind: 'env', assignment: string, index: number): Piece {
  const equals = assignment.indexOf('=')
  const place: Place = equals < 0 ? { kind, index } : { kind, key: assignment.slice(0, equals), index }
  return plain(place, assignment)
}

function labelled(kind: ConfigPlaceKind, key: string, value: string): Piece {
  return plain({ kind, key }, `${key}=${value}`)
}

/** The words of a command in one line, so that an option meets its value; `goesOn`: CMD's words are given to ENTRYPOINT's program. */
function* words(kind: ConfigPlaceKind, list: readonly string[], goesOn = false): Generator<Piece> {
  for (const [index, word] of list.entries()) {
    yield { ...plain({ kind, index }, word), separator: index + 1 === list.length && !goesOn ? '\n' : ' ' }
  }
}

/** Build arguments apart from the command they stand before. */
function* historyPieces(createdBy: string, index: number): Generator<Piece> {
  const { args } = parseBuildArgs(createdBy)
  for (const { name, value } of args) yield plain({ kind: 'build-arg', key: name, index }, `${name}=${value}`)
  const behind = args.at(-1)?.end ?? 0
  const base = Buffer.byteLength(createdBy.slice(0, behind))
  yield { ...plain({ kind: 'history', index }, createdBy.slice(behind)), ...(base === 0 ? {} : { base }) }
}

const RAW_KINDS: readonly (readonly [RegExp, ConfigPlaceKind])[] = [
  [/^(?:config|container_config)\.Env$/, 'env'],
  [/^(?:config|container_config)\.Cmd$/, 'cmd'],
  [/^(?:config|container_config)\.Entrypoint$/, 'entrypoint'],
  [/^(?:config|container_config)\.Healthcheck\.Test$/, 'healthcheck'],
  [/^(?:config|container_config)\.OnBuild$/, 'onbuild'],
  [/^(?:config|container_config)\.Shell$/, 'shell'],
  [/^(?:config|container_config)\.Labels\./, 'label'],
  [/^history\.created_by$/, 'history'],
  [/^(?:history\.)?author$/, 'author'],
  [/^(?:history\.)?comment$/, 'comment'],
]

/** Strings of the raw JSON that the parsed form does not have: unknown fields, the first of two equal keys, the old container_config. */
function* rawPieces(bytes: Uint8Array, config: ImageConfig): Generator<Piece> {
  const known = new Set([
    ...config.env,
    ...Object.values(config.labels),
    ...config.cmd,
    ...config.entrypoint,
    ...config.healthcheck,
    ...config.onbuild,
    ...config.shell,
    config.author,
    config.comment,
    ...config.history.flatMap((entry) => [entry.createdBy, entry.author, entry.comment]),
  ])
  for (const { path, value } of jsonStrings(Buffer.from(bytes).toString('utf8'))) {
    if (value === '' || known.has(value) || path.startsWith('rootfs')) continue
    const kind = RAW_KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'annotation'
    yield { ...rawPiece(kind, path, value), secondary: true }
  }
}

function rawPiece(kind: ConfigPlaceKind, path: string, value: string): Piece {
  if (kind === 'env') return assigned(kind, value, 0)
  if (kind === 'label') return labelled(kind, path.replace(/^.*?\.Labels\./, ''), value)
  if (kind === 'annotation') return named({ kind, key: path }, lastKey(path), value)
  return plain({ kind }, value)
}

function named(place: Place, name: string, value: string): Piece {
  return { place, name, text: Buffer.from(value) }
}

function plain(place: Place, text: string): Piece {
  return { place, text: Buffer.from(text) }
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
