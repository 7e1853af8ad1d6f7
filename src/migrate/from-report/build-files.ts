// Files of a build context that those read who build and start the image, and no program in it: there a value is in the file itself.
import { basename } from 'node:path'
import { printable } from '../../support/printable.js'
import type { CopiedFile } from './copied-files.js'
import type { Explained } from './explain.js'

const NAMES = [
  /^(?:.+\.)?(?:Dockerfile|Containerfile)(?:\..+)?$/i,
  /^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i,
  /^docker-bake(?:\..+)?\.(?:hcl|json)$/i,
  /^\.(?:docker|container|git)ignore$/,
  /^(?:\.gitlab-ci\.yml|Jenkinsfile)$/,
]

/** true for Dockerfiles, Compose files, ignore files and instructions of a CI; `source`: the file's path in the context. */
export const isBuildFile = (source: string): boolean =>
  /^\.github\//.test(source) || NAMES.some((name) => name.test(basename(source)))

/** true where `instruction` names the file itself and not a folder that it is in. */
export const isNamedBy = ({ source, instruction }: CopiedFile): boolean =>
  instruction.words.slice(0, -1).some((word) => word.replace(/^\.?\//, '') === source)

/** What keeps the file out of the image. A build stops where the ignore file keeps out what an instruction names. */
export function keepOut(copied: CopiedFile, ignoreFile: string): string {
  const file = printable(copied.source)
  const out = isNamedBy(copied) ? `take ${file} out of that line, and ` : ''
  return `${out}add /${file} to ${printable(basename(ignoreFile))}`
}

/** Such a file that came along: it needs to be nowhere in the image, and holds the value wherever else it lies. */
export function explainBuildFile(copied: CopiedFile, ignoreFile: string): Explained {
  const { keyword, line } = copied.instruction
  const file = printable(copied.source)
  return {
    reason: `${keyword} in line ${line} of the Dockerfile brings ${file} along, which holds it`,
    todo: `Take it out of ${file} itself, and keep that out of the image, where no program reads it: ${keepOut(copied, ignoreFile)}; then rebuild`,
  }
}
