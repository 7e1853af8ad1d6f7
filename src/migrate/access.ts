// Who must be able to read a secret's file.
import type { ComposeProject } from '../compose/types.js'
import { repositoryOf } from './conventions.js'
import type { Gathered } from './plan.js'
import { type Move, readersOf } from './plan-moves.js'
import { hooksOf } from './rewrites/hooks.js'
import { imageOf, serviceModel } from './service-model.js'
import { factsForFlag } from './shim-strategy.js'
import type { FileAccess } from './types.js'

/**
 * Compose mounts a secret's file with the host's owner and bits. A service that reads it as another user than root could not, nor could a
 * root without its rights over others' files: the file is then readable by all, inside a folder that only its owner may enter.
 */
export function accessFor(moves: readonly Move[], gathered: Gathered): FileAccess | undefined {
  // A config was readable by all unless it said otherwise, and stays so.
  const bits = moves.flatMap(({ strategy }) =>
    strategy.by === 'config' ? strategy.grants.map(({ mode }) => mode) : [],
  )
  if (bits.length > 0) return { mode: bits.reduce((all, mode) => all | mode) }
  const others = moves.some(({ strategy, ...move }) =>
    readersOf({ ...move, strategy }).some(
      (service) => !readsAsRoot(service, strategy, gathered) || isOtherUserBeside(service, strategy, gathered),
    ),
  )
  return others ? { mode: 0o444 } : undefined
}

/** A build secret is read by the builder's client. */
const isForBuild = (strategy: Move['strategy']): boolean =>
  strategy.by === 'build' || (strategy.by === 'literal' && strategy.when === 'build')

const isRoot = (user: string): boolean => user === '' || /^(?:0|root)(?::|$)/.test(user)

/** Its root reads no files of other users, as the one who migrates is on the host. A privileged container has all rights whatever it drops. */
function lacksRights(project: ComposeProject, service: string): boolean {
  const { cap_add: add, cap_drop: drop, privileged } = serviceModel(project, service)
  const has = (list: unknown) =>
    Array.isArray(list) && list.some((each) => /^(?:ALL|(?:CAP_)?DAC_OVERRIDE)$/i.test(String(each)))
  return has(drop) && !has(add) && privileged !== true
}

/** Another Compose file that is started over those of the plan gives the service a user, or a hook with one. */
function isOtherUserBeside(service: string, strategy: Move['strategy'], { siblings = [] }: Gathered): boolean {
  if (isForBuild(strategy)) return false
  return siblings.some(({ together }) => {
    if (together === undefined) return false
    const { user = '' } = serviceModel(together, service)
    return (
      !isRoot(String(user)) ||
      lacksRights(together, service) ||
      hooksOf(together, service).some((hook) => !isRoot(hook.user))
    )
  })
}

/**
 * Images whose entrypoint reads files before it gives up root, by their scripts (docker-library: docker_setup_env stands before gosu;
 * linuxserver: s6 runs it). Of others the program reads them later, or the script once it is another user (mongo, redmine).
 */
const READS_FIRST =
  /^(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb|mysql|mariadb|(?:(?:lscr|ghcr)\.io\/)?linuxserver\/.*)$/

function readsAsRoot(service: string, strategy: Move['strategy'], { project, factsOf }: Gathered): boolean {
  if (isForBuild(strategy)) return true
  if (lacksRights(project, service) || hooksOf(project, service).some((hook) => !isRoot(hook.user))) return false
  const image = imageOf(project, service)
  const isFile = strategy.by === 'file' && strategy.shimmed?.includes(service) !== true
  // What the image's program itself reads, as whichever user it runs.
  if (strategy.by === 'settings' || strategy.by === 'mount') return false
  if (isFile && !READS_FIRST.test(repositoryOf(image))) return false
  const { user } = serviceModel(project, service)
  if (typeof user === 'string') return isRoot(user)
  const facts = strategy.by === 'flag' ? factsForFlag(image, factsOf) : factsOf(image)
  return 'missing' in facts ? isFile : isRoot(facts.user)
}
