// What of a git repository lies in an image: which line brings it, and how it stays out. Its history holds what was ever committed, so nothing of
// it is mounted in its place.
import { basename, dirname } from 'node:path'
import { printable } from '../../support/printable.js'
import type { ServiceBuild } from '../builds.js'
import { copiedFrom } from './copied-files.js'
import { type Explained, instructionOf } from './explain.js'
import type { ReportedFinding } from './read.js'

/** The folder .git that `path` lies in, as it stands in the image; undefined: in none. */
export const gitFolderOf = (path: string): string | undefined => /^(?:.*?\/)?\.git(?=\/)/.exec(path)?.[0]

/** What brings the repository `git` (relative to the image's root) into the image, and what to do there. */
export async function fromRepository(build: ServiceBuild, git: string, finding: ReportedFinding): Promise<Explained> {
  const line = instructionOf(build, finding)
  if (line?.keyword === 'RUN')
    return {
      reason: `RUN in line ${line.line} of the Dockerfile leaves the repository /${printable(git)} in the image, whose history holds it`,
      todo: `Delete it in that very line (&& rm -rf /${printable(git)}), then rebuild`,
    }
  const found = await copiedFrom(build, `/${git}/HEAD`)
  const ignoreFile = basename(build.ignoreFile)
  if (found === undefined)
    return {
      reason: `It lies in the git repository /${printable(git)} of the image, which no COPY or ADD takes along by now`,
      todo: `Rebuild and scan again. Where it is there again, another stage brings it, or a line that is not of this Dockerfile`,
    }
  const source = printable(dirname(found.source))
  return {
    reason: `${found.instruction.keyword} in line ${found.instruction.line} of the Dockerfile brings ${source} along, whose history holds it`,
    todo: `Add ${source} to ${ignoreFile}, then rebuild: no container needs it`,
  }
}
