// A project held in memory that builds its image, and its plan, held against what has to stay.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../../../src/compose/load.js'
import { readBuilds } from '../../../src/migrate/builds.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { assertSameDockerfiles } from '../../../src/migrate/check-dockerfile.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { dockerfilesOf, findDockerfileCandidates, joinCandidates } from '../../../src/migrate/dockerfile-candidates.js'
import type { ImageFacts } from '../../../src/migrate/image-facts.js'
import { givenLiterals, literalCandidates } from '../../../src/migrate/literals.js'
import { type Gathered, makePlan, type Planned } from '../../../src/migrate/plan.js'
import type { StoreKind } from '../../../src/migrate/types.js'

const FOLDER = '/project'
export const FACTS: ImageFacts = {
  entrypoint: ['/start'],
  cmd: ['serve'],
  user: '',
  hasShell: true,
  healthcheck: [],
  env: ['API_TOKEN=t0p-made-up'],
}
export const READS_FILES: ImageFacts = {
  ...FACTS,
  convention: {
    form: 'VAR_FILE',
    variables: ['API_TOKEN'],
    except: [],
    together: [],
    seenIn: 'its entrypoint',
  },
}

export interface Result extends Planned {
  readonly gathered: Gathered
  readonly files: Readonly<Record<string, string>>
}

/** Plans a project held in memory, and checks that the result means the same but for what moved. */
export async function plan(
  files: Readonly<Record<string, string>>,
  options: { store?: StoreKind; facts?: ImageFacts; literals?: Readonly<Record<string, string>>; given?: true } = {},
): Promise<Result> {
  const overlay = new Map(Object.entries(files).map(([name, text]) => [join(FOLDER, name), Buffer.from(text)]))
  const load: LoadOptions = { files: [join(FOLDER, 'compose.yaml')], profiles: [], env: {}, cwd: FOLDER, overlay }
  const project = await loadProject(load)
  const builds = await readBuilds(project, async (file) => overlay.get(file))
  const named = Object.entries(options.literals ?? {}).map(([key, text]) => ({
    file: join(FOLDER, 'Dockerfile'),
    text,
    key,
    title: 'Made-up token',
  }))
  const literals = options.given === true ? dockerfilesOf(builds).flatMap(givenLiterals) : named
  const candidates = [
    ...joinCandidates(
      findCandidates(project, () => undefined),
      findDockerfileCandidates(project, builds, () => undefined),
      builds,
      project,
    ),
    ...literalCandidates(project, builds, literals),
  ]
  const gathered: Gathered = {
    project,
    composeFiles: [],
    candidates,
    known: candidates,
    secretTexts: [],
    images: true,
    select: [],
    names: {},
    factsOf: () => options.facts ?? FACTS,
    builds,
    store: { kind: options.store ?? 'compose-file', options: {}, entryOf: (name) => ({ file: `./secrets/${name}` }) },
    reported: { left: [], notes: [], services: [], tags: [] },
    taken: new Set(),
    ignoreFiles: new Map(),
    ignoreLines: new Map(),
  }
  const planned = makePlan(gathered)
  const after = await loadProject({ ...load, overlay: new Map([...overlay, ...planned.staged]) })
  assert.deepEqual(modelProblems(project.model, after.model, planned.moves), [])
  assertSameDockerfiles(builds, planned.staged, planned.moves)
  return {
    ...planned,
    gathered,
    files: Object.fromEntries(
      [...planned.staged].map(([file, bytes]) => [file.slice(FOLDER.length + 1), Buffer.from(bytes).toString()]),
    ),
  }
}

/** Reasons of what is left, by candidate. */
export const reasons = ({ left }: Result): string =>
  left.map(({ candidate, reason }) => `${candidate.id}: ${reason}`).join('\n')
