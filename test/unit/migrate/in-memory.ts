// A project held in memory and what a plan is made of, for tests of plans that need no folder and no image.
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../../../src/compose/load.js'
import type { SourceOptions } from '../../../src/image/types.js'
import { NO_BUILDS } from '../../../src/migrate/builds.js'
import { type Detected, findCandidates } from '../../../src/migrate/candidates.js'
import type { FactsOf, ImageFacts } from '../../../src/migrate/image-facts.js'
import { type Gathered, makePlan } from '../../../src/migrate/plan.js'

export const SHELL: ImageFacts = {
  entrypoint: ['docker-entrypoint.sh'],
  cmd: ['serve', '--all'],
  user: '',
  hasShell: true,
  healthcheck: [],
  env: [],
}
export const FOLDER = '/project'

/** Images cannot be had: no engine, no registry. */
export const offline = (): SourceOptions => ({
  signal: AbortSignal.timeout(60_000),
  maxManifestSize: 1,
  includeAttestations: false,
  allowForeignLayers: false,
  followLinks: false,
  insecureRegistries: [],
  offline: true,
})

/** A project that is one file and, where `extra` has one, its override file, held in memory. */
export async function gathered(
  text: string,
  factsOf: FactsOf = () => SHELL,
  extra: Readonly<Record<string, string>> = {},
  detected: Detected = () => undefined,
): Promise<Gathered & { load: LoadOptions }> {
  const files: Readonly<Record<string, string>> = { 'compose.yaml': text, ...extra }
  const overlay = new Map(Object.entries(files).map(([name, content]) => [join(FOLDER, name), Buffer.from(content)]))
  const named = ['compose.yaml', 'compose.override.yaml'].filter((name) => name in files)
  const load: LoadOptions = {
    files: named.map((name) => join(FOLDER, name)),
    profiles: [],
    env: {},
    cwd: FOLDER,
    overlay,
  }
  const project = await loadProject(load)
  return {
    project,
    composeFiles: [],
    candidates: findCandidates(project, detected),
    known: findCandidates(project, detected),
    secretTexts: [],
    images: true,
    select: [],
    names: {},
    factsOf,
    store: { kind: 'compose-file', options: {}, entryOf: (name) => ({ file: `./secrets/${name}` }) },
    builds: NO_BUILDS,
    reported: { left: [], notes: [], services: [], tags: [] },
    taken: new Set(),
    ignoreFiles: new Map(),
    ignoreLines: new Map(),
    load,
  }
}

export async function edited(
  text: string,
  factsOf?: FactsOf,
  extra: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const { staged } = makePlan(await gathered(text, factsOf, extra))
  return Object.fromEntries(
    [...staged].map(([file, bytes]) => [file.slice(FOLDER.length + 1), Buffer.from(bytes).toString()]),
  )
}
