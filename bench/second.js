// What a second scan of an unchanged image costs, from a registry and from an archive: time and bytes against the first, in one run.
// Usage: node bench/second.js [FOLDER]  (after npm run build; FOLDER is the content of one large layer, default: node_modules)
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildArchive, sha256 } from './image-archive.js'
import { measuredScan, median, repeated, root } from './measured.js'

const RUNS = 3

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** An image of one empty layer: what a scan costs before it reads anything. */
function buildEmpty(place) {
  const layer = Buffer.alloc(1024)
  writeFileSync(join(place, 'empty'), layer)
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] }
  writeFileSync(join(place, 'config.json'), JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }))
  writeFileSync(join(place, 'manifest.json'), JSON.stringify([{ Config: 'config.json', Layers: ['empty'] }]))
  const archive = join(place, 'empty.tar')
  execFileSync('tar', ['-cf', archive, '-C', place, 'empty', 'config.json', 'manifest.json'])
  return archive
}

/** A registry on the loopback with this one image; counts the bytes that it sends. */
async function serve({ layers: [layer], config }) {
  const size = statSync(layer).size
  const layerDigest = `sha256:${await sha256(layer)}`
  const type = (name) => `application/vnd.oci.image.${name}`
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: { mediaType: type('config.v1+json'), digest: digestOf(config), size: config.length },
      layers: [{ mediaType: type('layer.v1.tar+gzip'), digest: layerDigest, size }],
    }),
  )
  const counter = { sent: 0 }
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    if (url === '/v2/') return response.end('{}')
    const isManifest = url.includes('/manifests/')
    const wanted = url.slice(url.lastIndexOf('/') + 1)
    const body = isManifest ? manifest : wanted === layerDigest ? undefined : config
    response.setHeader('content-type', isManifest ? type('manifest.v1+json') : 'application/octet-stream')
    response.setHeader('docker-content-digest', isManifest ? digestOf(manifest) : wanted)
    response.setHeader('content-length', body?.length ?? size)
    if (request.method === 'HEAD') return response.end()
    counter.sent += body?.length ?? size
    if (body === undefined) createReadStream(layer).pipe(response)
    else response.end(body)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return { counter, image: `registry:127.0.0.1:${server.address().port}/bench:1`, close: () => server.close() }
}

/** Seconds of one scan with a cache of its own. */
async function scan(argument, cache) {
  return (await measuredScan(['image', argument, '--output', '/dev/null'], { XDG_CACHE_HOME: cache })).seconds
}

/**
 * Of a registry and of an archive: seconds of the first and of the second scan, and the bytes that the registry sent for each. `start`: what
 * a scan of nothing takes, `bytes`: of the packed layer.
 */
export async function measureSecond(folder) {
  const place = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
  try {
    const empty = buildEmpty(place)
    const image = await buildArchive(place, folder)
    const registry = await serve(image)
    const start = median(await repeated(RUNS, () => scan(empty, join(place, 'cache-empty'))))
    const row = async (name, argument) => {
      const cache = join(place, `cache-${name}`)
      const before = registry.counter.sent
      const first = await scan(argument, cache)
      const between = registry.counter.sent
      const second = median(await repeated(RUNS, () => scan(argument, cache)))
      return { name, first, second, sent: [between - before, (registry.counter.sent - between) / RUNS] }
    }
    const rows = [await row('registry', registry.image), await row('archive', image.archive)]
    registry.close()
    return { start, bytes: statSync(image.layers[0]).size, rows }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

async function main(words) {
  const { start, bytes, rows } = await measureSecond(realpathSync(resolve(words[0] ?? join(root, 'node_modules'))))
  console.log(`layer of ${(bytes / 1e6).toFixed(0)} MB packed; a scan of nothing takes ${start.toFixed(2)} s`)
  for (const { name, first, second, sent } of rows) {
    console.log(
      `${name.padEnd(9)} first ${first.toFixed(2)} s, second ${second.toFixed(2)} s: ${(second / first).toFixed(3)}, ` +
        `${(Math.max(0, second - start) / (first - start)).toFixed(3)} without the start` +
        (sent[0] > 0 ? `; bytes ${sent[0]} then ${sent[1]}: ${(sent[1] / sent[0]).toFixed(6)}` : ''),
    )
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
