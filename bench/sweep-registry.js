// The registry that bench/sweep.js sweeps, a process of its own that it forks: `node bench/sweep-registry.js IMAGES BYTES`. Its images are
// worked out from their number, once; their text is monotonous, so that they take little memory. Counts what is asked for.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** One file in a tar archive. */
function tar(name, body) {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0ustar\0', 156)
  header.write('00', 263)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512), Buffer.alloc(1024)])
}

const words = 'const let return function value name list user server config import from await async error\n'
const text = (size) => Buffer.from(words.repeat(Math.ceil(size / words.length)).slice(0, size))
const memory = new Map()

/** Bytes of the one layer that an image shares with no other. */
const ownLayer = Number(process.argv[3])

/** kind base: 5 of them, 1 MB; runtime: 40, 300 kB; app: one an image, every tenth with a made-up token. */
function layer(kind, n) {
  const known = memory.get(`${kind} ${n}`)
  if (known !== undefined) return known
  const size = { base: 1_000_000, runtime: 300_000, app: ownLayer }[kind]
  const secret =
    kind === 'app' && n % 10 === 0 ? `\nTOKEN=${'ghp_'}${String(n).padStart(6, '0')}${'Zq3vX9sLm2'.repeat(3)}\n` : ''
  const body = tar(`${kind}/${n}.txt`, Buffer.concat([Buffer.from(`${kind} ${n}\n`), text(size), Buffer.from(secret)]))
  const bytes = gzipSync(body, { level: 1 })
  const made = { bytes, digest: digestOf(bytes), diffId: digestOf(body) }
  memory.set(`${kind} ${n}`, made)
  return made
}

const images = new Map()

function image(n) {
  const known = images.get(n)
  if (known !== undefined) return known
  const layers = [layer('base', n % 5), layer('runtime', n % 40), layer('app', n)]
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map((_, i) => ({ created_by: `COPY ${i} /` })),
    }),
  )
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, bytes }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size: bytes.length,
      })),
    }),
  )
  const made = { layers, config, manifest, digest: digestOf(manifest) }
  images.set(n, made)
  return made
}

const TAGS = 50

/** Image n is app-R:vN with fifty tags a repository. Counts what is asked for. */
function serve(amount) {
  const byDigest = new Map()
  const configs = new Map()
  const blobs = new Map()
  let uniqueBytes = 0
  let allBytes = 0
  for (let n = 0; n < amount; n++) {
    const { digest, config, layers } = image(n)
    byDigest.set(digest, n)
    configs.set(digestOf(config), n)
    for (const [i, each] of layers.entries()) {
      allBytes += each.bytes.length
      if (!blobs.has(each.digest)) uniqueBytes += each.bytes.length
      blobs.set(each.digest, [['base', 'runtime', 'app'][i], [n % 5, n % 40, n][i]])
    }
  }
  const counts = { requests: 0, heads: 0, lists: 0, manifests: 0, blobs: 0, blobBytes: 0, configs: 0 }
  const server = createServer((request, response) => {
    counts.requests++
    const path = request.url.split('?')[0]
    const send = (body, headers = {}) => {
      response.writeHead(200, { 'content-length': body.length, ...headers })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    const [, repository, kind, name] = /^\/v2\/(app-\d+)\/(tags|manifests|blobs)\/(.+)$/.exec(path) ?? []
    if (path === '/v2/') return send('{}')
    if (path === '/v2/_catalog') {
      counts.lists++
      const repositories = Array.from({ length: Math.ceil(amount / TAGS) }, (_, n) => `app-${n}`)
      return send(JSON.stringify({ repositories }))
    }
    if (kind === 'tags') {
      counts.lists++
      const first = Number(repository.slice(4)) * TAGS
      const tags = Array.from({ length: Math.min(TAGS, amount - first) }, (_, n) => `v${first + n}`)
      return send(JSON.stringify({ name: repository, tags }))
    }
    if (kind === 'manifests') {
      const n = name.startsWith('v') ? Number(name.slice(1)) : byDigest.get(name)
      if (n === undefined) return response.writeHead(404).end()
      counts[request.method === 'HEAD' ? 'heads' : 'manifests']++
      const { manifest, digest } = image(n)
      return send(manifest, {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'docker-content-digest': digest,
      })
    }
    if (configs.has(name)) {
      counts.configs++
      return send(image(configs.get(name)).config)
    }
    const place = blobs.get(name)
    if (place === undefined) return response.writeHead(404).end()
    const { bytes } = layer(...place)
    counts.blobs++
    counts.blobBytes += bytes.length
    send(bytes)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () =>
    process.send({ port: server.address().port, uniqueBytes, allBytes, layers: blobs.size }),
  )
  process.on('message', () => {
    const told = { ...counts, cpu: process.cpuUsage() }
    for (const key of Object.keys(counts)) counts[key] = 0
    process.send(told)
  })
}

serve(Number(process.argv[2]))
