// What must not be shown of a project's files beside the values that may move: what the detection engine finds in comments, in labels of
// Dockerfiles and in whatever else stands near a line that changes.
import type { ComposeProject } from '../compose/types.js'
import { dockerfilePieces } from '../scan/dockerfile-pieces.js'
import { projectPieces } from '../scan/project-pieces.js'
import { scanStrings } from '../scan/scan-strings.js'
import type { WorkerPool } from '../scan/worker-pool.js'
import type { Builds } from './builds.js'
import { dockerfilesOf } from './dockerfile-candidates.js'

/** The plain values that `secretscan compose` reports of the project's files and Dockerfiles; in memory only. `pool`: one that shows secrets. */
export async function secretTexts(
  project: ComposeProject,
  builds: Builds,
  pool: WorkerPool,
): Promise<readonly string[]> {
  const dockerfiles = dockerfilesOf(builds).flatMap((dockerfile) =>
    dockerfilePieces(dockerfile, { kind: 'dockerfile', path: dockerfile.file }),
  )
  const { findings } = await scanStrings([...projectPieces(project), ...dockerfiles], pool)
  const reported = findings.filter(({ allowed }) => allowed === undefined)
  return [...new Set(reported.flatMap(({ secret }) => secret.value ?? []))].filter(
    (text) => text !== '' && !FLOW.test(text),
  )
}

/** Of `db_password: {file: ./db_password}`, which detection reads as text. */
const FLOW = /^\{(?:file|external|environment|name|content):$/
