// A plan for a folder of files, with the other Compose files that lie in it and around it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { readBuilds } from '../../../src/migrate/builds.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { findDockerfileCandidates } from '../../../src/migrate/dockerfile-candidates.js'
import { readEarlier } from '../../../src/migrate/earlier-files.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { readIfThere } from '../../../src/migrate/project-files.js'
import { readScripts } from '../../../src/migrate/scripts.js'
import { readSiblings } from '../../../src/migrate/sibling-files.js'
import { readStageFiles } from '../../../src/migrate/stage-files.js'
import { gathered, SHELL } from './in-memory.js'

/** `main`: Compose files of the plan, the first one's folder is the project's. `links`: made in the folder, as `ln -s` and `ln` do. */
export async function planned(
  files: Readonly<Record<string, string>>,
  {
    main = 'compose.yaml',
    isStack = false,
    isInGit = false,
    isInVault = false,
    envFile,
    links = () => undefined,
    select = [],
    unknown = 'other',
  }: {
    readonly main?: string | readonly string[]
    readonly isStack?: boolean
    readonly isInGit?: boolean
    readonly isInVault?: boolean
    readonly envFile?: string
    readonly links?: (folder: string) => void
    readonly select?: readonly string[]
    /** In the names of images that cannot be looked at. */
    readonly unknown?: string
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    links(folder)
    const load = {
      files: [main].flat().map((name) => join(folder, name)),
      envFiles: envFile === undefined ? [] : [join(folder, envFile)],
      profiles: [],
      env: {},
      cwd: folder,
    }
    const project = await loadProject(load)
    const builds = await readBuilds(project, readIfThere)
    const candidates = [
      ...findCandidates(project, () => undefined),
      ...findDockerfileCandidates(project, builds, () => undefined),
    ]
    const base = await gathered('services: {}\n', (image) => (image.includes(unknown) ? { missing: 'no' } : SHELL))
    const scripts = await readScripts(project.directory)
    const siblings = await readSiblings(project, { load, builds, isStack, scripts })
    const earlier = await readEarlier(project, load)
    const { moves, left, plan, staged } = makePlan({
      ...base,
      ...(isStack ? { store: { ...base.store, kind: 'swarm' } } : {}),
      ...(isInVault
        ? {
            store: { ...base.store, kind: 'vault', referenceOf: (name) => ({ ref: `vault://s/${name}#v`, env: name }) },
          }
        : {}),
      project,
      builds,
      candidates,
      known: candidates,
      siblings,
      earlier,
      select,
      scripts,
      stages: await readStageFiles(project, scripts),
      ...(isInGit ? { ignoreFiles: new Map([[join(folder, '.gitignore'), new Uint8Array()]]) } : {}),
    })
    return {
      modes: Object.fromEntries(
        plan.steps.flatMap((step) => (step.do === 'put' ? [[step.name, step.access?.mode]] : [])),
      ),
      moves: moves.map(({ candidate }) => candidate.id),
      services: Object.fromEntries(moves.map(({ candidate }) => [candidate.id, candidate.services])),
      left: Object.fromEntries(left.map(({ candidate, reason, todo }) => [candidate.id, { reason, todo }])),
      notes: plan.notes.join('\n'),
      after: (file: string) => Buffer.from(staged.get(join(folder, file)) ?? []).toString('utf8'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
