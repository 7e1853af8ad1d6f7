// Env files of services that the project may also be started with (docker compose --env-file), where the plan was made without: the Compose
// files take variables from them, too.
import { relative } from 'node:path'
import { interpolate } from '../compose/interpolate.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { madeFromVariable } from './secret-sources.js'
import { decidingNames } from './stage-files.js'
import { writtenText } from './unsettled.js'

/** Why a value stays that is a line of such a file which the Compose files take, too, or that such a line replaces. */
export function takenWithEnvFile(candidate: Candidate, project: ComposeProject): Blocked | undefined {
  const { id, value, shadowed } = candidate
  const select = (name: string) => `Where nobody starts the project with ${name}, name the value: --select ${id}.`
  for (const line of [value, ...shadowed].filter((each) => isUnset(each, project))) {
    const { file, key = '' } = line
    const taker = takerOf(line, key, project)
    if (taker === undefined) continue
    const name = relative(project.directory, file)
    return {
      reason: `${taker} takes ${key} too, which nothing sets here: started with --env-file ${name} it has this value, and would lose it.`,
      todo: `Plan with --env-file ${name} where that is what runs. ${select(name)}`,
    }
  }
  if (value.section === 'env-file-entry') return undefined
  const lines = decidingNames(candidate, project).flatMap((key) => valuesOf(project).withKey(key))
  const other = lines.find((line) => isUnset(line, project) && line.resolved !== '' && changes(value, line, project))
  if (other === undefined) return undefined
  const name = relative(project.directory, other.file)
  return {
    reason: `${name} sets ${other.key} to another value: one secret cannot be both, and what is started with --env-file ${name} would silently get this one.`,
    todo: `Plan with --env-file ${name} where that is what runs. ${select(name)}`,
  }
}

/** A line of a service's env file whose variable the Compose files do not have. */
const isUnset = ({ section, key }: LocatedValue, project: ComposeProject): boolean =>
  section === 'env-file-entry' && key !== undefined && !project.environment.has(key)

/** true where Compose makes something else of `value` once the line sets its variable. */
function changes(value: LocatedValue, { key = '', resolved }: LocatedValue, project: ComposeProject): boolean {
  const { environment } = project
  return resultOf(value, project, new Map([...environment, [key, resolved]])) !== resultOf(value, project, environment)
}

/** What Compose makes otherwise where the line sets its variable, for people. */
function takerOf(line: LocatedValue, key: string, project: ComposeProject): string | undefined {
  const values = valuesOf(project)
  const named = values.withKey(key).filter(({ passThrough }) => passThrough)
  const user = [...values.interpolating(key), ...named].find(
    (each) => each.section !== 'env-file-entry' && each.section !== 'dotenv' && changes(each, line, project),
  )
  if (user === undefined) return madeFromVariable(project, key)
  return [user.service, user.key ?? user.section].filter((part) => part !== undefined).join('.')
}

/** undefined: Compose refuses it. */
function resultOf(
  value: LocatedValue,
  project: ComposeProject,
  environment: ReadonlyMap<string, string>,
): string | undefined {
  if (value.passThrough) return environment.get(value.key ?? '')
  try {
    return interpolate(writtenText(project, value), (name) => environment.get(name)).value
  } catch {
    return undefined
  }
}
