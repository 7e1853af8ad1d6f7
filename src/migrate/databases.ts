// Which services are databases, and which variables are a database's own.
import { basename } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry, repositoryOf } from './conventions.js'
import { imageOf, serviceModel } from './service-model.js'
import { asTree } from './tree.js'

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

export function isDatabase(service: string, project: ComposeProject): boolean {
  const image = imageOf(project, service)
  if (DATABASES.test(repositoryOf(image))) return true
  const { build, environment } = serviceModel(project, service)
  const called = [service, basename(String(asTree(build)['context'] ?? '')), basename(repositoryOf(image))]
  const variables = Object.keys(asTree(environment))
  return (
    called.some((name) => CALLED.test(name)) &&
    variables.some((name) => MAKES_ACCOUNT.test(name)) &&
    !variables.some((name) => NAMES_HOST.test(name))
  )
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
