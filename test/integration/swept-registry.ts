// A registry full of images with a PostgreSQL beside it, for a suite of sweeps: started before its tests, taken away after them.
import { rmSync } from 'node:fs'
import { type CorpusImage, push, sweepCorpus } from '../fixtures/sweep-corpus.js'
import { singleFindings } from '../fixtures/sweep-setup.js'
import { type Postgres, startPostgres } from './postgres-process.js'
import { type Registry, startRegistry } from './registry-process.js'
import { type SweepFolder, sweepFolder } from './sweep-process.js'

const IMAGES = 30

/** Filled in before the first test. */
export interface SweptRegistry {
  registry: Registry
  postgres: Postgres
  corpus: CorpusImage[]
  /** What single scans of the images find. */
  expected: string[]
  /** Go after the tests. */
  readonly folders: string[]
  /** A folder with a sweep.yaml for `host` (default: the registry). */
  folderFor(store?: string, more?: string, host?: string): SweepFolder
}

/** Registers its hooks with the suite that calls it. */
export function sweptRegistry(): SweptRegistry {
  const folders: string[] = []
  const swept = {
    folders,
    folderFor(store?: string, more?: string, host = swept.registry.host) {
      const made = sweepFolder(host, store, more)
      folders.push(made.folder)
      return made
    },
  } as SweptRegistry
  before(async () => {
    swept.registry = await startRegistry('none', false)
    swept.postgres = await startPostgres()
    swept.corpus = await sweepCorpus(IMAGES)
    for (const image of swept.corpus) await push(swept.registry.host, image)
    swept.expected = await singleFindings(swept.registry.host, swept.corpus)
  })
  after(async () => {
    swept.postgres.stop()
    await swept.registry.stop()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  return swept
}
