// Variables of a shared env file that a service gets and whose program never reads them: a database has no use for its client's session key, so
// it needs neither the secret nor a shim for it. Only for images of which all variables begin with a name of their own, and that run as they are.
import { modelWords } from '../compose/started-words.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { findUrlPassword } from '../compose/url-password.js'
import { valuesOf } from '../compose/value-index.js'
import type { Candidate } from './candidates.js'
import { conventionsOf, fileEntry, repositoryOf } from './conventions.js'
import type { FactsOf } from './image-facts.js'
import { imageOf, serviceModel } from './service-model.js'

/** Docker's official images (and those that are made from them), and a few more, by what they read of their environment. */
const READ: readonly { readonly image: RegExp; readonly variables: RegExp; readonly data: RegExp }[] = [
  {
    image: /^(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb)$/,
    // libpq's variables have no line behind PG; PG_PASS is somebody's own.
    variables: /^(?:POSTGRES|PG(?!_)|PG_COLORS?$|TIMESCALEDB|TS_)/,
    data: /^\/var\/lib\/postgresql/,
  },
  { image: /^(?:mysql|mariadb|percona)$/, variables: /^(?:MYSQL|MARIADB|PERCONA)/, data: /^\/var\/lib\/mysql/ },
  { image: /^mongo$/, variables: /^(?:MONGO|HOME$)/, data: /^\/data/ },
  { image: /^(?:redis|valkey\/valkey)$/, variables: /^(?:REDIS|VALKEY)/, data: /^\/data/ },
  { image: /^memcached$/, variables: /^MEMCACHED/, data: /^$/ },
  {
    // Its configuration is AUTHENTIK_…; the others are those of what it is made with. Blueprints may name any variable.
    image: /^(?:ghcr\.io\/goauthentik|beryju|authentik)\/(?:server|authentik|proxy|ldap|radius)$/,
    variables: /^(?:AUTHENTIK|AWS_|PYTHON|GUNICORN|DJANGO|PROMETHEUS|OTEL_|REQUESTS_|CURL_|GEOIP|GO[A-Z])/,
    data: /^\/(?:media|data|certs|templates|geoip|var\/run\/docker\.sock)(?:\/|$)/,
  },
]

/** Variables that any program on Linux may read. */
const ANYBODYS = /^(?:LD_|LC_|LANG|PATH$|HOME$|TZ$|SSL|OPENSSL|MALLOC|GLIBC|.*_PROXY$)/i

/** The candidate without the services that do not read it: it leaves them. */
export function withoutUnread(
  candidate: Candidate,
  { project, factsOf }: { readonly project: ComposeProject; readonly factsOf: FactsOf },
): Candidate {
  const unread = unreadBy(candidate, project, factsOf)
  if (unread.length === 0) return candidate
  return { ...candidate, services: candidate.services.filter((service) => !unread.includes(service)), unread }
}

/** Services of the candidate that get the variable from an env file that others share, and do not read it; all where it is for others alone. */
function unreadBy(
  { what, variable, services, value }: Candidate,
  project: ComposeProject,
  factsOf: FactsOf,
): readonly string[] {
  if (what !== 'env-file') return []
  const unread = services.filter((service) => !mayRead(variable, service, project, factsOf))
  const isOthers = isForCompose(variable, value.file, project) || isRepeated(value, project)
  return unread.length < services.length || isOthers ? unread : []
}

/** Another service, which may have the file too, has the same under `environment`, or a URL with the same password. */
function isRepeated({ key = '', resolved, usedBy }: LocatedValue, project: ComposeProject): boolean {
  const secretOf = (text: string) => findUrlPassword(text)?.password ?? text
  const isSame = (other: LocatedValue) =>
    other.section === 'environment' && secretOf(other.resolved) === secretOf(resolved)
  const others = valuesOf(project).withKey(key).filter(isSame)
  return others.some((other) => other.usedBy.some((service) => !usedBy.includes(service)))
}

/** A line of .env from which Compose makes what the services have under other names. */
function isForCompose(variable: string, file: string, project: ComposeProject): boolean {
  const values = valuesOf(project)
  const isDotenv = values.withKey(variable).some((each) => each.section === 'dotenv' && each.file === file)
  return (
    isDotenv && values.interpolating(variable).some((each) => each.section === 'environment' && each.usedBy.length > 0)
  )
}

function mayRead(variable: string, service: string, project: ComposeProject, factsOf: FactsOf): boolean {
  const image = imageOf(project, service)
  const known = READ.find((each) => each.image.test(repositoryOf(image)))
  if (known === undefined || known.variables.test(variable) || ANYBODYS.test(variable)) return true
  const facts = factsOf(image)
  const conventions = conventionsOf(image, 'missing' in facts ? undefined : facts.convention)
  if (conventions.some((each) => fileEntry(each, variable, '') !== undefined)) return true
  const own = serviceModel(project, service)
  if (own['build'] !== undefined || own['entrypoint'] !== undefined || own['configs'] !== undefined) return true
  return hasScripts(own['volumes'], known.data) || isNamed(variable, service, project, factsOf)
}

/** Something of the host's beside the data: a script in /docker-entrypoint-initdb.d may read any variable. */
const hasScripts = (volumes: unknown, data: RegExp): boolean =>
  (Array.isArray(volumes) ? volumes : []).some((volume) => {
    const { type, target } = volume as { readonly type?: unknown; readonly target?: unknown }
    return !(typeof target === 'string' && (data.test(target) || (type !== 'bind' && !/initdb/.test(target))))
  })

/** In the command, the health check, a hook or another variable of the service. */
function isNamed(variable: string, service: string, project: ComposeProject, factsOf: FactsOf): boolean {
  const model = serviceModel(project, service)
  const { test } = (model['healthcheck'] ?? {}) as { readonly test?: unknown }
  const others = [test, model['pre_start'], model['post_start'], model['pre_stop']]
  const words = [
    ...(modelWords(project, service, 'command') ?? []),
    ...others.map((each) => JSON.stringify(each ?? '')),
  ]
  if (words.some((word) => word.includes(variable) || /(?:^|[\s/])(?:env|printenv|(?:ba|da|a)?sh)(?:\s|$)/.test(word)))
    return true
  const environment = model['environment']
  if (Object.values((environment ?? {}) as object).some((text) => typeof text === 'string' && text.includes(variable)))
    return true
  // What an env file makes of it counts as little as the variable itself, where the program does not read that either; what Compose makes of
  // it elsewhere does not come from the container's variable.
  return valuesOf(project)
    .interpolating(variable)
    .some(
      ({ usedBy, section, key }) =>
        usedBy.includes(service) &&
        section === 'env-file-entry' &&
        (key === undefined || key === variable || mayRead(key, service, project, factsOf)),
    )
}
