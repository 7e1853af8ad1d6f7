// Image archives of folders, and what only reading their layers costs: gunzip, and SHA-256 of the stored and of the plain bytes.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

export async function sha256(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * A gzipped layer that holds the folder below a name of its own, so that no file is the same as one of another layer; `same`: at the
 * same place in each, beside a file that makes the layers differ, as after `chown -R`. Folders named .cache are left out, and links
 * stay links, as in images: else a layer holds the same programs many times.
 */
async function buildLayer(place, folder, index, same) {
  const tar = join(place, `layer${index}.tar`)
  writeFileSync(join(place, 'number'), String(index))
  const content = ['-C', place, 'number', '-C', dirname(folder), basename(folder)]
  const own = same ? [] : ['--transform', `s,^,layer${index}/,SH`]
  execFileSync('tar', ['-cf', tar, '--exclude=.cache', '--hard-dereference', ...own, ...content])
  const diffId = `sha256:${await sha256(tar)}`
  execFileSync('gzip', ['-6', tar])
  return { file: `${tar}.gz`, diffId }
}

/**
 * Writes image.tar into `place` as `docker save` does, with `count` layers; returns it, its layers' files and its config's text.
 * `same`: whether the layers hold the same files.
 */
export async function buildArchive(place, folder, count = 1, same = false) {
  const layers = []
  for (let index = 0; index < count; index++) layers.push(await buildLayer(place, folder, index, same))
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) }
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })
  writeFileSync(join(place, 'config.json'), config)
  const names = layers.map((layer) => basename(layer.file))
  const manifest = [{ Config: 'config.json', RepoTags: ['bench:1'], Layers: names }]
  writeFileSync(join(place, 'manifest.json'), JSON.stringify(manifest))
  const archive = join(place, 'image.tar')
  execFileSync('tar', ['-cf', archive, '-C', place, ...names, 'config.json', 'manifest.json'])
  return { archive, layers: layers.map((layer) => layer.file), config }
}

/** Seconds to gunzip the layers and hash them stored and plain, as every scan has to, by the clock and of the processors; plain bytes. */
export async function onlyRead(layers) {
  const started = performance.now()
  const before = process.cpuUsage()
  let bytes = 0
  for (const layer of layers) {
    const [stored, plain] = [createHash('sha256'), createHash('sha256')]
    const input = createReadStream(layer, { highWaterMark: 1 << 20 })
    input.on('data', (chunk) => stored.update(chunk))
    await pipeline(input, createGunzip({ chunkSize: 1 << 20 }), async (chunks) => {
      for await (const chunk of chunks) {
        plain.update(chunk)
        bytes += chunk.length
      }
    })
  }
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, bytes }
}
