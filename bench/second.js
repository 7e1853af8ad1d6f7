// What a second scan of an unchanged image costs, from a registry and from an archive: time and bytes against the first, in one run.
// Usage: node bench/second.js [FOLDER]  (after npm run build; FOLDER is the content of one large layer, default: node_modules)
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = resolve(process.argv[2] ?? join(root, 'node_modules'))

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function fileDigest(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}

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

/** One gzipped layer that holds the folder, and an archive as `docker save` writes it. */
async function build(place) {
  const tar = join(place, 'layer.tar')
  execFileSync('tar', ['-cf', tar, '--dereference', '--hard-dereference', '-C', dirname(folder), basename(folder)])
  const diffId = await fileDigest(tar)
  execFileSync('gzip', ['-6', tar])
  const layer = `${tar}.gz`
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } }),
  )
  writeFileSync(join(place, 'config.json'), config)
  writeFileSync(
    join(place, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: ['bench:1'], Layers: [basename(layer)] }]),
  )
  const archive = join(place, 'image.tar')
  execFileSync('tar', ['-cf', archive, '-C', place, basename(layer), 'config.json', 'manifest.json'])
  return { layer, config, archive }
}

/** A registry on the loopback with this one image; counts the bytes that it sends. */
async function serve({ layer, config }) {
  const size = statSync(layer).size
  const layerDigest = await fileDigest(layer)
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

/** Seconds of one scan; ends the program where it fails. */
async function scan(argument, cache) {
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [join(root, 'bin', 'run.js'), 'image', argument, '--fail-on', 'never', '--quiet', '--output', '/dev/null'],
    { stdio: 'inherit', env: { ...process.env, XDG_CACHE_HOME: cache } },
  )
  const code = await new Promise((ended) => child.on('close', ended))
  if (code !== 0) throw new Error(`the scan ended with ${code}`)
  return (performance.now() - started) / 1000
}

const place = mkdtempSync(join(tmpdir(), 'secretscan-bench-'))
try {
  const empty = buildEmpty(place)
  const image = await build(place)
  const registry = await serve(image)
  const starts = []
  for (let run = 0; run < 3; run++) starts.push(await scan(empty, join(place, 'cache-empty')))
  const start = Math.min(...starts)
  const row = async (name, argument, bytes) => {
    const cache = join(place, `cache-${name}`)
    const before = bytes()
    const first = await scan(argument, cache)
    const between = bytes()
    const seconds = []
    for (let run = 0; run < 3; run++) seconds.push(await scan(argument, cache))
    const second = Math.min(...seconds)
    const sent = [between - before, (bytes() - between) / 3]
    console.log(
      `${name.padEnd(9)} first ${first.toFixed(2)} s, second ${second.toFixed(2)} s: ${(second / first).toFixed(3)}, ` +
        `${(Math.max(0, second - start) / (first - start)).toFixed(3)} without the start` +
        (sent[0] > 0 ? `; bytes ${sent[0]} then ${sent[1]}: ${(sent[1] / sent[0]).toFixed(6)}` : ''),
    )
  }
  console.log(
    `layer of ${(statSync(image.layer).size / 1e6).toFixed(0)} MB packed; a scan of nothing takes ${start.toFixed(2)} s`,
  )
  await row('registry', registry.image, () => registry.counter.sent)
  await row('archive', image.archive, () => 0)
  registry.close()
} finally {
  rmSync(place, { recursive: true, force: true })
}
