// An image's config: every string of it scanned, and its description made fit to leave the program.

import type { ImageDescription, LayerEntry, OpenedImage } from '../image/types.js'
import { configPieces } from './config-pieces.js'
import { valueHmac, valueTag } from './fingerprint.js'
import { MASK } from './redact.js'
import { scanStrings } from './scan-strings.js'
import { shownInstruction } from './shown-instruction.js'
import type { ConfigResult } from './types.js'
import type { WorkerPool } from './worker-pool.js'

/** Findings of the config, and the image's description with every found value masked in instructions and annotations. */
export async function scanConfig(opened: OpenedImage, pool: WorkerPool): Promise<ConfigResult> {
  const readable = withInstructions(opened.image)
  const scanned = await scanStrings(configPieces(opened), pool, { mask: describedStrings(readable) })
  const image = withStrings(readable, scanned.masked)
  return { findings: scanned.findings, coverage: scanned.coverage, image }
}

/** The description without the values that workers have found in files. */
export async function maskDescription(image: ImageDescription, pool: WorkerPool): Promise<ImageDescription> {
  const result = await pool.onEach((previous) => ({ kind: 'mask', mask: previous?.masked ?? describedStrings(image) }))
  return result?.masked === undefined ? image : withStrings(image, result.masked)
}

/** Instructions as their Dockerfile had them. */
function withInstructions(image: ImageDescription): ImageDescription {
  const layers = image.layers.map((layer) =>
    layer.createdBy === undefined ? layer : { ...layer, createdBy: shownInstruction(layer.createdBy) },
  )
  return { ...image, layers, ...withHistory(image, (line) => shownInstruction(line)) }
}

/** The history with each line changed. */
function withHistory(
  { history }: ImageDescription,
  change: (line: string, index: number) => string,
): Pick<ImageDescription, 'history'> {
  if (history === undefined) return {}
  return { history: history.map((line, i) => ({ ...line, createdBy: change(line.createdBy, i) })) }
}

/** The description without words whose tag is one of `tags`: values in layers that the cache knew, which no worker has seen. */
export function maskTagged(image: ImageDescription, tags: ReadonlySet<string>): ImageDescription {
  return tags.size === 0 ? image : maskWords(image, 12, (word) => tags.has(valueTag(word)))
}

/** The description without words whose HMAC under `key` is one of `hmacs`: values of layers that were scanned elsewhere. */
export function maskKeyed(image: ImageDescription, key: Uint8Array, hmacs: ReadonlySet<string>): ImageDescription {
  return hmacs.size === 0 ? image : maskWords(image, 4, (word) => hmacs.has(valueHmac(key, word)))
}

function maskWords(image: ImageDescription, least: number, isSecret: (word: Uint8Array) => boolean): ImageDescription {
  const words = new RegExp(`[^\\s"'\`=:;,@()<>|&]{${least},}`, 'g')
  const mask = (word: string) => (isSecret(Buffer.from(word)) ? MASK : word)
  return withStrings(
    image,
    describedStrings(image).map((text) => text.replace(words, mask)),
  )
}

/** Every string of a description that a person may have typed, in a fixed order. */
function describedStrings(image: ImageDescription): string[] {
  return [
    ...image.layers.map((layer) => layer.createdBy ?? ''),
    ...Object.keys(image.annotations),
    ...Object.values(image.annotations),
    ...(image.history ?? []).map(({ createdBy }) => createdBy),
    ...(image.reference === undefined ? [] : [image.reference]),
  ]
}

/** The opposite of describedStrings. */
function withStrings(image: ImageDescription, strings: readonly string[]): ImageDescription {
  const count = Object.keys(image.annotations).length
  const layers = image.layers.map((layer, i): LayerEntry => {
    const { createdBy: plain, ...rest } = layer
    return plain === undefined ? rest : { ...rest, createdBy: strings[i] ?? '' }
  })
  const keys = strings.slice(layers.length, layers.length + count)
  const values = strings.slice(layers.length + count, layers.length + 2 * count)
  const annotations = Object.fromEntries(keys.map((key, i) => [key, values[i] ?? '']))
  const from = layers.length + 2 * count
  const history = withHistory(image, (_, i) => strings[from + i] ?? '')
  const reference = strings[from + (image.history?.length ?? 0)]
  return { ...image, layers, annotations, ...history, ...(reference === undefined ? {} : { reference }) }
}
