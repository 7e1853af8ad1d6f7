// Programs that may read an env file themselves (dotenv libraries, frameworks): it is mounted or copied into their container. A line that
// leaves the file would be missing there, unless Compose gives them the variable.
import { relative } from 'node:path'
import { isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import { asTree, type Tree } from '../support/tree.js'
import type { Blocked } from './build-use.js'
import type { Builds } from './builds.js'
import type { Candidate } from './candidates.js'
import { fileHolders } from './file-holders.js'
import { serviceModel } from './service-model.js'

/** Entries of .env that give the candidate its value, and nothing but it. */
export function entriesOf(
  { value, source, secret, url }: Pick<Candidate, 'value' | 'source' | 'secret' | 'url'>,
  project: ComposeProject,
): readonly LocatedValue[] {
  if (source.section === 'dotenv' && source !== url?.entry) return [source]
  return value.interpolates
    .filter((name) => project.environment.get(name) === secret)
    .flatMap((name) => valuesOf(project).withKey(name))
    .filter(({ section, resolved }) => section === 'dotenv' && resolved === secret)
}

/** The same, and the line that the candidate itself is, where Compose reads that file as .env as well. */
export function referencedLines(candidate: Candidate, project: ComposeProject): readonly LocatedValue[] {
  const { value, variable, secret } = candidate
  const isSame = ({ section, file, resolved }: LocatedValue) =>
    section === 'dotenv' && file === value.file && resolved === secret
  const twins =
    value.section === 'env-file-entry' && project.environment.get(variable) === secret
      ? valuesOf(project).withKey(variable).filter(isSame)
      : []
  return [...entriesOf(candidate, project), ...twins]
}

/** Why the line of an env file that the candidate stands in has to stay; undefined: nothing but Compose reads it, or may, where the value was named. */
export function envFileReader(
  { id, services }: Pick<Candidate, 'id' | 'services'>,
  lines: readonly LocatedValue[],
  project: ComposeProject,
  builds: Builds,
  select: readonly string[] = [],
): Blocked | undefined {
  for (const { file, key, resolved } of lines) {
    if (key === undefined) continue
    const name = relative(project.directory, file)
    for (const { service, granted, found } of fileHolders(project, builds, file)) {
      if (granted !== undefined)
        return {
          reason: `${service} ${granted} ${name}, so that its program reads ${key} there.`,
          todo: `Give ${service} a file of its own that holds what it needs, and plan again.`,
        }
      if (found === undefined || select.includes(id) || isGiven(environmentOf(project, service), key, resolved))
        continue
      const given = services.includes(service) ? 'under that name' : 'otherwise'
      return {
        reason: `${service} ${found} ${name}, so that its program may read ${key} there itself: it is not given ${key} ${given}.`,
        todo: `Give ${service} the variable, as ${key}: \${${key}} under environment:, and plan again. If nothing there reads ${name}, keep it out: a folder of its own for what is mounted, a line in .dockerignore for what is copied; or name the value: --select ${id}.`,
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

const environmentOf = (project: ComposeProject, service: string): Tree =>
  asTree(serviceModel(project, service)['environment'])
