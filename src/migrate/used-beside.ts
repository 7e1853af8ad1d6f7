// Compose files near the project that no command was given, and that use a secret where it is now: its file, or its name in the Swarm.
import { dirname, relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { UsageError } from '../support/errors.js'
import { smallFile } from '../support/small-file.js'
import { asTree } from '../support/tree.js'
import { useOf } from './left-references.js'
import { composeFilesNear, environmentNamed } from './near-files.js'
import { writtenModel } from './written-model.js'

/** Absolute paths of files, and names in the Swarm. */
export interface Places {
  readonly paths?: readonly string[]
  readonly names?: readonly string[]
}

export interface UseBeside {
  /** Relative to the project's folder. */
  readonly file: string
  /** For people, after the file's name. */
  readonly use: string
}

/** The first use in each of them. */
export async function usedBeside(
  project: ComposeProject,
  { paths = [], names = [] }: Places,
): Promise<readonly UseBeside[]> {
  const uses: UseBeside[] = []
  for (const { file } of await composeFilesNear(project, paths)) {
    const model = writtenModel((await smallFile(file)) ?? new Uint8Array())
    const use = useOf(dirname(file), model, new Set(paths)) ?? swarmUse(asTree(model['secrets']), names)
    if (use !== undefined) uses.push({ file: relative(project.directory, file), use })
  }
  return uses
}

function swarmUse(secrets: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  const used = Object.entries(secrets).find(([key, value]) => {
    const { external, name } = asTree(value)
    const old = asTree(external)['name']
    return external !== undefined && external !== false && names.includes(String(name ?? old ?? key))
  })
  if (used === undefined) return undefined
  const { external, name } = asTree(used[1])
  return `names ${String(name ?? asTree(external)['name'] ?? used[0])}`
}

/**
 * Before a new version of Swarm secrets: a stack file that goes on naming the one before would bring it back. Those for another place
 * (stack.dev.yml beside stack.prod.yml) are of another Swarm.
 * @throws UsageError
 */
export async function assertNamedAlone(project: ComposeProject, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const { directory, mainFiles } = project
  const isOtherPlace = (file: string) => {
    const place = environmentNamed(file)
    const own = mainFiles.map(environmentNamed).filter((each) => each !== undefined)
    return place !== undefined && own.length > 0 && !own.includes(place)
  }
  const [first] = (await usedBeside(project, { names })).filter(({ file }) => !isOtherPlace(file))
  if (first === undefined) return
  const files = [...mainFiles.map((file) => relative(directory, file)), first.file]
  throw new UsageError(`${first.file} ${first.use}, too: its next deployment would bring the old value back.`, {
    hint: `Name both files, so that both get the new version: ${files.map((file) => `-f ${file}`).join(' ')}.`,
  })
}
