// Which services are databases, and which variables are a database's own.
import type { ComposeProject } from '../compose/types.js'
import type { Candidate } from './candidates.js'
import { conventionFor, fileEntry, repositoryOf } from './conventions.js'
import { imageOf } from './service-model.js'

/** Images whose own password it is; others are their clients. */
const DATABASES =
  /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb[^/]*|pgvector|mysql|mysql-server|mariadb|percona[^/]*|mongo|mongodb|redis|valkey|rabbitmq|elasticsearch|opensearch|influxdb|clickhouse[^/]*|couchdb|neo4j|minio|mssql|server|memcached)$/
export const isDatabase = (service: string, project: ComposeProject): boolean =>
  DATABASES.test(repositoryOf(imageOf(project, service)))

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
