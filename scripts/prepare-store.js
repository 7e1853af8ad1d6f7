// An empty embedded store, ready made: dist/assets/store.tar.gz. Making a database takes ten seconds of a processor, unpacking one two.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { kept } from './kept.js'

const version = (root, name) =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

export async function prepareStore(root, dist) {
  const files = ['store/first-version', 'store/migrations', 'store/schema', 'store/embedded', 'jobs/pg-boss']
  const sources = [
    version(root, '@electric-sql/pglite'),
    version(root, 'pg-boss'),
    ...files.map((file) => readFileSync(join(dist, 'sweep', `${file}.js`))),
  ]
  writeFileSync(join(dist, 'assets', 'store.tar.gz'), await kept(root, 'store', sources, () => makeStore(dist)))
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
