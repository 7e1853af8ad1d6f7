// How a RUN line gets a build secret as a variable: from its file, which every BuildKit can, or by env=, which Dockerfile 1.10 brought.
// The file form spares a `# syntax=` line, and with it a frontend that has to be fetched from a registry.
import { scriptOf } from '../dockerfile/shell-context.js'
import type { Dockerfile, Instruction } from '../dockerfile/types.js'
import { stageChain } from './builds.js'

/** What a RUN line gets: a flag, and words in front of its own (or a line in front of its heredoc). */
export interface SecretMount {
  readonly by: 'env' | 'words' | 'heredoc'
  readonly flag: string
  readonly export: string
}

/** The oldest frontend that knows `env=` (Dockerfile 1.10), and the oldest with secrets at all (1.2). */
const ENV_MINOR = 10
const SECRET_MINOR = 2

/** What the `# syntax=` line promises: `none` where there is no such line, so that the builder's own frontend is used. */
export function frontendOf({ directives }: Dockerfile): 'none' | 'env' | 'file' | 'unknown' {
  const syntax = directives.find(({ name }) => name === 'syntax')?.value
  if (syntax === undefined) return 'none'
  const version = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?:([^@]+)/.exec(syntax)?.[1]
  if (version === undefined) return 'unknown'
  const minor = /^1\.(\d+)/.exec(version)?.[1]
  if (minor === undefined) return /^(?:1|1-labs|labs|latest|master)$/.test(version) ? 'env' : 'unknown'
  if (Number(minor) >= ENV_MINOR) return 'env'
  return Number(minor) >= SECRET_MINOR || version.endsWith('-experimental') ? 'file' : 'unknown'
}

/** True where a stage begins with a Windows image, or the file is written for one. */
export const isForWindows = (dockerfile: Dockerfile): boolean =>
  dockerfile.escape === '`' ||
  dockerfile.stages.some(({ base }) => /windows\/|nanoserver|windowsservercore|servercore/i.test(base))

const POSIX_SHELLS = /(?:^|\/)(?:sh|ash|dash|bash|zsh|ksh)$/

/** Earlier instructions that hold for `run`: of its stage, and of those that it begins with. */
function before(dockerfile: Dockerfile, run: Instruction, keyword: string): Instruction | undefined {
  const chain = stageChain(dockerfile, run.stage)
  return dockerfile.instructions.findLast(
    (each) => each.keyword === keyword && each.start < run.start && chain.has(each.stage),
  )
}

/** True where words of POSIX shell may stand in front of the line's own. A shell that prints its commands (-x) would print the value. */
export function takesWords(dockerfile: Dockerfile, run: Instruction): boolean {
  if (run.form !== 'shell' || isForWindows(dockerfile)) return false
  const shell = before(dockerfile, run, 'SHELL')?.words
  if (shell === undefined) return true
  return (
    POSIX_SHELLS.test(shell[0] ?? '') && !shell.slice(1).some((word) => /^-[a-z]*x/.test(word) || word === 'xtrace')
  )
}

/** Secrets are root's alone (0400); who else runs the line must be let in. The user of a base image is not known here. */
function isRootFor(dockerfile: Dockerfile, run: Instruction): boolean {
  return /^(?:root|0)(?::|$)/.test(before(dockerfile, run, 'USER')?.text.trim() ?? '')
}

/** A build that gives no secret (`docker build` of a script) ends there; without it, the line would go on with an empty value. */
const REQUIRED = ',required=true'

/** The mount that gives a RUN line the secret `id` as a file that whoever runs the line may read. */
export function fileMount(dockerfile: Dockerfile, run: Instruction, id: string): string {
  return `--mount=type=secret,id=${id}${isRootFor(dockerfile, run) ? '' : ',mode=0444'}${REQUIRED}`
}

/** How `run` gets the secret `id` as `variable`. */
export function mountFor(dockerfile: Dockerfile, run: Instruction, id: string, variable: string): SecretMount {
  const line = `export ${variable}="$(cat /run/secrets/${id})"`
  const file = { flag: fileMount(dockerfile, run, id), export: line }
  if (frontendOf(dockerfile) !== 'env' && takesWords(dockerfile, run)) {
    if (run.heredocs.length === 0) return { by: 'words', ...file }
    if (scriptOf(dockerfile, run) !== undefined) return { by: 'heredoc', ...file }
  }
  return { by: 'env', flag: `--mount=type=secret,id=${id},env=${variable}${REQUIRED}`, export: '' }
}
