// Which services are databases, and which variables are a database's own.
import { basename } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry, repositoryOf } from './conventions.js'
import { imageOf, serviceModel } from './service-model.js'
import { asTree } from './tree.js'

/** Images whose own password it is; others are their clients. */
const DATABASES =
  /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb[^/]*|pgvector|mysql|mysql-server|mariadb|percona[^/]*|mongo|mongodb|redis|valkey|rabbitmq|elasticsearch|opensearch|influxdb|clickhouse[^/]*|couchdb|neo4j|minio|mssql|server|memcached)$/
/** What a service is called that is built from such an image. */
const BUILT =
  /(?:^|[-_/])(?:db|database|mysql|mariadb|postgres(?:ql)?|postgis|pg|mongo(?:db)?|redis|rabbitmq|minio)(?:[-_]|$)/i
/** Variables by which an image makes the first account. */
const MAKES_ACCOUNT =
  /^(?:(?:MYSQL|MARIADB)_ROOT_PASSWORD|POSTGRES_PASSWORD|MONGO_INITDB_ROOT_PASSWORD|RABBITMQ_DEFAULT_PASS|MINIO_ROOT_PASSWORD)$/

export function isDatabase(service: string, project: ComposeProject): boolean {
  if (DATABASES.test(repositoryOf(imageOf(project, service)))) return true
  const { build, environment } = serviceModel(project, service)
  if (build === undefined) return false
  const { context } = asTree(build)
  return (
    [service, basename(String(context ?? ''))].some((name) => BUILT.test(name)) &&
    Object.keys(asTree(environment)).some((name) => MAKES_ACCOUNT.test(name))
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
