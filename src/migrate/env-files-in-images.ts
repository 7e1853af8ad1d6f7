// Env files that a build takes into an image with all of its context, and with them the values that they hold.
import { isAbsolute, relative } from 'node:path'
import type { ProjectFile } from '../compose/types.js'
import { contextSources, sourceTakes } from '../dockerfile/context.js'
import { parseDockerignore } from '../dockerfile/dockerignore.js'
import { printable } from '../support/printable.js'
import { type ServiceBuild, stageChain } from './builds.js'
import { entriesWith } from './candidates.js'
import type { Gathered } from './plan.js'
import type { Move } from './plan-moves.js'

const NAMED = 5

/** One for each env file and ignore file that lets it into an image, where the file holds a secret, or did before the move. */
export function envFileNotes(gathered: Gathered, moves: readonly Move[]): readonly string[] {
  const notes = new Map<string, string>()
  for (const { file } of gathered.project.files.filter(isEnvFile))
    for (const build of gathered.builds.of.values()) {
      const note = noteOn(file, build, gathered, moves)
      if (note !== undefined)
        notes.set(`${file}\0${build.ignoreFile}`, notes.get(`${file}\0${build.ignoreFile}`) ?? note)
    }
  return [...notes.values()]
}

const isEnvFile = ({ kind }: ProjectFile): boolean => kind === 'dotenv' || kind === 'env-file'

function noteOn(
  file: string,
  { service, context, dockerfile, target, ignoreFile, ignoreBytes }: ServiceBuild,
  { project, known }: Gathered,
  moves: readonly Move[],
): string | undefined {
  const path = relative(context, file)
  if (path.startsWith('..') || isAbsolute(path)) return undefined
  if (parseDockerignore(Buffer.from(ignoreBytes).toString('utf8')).ignores(path)) return undefined
  const kept = stageChain(dockerfile, target)
  const copy = dockerfile.instructions.find(
    (each) => kept.has(each.stage) && contextSources(each).some((source) => sourceTakes(source, path)),
  )
  const own = known.filter((each) => [each.source, ...entriesWith(each)].some((entry) => entry.file === file))
  // A file that moves as a whole leaves the image with its line.
  if (
    copy === undefined ||
    own.length === 0 ||
    moves.some(({ candidate }) => candidate.copied !== undefined && candidate.value.file === file)
  )
    return undefined
  const stays = own.filter(({ id }) => !moves.some(({ candidate }) => candidate.id === id))
  const names = [...new Set((stays.length > 0 ? stays : own).map(({ variable }) => printable(variable)))]
  const some = names.length > NAMED ? [...names.slice(0, NAMED), `${names.length - NAMED} more`] : names
  const [env, from, ignored] = [file, dockerfile.file, ignoreFile].map((each) =>
    printable(relative(project.directory, each)),
  )
  const takes = `${service}: ${copy.keyword} in line ${copy.line} of ${from} takes ${env} along into the image`
  const holds = stays.length > 0 ? `with ${some.join(', ')}` : `which had ${some.join(', ')} in it before the move`
  return `${takes}, ${holds}. Where nothing in the image reads it, write ${printable(path)} into ${ignored}, and build anew.`
}
