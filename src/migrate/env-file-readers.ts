// Programs that may read an env file themselves (dotenv libraries, frameworks): it is mounted or copied into their container. A line that
// leaves the file would be missing there, unless Compose gives them the variable.
import { basename, dirname, relative, resolve } from 'node:path'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { contextSources, sourceTakes } from '../dockerfile/context.js'
import { parseDockerignore } from '../dockerfile/dockerignore.js'
import type { Blocked } from './build-use.js'
import type { Builds, ServiceBuild } from './builds.js'
import type { Candidate } from './candidates.js'
import { serviceModel } from './strategy.js'

/** Entries of .env that give the candidate its value, and nothing but it. */
export function entriesOf(
  { value, source, secret }: Pick<Candidate, 'value' | 'source' | 'secret'>,
  project: ComposeProject,
): readonly LocatedValue[] {
  if (source.section === 'dotenv') return [source]
  return project.values.filter(
    ({ section, key, resolved }) =>
      section === 'dotenv' &&
      key !== undefined &&
      resolved === secret &&
      value.interpolates.includes(key) &&
      project.environment.get(key) === secret,
  )
}

/** Why the line of an env file that the candidate stands in has to stay; undefined: nothing but Compose reads it. */
export function envFileReader(
  { services }: Pick<Candidate, 'services'>,
  lines: readonly LocatedValue[],
  project: ComposeProject,
  builds: Builds,
): Blocked | undefined {
  for (const { file, key, resolved } of lines) {
    if (key === undefined) continue
    for (const service of servicesOf(project)) {
      const how = isGiven(environmentOf(project, service), key, resolved)
        ? undefined
        : (mounting(project, service, file) ?? copying(builds.of.get(service), file))
      if (how === undefined) continue
      const name = relative(project.directory, file)
      const given = services.includes(service) ? 'under that name' : 'otherwise'
      return {
        reason: `${service} ${how} ${name}, so that its program may read ${key} there itself: it is not given ${key} ${given}.`,
        todo: `Give ${service} the variable, as ${key}: \${${key}} under environment:, and plan again. If nothing there reads ${name}, keep it out: a folder of its own for what is mounted, a line in .dockerignore for what is copied.`,
      }
    }
  }
  return undefined
}

/** Compose gives it the variable, or its value in another one. */
function isGiven(environment: Tree, key: string, secret: string): boolean {
  if (Object.hasOwn(environment, key)) return true
  return Object.values(environment)
    .map(String)
    .some(
      (value) =>
        value === secret ||
        findUrlPassword(value)?.password === secret ||
        (isTellingValue(secret) && value.includes(secret)),
    )
}

const servicesOf = (project: ComposeProject): readonly string[] => Object.keys(treeOf(project.model['services'])).sort()

type Tree = Readonly<Record<string, unknown>>

const treeOf = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {})

const environmentOf = (project: ComposeProject, service: string): Tree =>
  treeOf(serviceModel(project, service)['environment'])

/** Programs look for the file in the folder that they are started in: only the mounted folder itself counts, not those below. */
function mounting(project: ComposeProject, service: string, file: string): string | undefined {
  const { volumes } = serviceModel(project, service)
  const isMounted = (Array.isArray(volumes) ? volumes : []).map(treeOf).some(({ type, source }) => {
    if (type !== 'bind' || typeof source !== 'string') return false
    const path = resolve(project.directory, source)
    return path === file || path === dirname(file)
  })
  return isMounted ? 'mounts' : undefined
}

function copying(build: ServiceBuild | undefined, file: string): string | undefined {
  if (build === undefined || dirname(file) !== build.context) return undefined
  const path = basename(file)
  if (parseDockerignore(Buffer.from(build.ignoreBytes).toString('utf8')).ignores(path)) return undefined
  const takes = build.dockerfile.instructions.some((instruction) =>
    contextSources(instruction).some((source) => sourceTakes(source, path)),
  )
  return takes ? 'is built with a copy of' : undefined
}
