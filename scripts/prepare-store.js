// An empty embedded store, ready made: dist/assets/store.tar.gz. Making a database takes ten seconds of a processor, unpacking one two.
// Kept between builds while nothing that is in it has changed.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const version = (root, name) =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

function fingerprint(root, dist) {
  const hash = createHash('sha256').update(version(root, '@electric-sql/pglite')).update(version(root, 'pg-boss'))
  for (const file of ['first-version', 'migrations', 'schema', 'embedded'])
    hash.update(readFileSync(join(dist, 'sweep', 'store', `${file}.js`)))
  hash.update(readFileSync(join(dist, 'sweep', 'jobs', 'pg-boss.js')))
  return hash.digest('hex').slice(0, 16)
}

export async function prepareStore(root, dist) {
  const folder = join(root, 'node_modules', '.cache', 'secretscan')
  const kept = join(folder, `store-${fingerprint(root, dist)}.tar.gz`)
  if (!existsSync(kept)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${kept}.${process.pid}`, await makeStore(dist))
    renameSync(`${kept}.${process.pid}`, kept)
  }
  copyFileSync(kept, join(dist, 'assets', 'store.tar.gz'))
}

async function makeStore(dist) {
  const load = (file) => import(pathToFileURL(join(dist, 'sweep', file)).href)
  const { openEmbedded } = await load('store/embedded.js')
  const { migrateSchema } = await load('store/schema.js')
  const { openJobs } = await load('jobs/pg-boss.js')
  const temporary = mkdtempSync(join(tmpdir(), 'secretscan-store-'))
  try {
    const database = await openEmbedded(join(temporary, 'data'))
    await migrateSchema(database)
    await openJobs(database, 'build')
    await database.close()
    const { PGlite } = await import('@electric-sql/pglite')
    const client = await PGlite.create(join(temporary, 'data'))
    const dump = await client.dumpDataDir('gzip')
    await client.close()
    return Buffer.from(await dump.arrayBuffer())
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
