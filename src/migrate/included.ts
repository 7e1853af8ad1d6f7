// Why values of projects that the project includes stay: each can be started alone, too, and declares its own secrets.
import { dirname, join, relative } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'

/** undefined: no service of an included project has it. */
export function ofIncluded(
  { value, source, services, variable }: Pick<Candidate, 'value' | 'source' | 'services' | 'variable'>,
  project: ComposeProject,
): Blocked | undefined {
  const inCompose = value.via.includes('include')
    ? value
    : // An env file's entry does not say so itself.
      valuesOf(project)
        .written(...services)
        .find(({ via }) => via.includes('include'))
  if (inCompose === undefined) return undefined
  const { directory } = project
  const file = relative(directory, inCompose.file)
  const there = `secretscan migrate -f ${file}`
  const isOfRoot = source.section === 'dotenv' && dirname(source.file) === directory
  if (!isOfRoot || dirname(inCompose.file) === directory)
    return { reason: 'It is defined in an included project.', todo: `Run ${there}.` }
  const [own, theirs] = [relative(directory, source.file), join(dirname(file), '.env')]
  return {
    reason: `It is for an included project (${file}), which gets ${source.key ?? variable} of ${own}.`,
    todo: `Write the line into ${theirs} in place of ${own}, and run ${there}.`,
  }
}
