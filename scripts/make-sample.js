// Builds the sample image: examples/leaky-image/image.yaml -> an archive as `docker save` writes it, the same bytes every time.
// Usage: node scripts/make-sample.js [FILE]   (default: examples/leaky-image.tar)
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { parse } from 'yaml'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const CREATED = '2026-01-01T00:00:00Z'
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** A tar archive of [path, bytes] pairs in their order. */
async function tarOf(files) {
  const stream = pack()
  for (const [name, bytes] of files) stream.entry({ name, mtime: new Date(CREATED) }, Buffer.from(bytes))
  stream.finalize()
  return buffer(stream)
}

/** Harmless text of about `bytes` bytes, another one for each seed. */
function fillerText(seed, bytes) {
  const words = ['shop', 'order', 'basket', 'customer', 'delivery', 'invoice', 'article', 'shelf', 'price', 'stock']
  let text = ''
  for (let round = 0; text.length < bytes; round++) {
    const picks = [...createHash('sha256').update(`${seed} ${round}`).digest()].map(
      (byte) => words[byte % words.length],
    )
    text += `${picks.join(' ')}.\n`
  }
  return text
}

function contentOf(file) {
  return typeof file === 'string' ? file : gzipSync(file.gzip)
}

/** A layer's entries: files, filler, and a whiteout for what the layer deletes (OCI image-spec, layer.md "Whiteouts"). */
function layerEntries({ files = {}, filler, delete: deleted = [] }) {
  const numbers = Array.from({ length: filler?.files ?? 0 }, (_, index) => index)
  return [
    ...numbers.map((number) => [`${filler.path}/chapter-${number}.txt`, fillerText(number, filler.bytes)]),
    ...Object.entries(files).map(([path, file]) => [path, contentOf(file)]),
    ...deleted.map((path) => [`${dirname(path)}/.wh.${path.slice(path.lastIndexOf('/') + 1)}`, '']),
  ]
}

function configOf({ platform, config, layers }, diffIds) {
  const [os, architecture] = platform.split('/')
  const { env: Env, labels: Labels, cmd: Cmd, healthcheck } = config
  const variables = Env.filter((entry) => !entry.startsWith('PATH=')).map((entry) => ({
    created_by: `ENV ${entry}`,
    empty_layer: true,
  }))
  const history = [...layers.map(({ createdBy }) => ({ created_by: createdBy })), ...variables]
  return {
    architecture,
    os,
    created: CREATED,
    config: { Env, Labels, Cmd, Healthcheck: { Test: healthcheck } },
    history: history.map((entry) => ({ created: CREATED, comment: 'buildkit.dockerfile.v0', ...entry })),
    rootfs: { type: 'layers', diff_ids: diffIds },
  }
}

/** The archive's entries in the old layout of `docker save`: one folder a layer, the configuration, manifest.json last. */
async function archiveEntries(spec) {
  const layers = await Promise.all(spec.layers.map((layer) => tarOf(layerEntries(layer))))
  const config = JSON.stringify(
    configOf(
      spec,
      layers.map((layer) => `sha256:${sha256(layer)}`),
    ),
  )
  const configName = `${sha256(config)}.json`
  const layerNames = layers.map((layer) => `${sha256(layer)}/layer.tar`)
  const manifest = [{ Config: configName, RepoTags: [spec.reference], Layers: layerNames }]
  const blobs = layers.map((layer, index) => [layerNames[index], layer])
  return [
    ...blobs.sort(([a], [b]) => (a < b ? -1 : 1)),
    [configName, config],
    ['manifest.json', JSON.stringify(manifest)],
  ]
}

const output = process.argv[2] ?? join(root, 'examples', 'leaky-image.tar')
const text = readFileSync(join(root, 'examples', 'leaky-image', 'image.yaml'), 'utf8').replaceAll('{+}', '')
writeFileSync(output, await tarOf(await archiveEntries(parse(text))))
console.error(`${output} written`)
