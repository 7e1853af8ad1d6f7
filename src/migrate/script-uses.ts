// Why a value stays for a script of the project: it sets the variable before it starts the project, or runs the image that the value leaves.
import type { ComposeProject } from '../compose/types.js'
import { escaped } from '../support/regexp.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import { builtImage, IN_IMAGE } from './image-runners.js'
import type { DecideContext } from './plan-moves.js'
import { lineOf, placeIn, type Script } from './scripts.js'
import { decidingNames } from './stage-files.js'

/** What starts the project, in a script; a wrapper hands its own words on. */
export const STARTS =
  /\b(?:docker|podman)[ -]compose\b.*(?:\s(?:up|run|start|create)\b|\$[@*])|\$[({]?(?:DC|COMPOSE|DOCKER_COMPOSE)[)}]?\s.*\b(?:up|run)\b|\bdocker\s+stack\s+deploy\b|\bsail\s+up\b/

/** Itself, or by a Makefile of the project. */
const starts = ({ text }: Script, scripts: readonly Script[]): boolean =>
  STARTS.test(text) ||
  (/(?:^|[\s;&])make\s+\w/m.test(text) &&
    scripts.some(({ name, text: other }) => /makefile$/i.test(name) && STARTS.test(other)))

/** Of a value that a variable decides: what a script sets that one to before it starts the project. */
export function setByScript(
  candidate: Candidate,
  project: ComposeProject,
  scripts: readonly Script[],
): Blocked | undefined {
  const { id, secret } = candidate
  for (const name of decidingNames(candidate, project))
    for (const script of scripts) {
      if (script.kind !== 'script' || !starts(script, scripts)) continue
      const line = lineOf(script, (each) => sets(each, name, script) && !each.includes(secret))
      if (line === -1) continue
      return {
        reason: `${placeIn(script, line)} sets ${name} and starts the project: its value would no longer count there, and the service would silently get this one.`,
        todo: `Let it write the file of a secret instead, or give that place a folder of its own. Where it sets this same value, name it: --select ${id}.`,
      }
    }
  return undefined
}

/** `export X=`, `X=1 docker compose up`, `X: 1` of a workflow, `Environment=X=1`, what it writes into an env file; not what it reads from one. */
function sets(line: string, name: string, { name: file }: Script): boolean {
  const key = escaped(name)
  if (/\$\(.*\.env\b|`.*\.env\b/.test(line)) return false
  if (/\.ya?ml$/.test(file) && new RegExp(`^\\s*(?:-\\s+)?["']?${key}["']?\\s*:\\s*\\S`).test(line)) return true
  if (new RegExp(`\\bvariable:\\s*["']${key}["']`).test(line)) return true
  if (new RegExp(`\\bread\\b[^;|&]*\\s${key}\\b|\\$env:${key}\\s*=|\\bset\\s+-\\w*x\\w*\\s+${key}\\b`).test(line))
    return true
  return new RegExp(
    `(?<!(?:-e|--env|--build-arg)[ =]["']?)(?:^|(?<=[\\s;&|({"'/=]))${key}(?:\\s*(?::{1,3}|\\?|\\+)=|=(?!=)|\\s+=\\s)`,
  ).test(line)
}

/** Of what leaves an image: a script that runs it by its name, or a Dockerfile that begins with it and that no service is built from. */
export function runByScript(
  { id, what, services }: Candidate,
  { project, builds, scripts = [], select }: Pick<DecideContext, 'project' | 'builds' | 'scripts' | 'select'>,
): Blocked | undefined {
  if (select.includes(id)) return undefined
  if (!IN_IMAGE.has(what)) return undefined
  const files = new Set(services.flatMap((service) => builds.of.get(service)?.dockerfile.file ?? []))
  const { names } = builtImage(project, builds, { files, what })
  const known = new Set([...builds.of.values()].map(({ dockerfile }) => dockerfile.file))
  // One that Compose made up is named by nobody.
  const named = [...names]
    .map((name) => name.replace(/[:@][^/]*$/, ''))
    .filter((name) => !name.startsWith(`${project.name}-`))
  for (const name of named) {
    const image = new RegExp(`(?:^|[\\s"'=/])${escaped(name)}(?![\\w./-])`)
    for (const script of scripts) {
      const use = USES[script.kind]
      if (script.kind === 'dockerfile' && [...known].some((file) => file.endsWith(`/${script.name}`))) continue
      const line = use === undefined ? -1 : lineOf(script, (each) => use.named.test(each) && image.test(each))
      if (line === -1 || use === undefined) continue
      return {
        reason: `${placeIn(script, line)} ${use.does} the image by its name: it would lose the value.`,
        todo: `Give it the value in another way (${use.instead}); where it does not need it, name the value: --select ${id}.`,
      }
    }
  }
  return undefined
}

/** How the name of an image stands in a file that makes containers or images of it. */
const USES: Readonly<
  Record<Script['kind'], { readonly named: RegExp; readonly does: string; readonly instead: string } | undefined>
> = {
  script: {
    named: /\b(?:docker|podman)\s+(?:container\s+)?(?:run|create)\b/,
    does: 'runs',
    instead: '-e, or a mounted secret',
  },
  dockerfile: { named: /^\s*FROM\s/i, does: 'builds upon', instead: 'ENV or a build secret of its own' },
  manifest: { named: /\b(?:image|repository)\b/i, does: 'runs', instead: 'a secret of its own' },
  program: undefined,
}
