// Variables that a program takes from its environment without being told (PGPASSWORD by psql). A health check or a hook that runs such a
// program names none of them, and does not see what an entrypoint exports.
import type { ComposeProject } from '../compose/types.js'
import type { Blocked } from './build-use.js'
import type { Candidate } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { imageOf, serviceModel } from './service-model.js'

const word = (names: string): RegExp => new RegExp(`(?:^|[\\s"'/;&|(])(${names})(?=$|[\\s"';&|)])`)

/** Programs by the variable, as their documentation names it. */
const TAKEN_BY: ReadonlyMap<string, RegExp> = new Map([
  ['PGPASSWORD', word('psql|pg_dump|pg_dumpall|pg_restore|pgbench|createdb|dropdb|createuser|vacuumdb|reindexdb')],
  ['MYSQL_PWD', word('(?:mysql|mariadb)(?:admin|-admin|dump|-dump|show|check|import)?')],
  ['REDISCLI_AUTH', word('redis-cli')],
  ['VALKEYCLI_AUTH', word('valkey-cli')],
  ['VAULT_TOKEN', word('vault')],
  ['BAO_TOKEN', word('bao')],
  ['CONSUL_HTTP_TOKEN', word('consul')],
  ['ETCDCTL_PASSWORD', word('etcdctl')],
  ['INFLUX_TOKEN', word('influx')],
  ['AWS_SECRET_ACCESS_KEY', word('aws')],
  ['AWS_SESSION_TOKEN', word('aws')],
])

/** The program of a command that takes the variable without being told. */
export const takingUnnamed = (command: string, variable: string): string | undefined =>
  command.includes(variable) ? undefined : TAKEN_BY.get(variable)?.exec(command)?.[1]

/**
 * Why the variable has to stay in the environment of the candidate's services; undefined: nothing of this kind takes it there.
 * `isBrought`: health checks of the Compose file are written anew with it.
 */
export function implicitUse(
  { variable, services }: Pick<Candidate, 'variable' | 'services'>,
  project: ComposeProject,
  factsOf: FactsOf,
  isBrought: boolean,
): Blocked | undefined {
  for (const service of TAKEN_BY.has(variable) ? services : []) {
    for (const [what, command] of commandsBeside(project, service, factsOf)) {
      const program = takingUnnamed(command, variable)
      if (program !== undefined && !(isBrought && what === OWN_CHECK))
        return {
          reason: `The ${what} of ${service} runs ${program}, which takes ${variable} from the environment: it does not see what an entrypoint exports.`,
          todo: `Say there what it takes, as ${variable}="$$${variable}" ${program} … in a ["CMD-SHELL", "…"], and plan again.`,
        }
    }
  }
  return undefined
}

const OWN_CHECK = 'health check'

/** What runs in the service's container beside its own program, for people and as text. */
export function commandsBeside(
  project: ComposeProject,
  service: string,
  factsOf: FactsOf,
): readonly (readonly [string, string])[] {
  const model = serviceModel(project, service)
  const check = (model['healthcheck'] ?? {}) as { readonly test?: unknown; readonly disable?: unknown }
  const facts = factsOf(imageOf(project, service))
  const inherited = check.test === undefined && check.disable !== true && !('missing' in facts) ? facts.healthcheck : []
  return [
    [OWN_CHECK, textOf(check.test)],
    ["image's health check", inherited.join(' ')],
    ...['post_start', 'pre_stop'].map((hook) => [`${hook} hook`, textOf(model[hook])] as const),
  ]
}

/** All words of a command, or of a list of hooks. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ')
  if (typeof value === 'object' && value !== null) return textOf((value as { readonly command?: unknown }).command)
  return typeof value === 'string' ? value : ''
}
