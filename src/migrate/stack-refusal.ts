// Whether a project can be a stack of a Swarm at all. `docker stack deploy` takes an older form of Compose files than `docker compose`,
// which in turn starts no service with secrets of a Swarm: a project of the newer form would be started by neither.
import { basename } from 'node:path'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { shellWord } from '../support/shell-word.js'
import type { Blocked } from './build-use.js'
import { docker } from './docker-command.js'
import { serviceModel } from './service-model.js'

/** Keys of services that `docker stack config` refuses (measured with Docker 28.2). */
const REFUSED = new Set(
  `annotations attach blkio_config cgroup cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset
  develop device_cgroup_rules dns_opt extends gpus group_add label_file mem_limit mem_reservation mem_swappiness memswap_limit models
  oom_kill_disable pids_limit platform post_start pre_stop profiles provider pull_policy runtime scale storage_opt use_api_socket uts
  volumes_from`.split(/\s+/),
)
/** Docker's words that name a place and a form, and no value. */
const SAID = /^[\w().-]+ (?:must be an? [\w, ]+|Additional property [\w.-]+ is not allowed)$/m

/** Why the project's secrets cannot go to a Swarm; undefined: as far as is known, the project can be deployed as a stack. */
export async function stackRefusal(project: ComposeProject): Promise<Blocked | undefined> {
  const files = project.mainFiles.map((file) => basename(file)).join(', ')
  const unnamed = Object.keys((project.model['services'] as object | undefined) ?? {}).filter(
    (service) => serviceModel(project, service)['image'] === undefined,
  )
  if (unnamed.length > 0)
    return {
      reason: `docker stack deploy builds nothing and needs a name for the image of ${unnamed.join(', ')}, ${NEITHER}`,
      todo: 'Give it an image: that every node can pull, and plan again; or move to another place (--to compose-file).',
    }
  const refused = await refusedBy(project)
  if (refused === undefined) return undefined
  return {
    reason: `docker stack deploy does not take ${files}${refused === '' ? '' : ` (${refused})`}, ${NEITHER}`,
    todo: `Write ${files} as a stack (${stackConfig(project.mainFiles.map((file) => shellWord(basename(file)))).join(' ')} says what it refuses) and plan again; or move to another place (--to compose-file).`,
  }
}

/** What any move to a Swarm means, without a full stop. */
export const NO_COMPOSE = 'docker compose up does not start services that have secrets of a Swarm any more'

const NEITHER =
  'and docker compose up starts no service with secrets of a Swarm, so that nothing would start it any more.'

const stackConfig = (files: readonly string[]): readonly string[] => [
  'docker',
  'stack',
  'config',
  ...files.flatMap((file) => ['-c', file]),
]

/** What keeps the files from being a stack, "" where that is not known; undefined: nothing. */
async function refusedBy(project: ComposeProject): Promise<string | undefined> {
  const { code, said } = await docker(stackConfig(project.mainFiles).slice(1), {
    cwd: project.directory,
    environment: project.environment,
  })
  if (code === 0) return undefined
  const known = SAID.exec(said)?.[0] ?? newerForm(project)
  return code === REFUSES ? (known ?? '') : newerForm(project)
}

/** The exit code for files that docker refuses; there is another one where it is not there, or too old to know the command. */
const REFUSES = 1

/** What is known of the form without docker. */
function newerForm({ mainFiles, values }: ComposeProject): string | undefined {
  const found = values.find((value) => mainFiles.includes(value.file) && isNewer(value))
  return found === undefined ? undefined : `${basename(found.file)}:${found.line}: ${found.path.slice(0, 3).join('.')}`
}

function isNewer({ path }: LocatedValue): boolean {
  const [top, , key, item, part] = path
  if (top === 'include' || top === 'models' || (top === 'configs' && key === 'content')) return true
  if (top !== 'services' || typeof key !== 'string') return false
  return (
    REFUSED.has(key) ||
    (key === 'depends_on' && typeof item === 'string') ||
    (key === 'env_file' && typeof item === 'number' && part !== undefined)
  )
}
