// Which services are databases, and which variables are a database's own.
import { basename } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry, repositoryOf } from './conventions.js'
import { imageOf, serviceModel } from './service-model.js'

/** Images whose own password it is; others are their clients. */
const DATABASES =
  /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb[^/]*|pgvector|mysql|mysql-server|mariadb|percona[^/]*|mongo|mongodb|redis|valkey|rabbitmq|elasticsearch|opensearch|influxdb|clickhouse[^/]*|couchdb|neo4j|minio|mssql|mssql\/server|memcached)$/
/** What a service or its image is called that is made from such an image. */
const CALLED =
  /(?:^|[-_/])(?:db|database|mysql|mariadb|postgres(?:ql)?|postgis|pg|pgsql|mongo(?:db)?|redis|rabbitmq|minio|clickhouse)(?:[-_]|$)/i
/** Variables by which an image makes the first account. */
const MAKES_ACCOUNT =
  /^(?:(?:MYSQL|MARIADB)_ROOT_PASSWORD|POSTGRES_PASSWORD|POSTGRESQL_PASSWORD|MONGO_INITDB_ROOT_PASSWORD|RABBITMQ_DEFAULT_PASS|MINIO_ROOT_PASSWORD|CLICKHOUSE_(?:ADMIN_)?PASSWORD)$/
/** Variables of what logs in elsewhere: a backup, an exporter. */
const NAMES_HOST = /host(?:s|_?name)?$|server$|ur[il]$/i

/** What makes its first account from a variable, by the variable. */
const OFFICIAL: readonly (readonly [RegExp, string])[] = [
  [/^POSTGRES_PASSWORD$/, 'postgres'],
  [/^MYSQL_(?:ROOT_)?PASSWORD$/, 'mysql'],
  [/^MARIADB_(?:ROOT_)?PASSWORD$/, 'mariadb'],
  [/^MONGO_INITDB_ROOT_PASSWORD$/, 'mongo'],
  [/^RABBITMQ_DEFAULT_PASS$/, 'rabbitmq'],
]

export function isDatabase(service: string, project: ComposeProject): boolean {
  if (DATABASES.test(repositoryOf(imageOf(project, service)))) return true
  const variables = Object.keys(asTree(serviceModel(project, service)['environment']))
  return isCalledDatabase(service, project) && variables.some((name) => MAKES_ACCOUNT.test(name))
}

/** By its name, its image's or its folder's; it logs in nowhere. */
function isCalledDatabase(service: string, project: ComposeProject): boolean {
  const { build, environment } = serviceModel(project, service)
  const image = basename(repositoryOf(imageOf(project, service)))
  const called = [service, basename(String(asTree(build)['context'] ?? '')), image]
  const variables = Object.keys(asTree(environment))
  return called.some((name) => CALLED.test(name)) && !variables.some((name) => NAMES_HOST.test(name))
}

/**
 * The official image that one of which nothing is known is taken to be made from (FROM postgres), by what it is called and by the variable
 * that it makes its first account from.
 */
export function officialBase(service: string, project: ComposeProject, variable: string): string | undefined {
  if (conventionFor(imageOf(project, service)) !== undefined || !isCalledDatabase(service, project)) return undefined
  return OFFICIAL.find(([pattern]) => pattern.test(variable))?.[1]
}

/** true where the value is the service's own: its image is known to read the variable, or is a database of which nothing is known. */
export function ownsVariable(
  { variable, what, services }: Candidate,
  service: string,
  project: ComposeProject,
): boolean {
  const image = imageOf(project, service)
  if (!isDatabase(service, project)) return false
  const known = conventionFor(image)
  if (known === undefined || known === 'none') return what !== 'env-file' || services.length === 1
  return what === 'flag' || fileEntry(known, variable, '') !== undefined
}
