// Who reads a variable while an image is built: the RUN lines that can read a build secret instead, or what stands against that.

import type { Dockerfile, Instruction, KeyValue } from '../dockerfile/types.js'
import { frontendOf, isForWindows, mountFor } from './build-mounts.js'
import { stageChain } from './builds.js'

export interface Declaration {
  readonly instruction: Instruction
  readonly pair: KeyValue
}

export interface BuildUse {
  readonly declarations: readonly Declaration[]
  /** RUN instructions that read it. */
  readonly runs: readonly Instruction[]
  /** `ENV X=$X`, which hands the argument on to the container: it goes, too. */
  readonly passedOn?: Declaration
  /** No line names it: every RUN that saw it in its environment is in `runs`. */
  readonly unnamed: boolean
}

export interface Blocked {
  readonly reason: string
  readonly todo: string
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `$NAME` or `${NAME…}`. */
function expands(text: string, name: string): boolean {
  return new RegExp(`\\$(?:${name}(?![A-Za-z0-9_])|\\{${name}(?![A-Za-z0-9_]))`).test(text)
}

/** The name as a word: with a dollar, for printenv, in a configuration that a program expands. */
function names(text: string, name: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`).test(text)
}

function sourceOf({ bytes }: Dockerfile, { start, end }: { readonly start: number; readonly end: number }): string {
  return Buffer.from(bytes.subarray(start, end)).toString('utf8')
}

/** What a RUN does: its text, and its heredocs. */
export function commandOf(dockerfile: Dockerfile, run: Instruction): string {
  return [run.text, ...run.heredocs.map(({ content }) => sourceOf(dockerfile, content))].join('\n')
}

const lineOf = ({ keyword, line }: Instruction): string => `${keyword} in line ${line}`

/** All declarations of `variable` by `keyword`, in the file's order. */
export function declarationsOf(dockerfile: Dockerfile, keyword: 'ARG' | 'ENV', variable: string): Declaration[] {
  return dockerfile.instructions.flatMap((instruction) =>
    instruction.keyword === keyword
      ? instruction.pairs.filter(({ key }) => key === variable).map((pair) => ({ instruction, pair }))
      : [],
  )
}

/** True where a declaration made earlier in this stage, or in one that it begins with, holds (Dockerfile reference, "Scope"). */
function inScope(dockerfile: Dockerfile, declarations: readonly Declaration[], instruction: Instruction): boolean {
  const chain = stageChain(dockerfile, instruction.stage)
  return declarations.some(({ instruction: { stage, start } }) =>
    stage === instruction.stage ? start < instruction.start : stage >= 0 && chain.has(stage),
  )
}

/** Instructions in which the builder replaces variables; CMD and its like are read by the container's shell. */
const EXPANDED = new Set([
  'ADD',
  'COPY',
  'ENV',
  'LABEL',
  'USER',
  'WORKDIR',
  'EXPOSE',
  'VOLUME',
  'STOPSIGNAL',
  'ONBUILD',
  'MAINTAINER',
])

/** The one `ENV X=$X` that hands an argument on to the container; undefined where there is none, or another ENV of the name. */
export function passedOnBy(dockerfile: Dockerfile, variable: string): Declaration | undefined {
  const [only, ...others] = declarationsOf(dockerfile, 'ENV', variable)
  const isReference = only?.pair.value === `$${variable}` || only?.pair.value === `\${${variable}}`
  return isReference && others.length === 0 ? only : undefined
}

/** What reads the variable beside RUN lines and the ENV that hands it on; undefined: nothing. */
function otherReader(
  dockerfile: Dockerfile,
  variable: string,
  declarations: readonly Declaration[],
  passedOn: Declaration | undefined,
) {
  return dockerfile.instructions.find((instruction) => {
    if (instruction === passedOn?.instruction)
      return instruction.pairs.some((pair) => pair !== passedOn.pair && pair.variables.includes(variable))
    // Health checks do not see what an entrypoint exports.
    if (passedOn !== undefined && instruction.keyword === 'HEALTHCHECK') return names(instruction.text, variable)
    const source = sourceOf(dockerfile, instruction)
    if (instruction.keyword === 'FROM' || instruction.keyword === 'ARG') {
      const isOwn = declarations.some((own) => own.instruction === instruction)
      return isOwn ? instruction.pairs.some(({ variables }) => variables.includes(variable)) : expands(source, variable)
    }
    if (!EXPANDED.has(instruction.keyword) || !inScope(dockerfile, declarations, instruction)) return false
    return instruction.keyword === 'ONBUILD' ? names(source, variable) : expands(source, variable)
  })
}

/** Commands that keep what they are given, in the image's files. */
const KEEPERS =
  /\b(?:npm|yarn|pnpm|pip3?|poetry|git|composer|bundle|cargo|gem|helm|aws|docker|conda|mamba|az|gcloud|gh|glab|kubectl|uv|bun)\s+(?:-\S+\s+)*(?:config(?:ure)?|set|login|clone|remote|auth)\b|\bgo\s+env\s+-w|\bnuget\s+add\b|\btee\b|\bsed\s+-i/
/** Their output is what the other side sends, not what they are told. */
const DOWNLOADS = /^\s*(?:curl|wget)\s/
/** `> FILE`, not `2>&1` nor `<(…)`. */
const REDIRECTS = /(?<![0-9&>])>{1,2}\s*(?![&>(])("?[^\s;|&"]+"?)/g

/** True where the shell's text writes what `holds` tells into a file that stays. */
export function persists(command: string, holds: (text: string) => boolean): boolean {
  const statements = command.split(/&&|\|\||;|\n/)
  return statements.some((statement, index) => {
    const grouped = /^\s*[})]/.test(statement)
    if (!holds(grouped ? command : statement)) return false
    if (KEEPERS.test(statement)) return true
    if (DOWNLOADS.test(statement)) return false
    const removed = statements.slice(index + 1).filter((other) => /^\s*rm\s/.test(other))
    return [...statement.matchAll(REDIRECTS)].some((match) => {
      const target = (match[1] ?? '').replaceAll('"', '')
      return !target.startsWith('/dev/') && !removed.some((text) => text.trim().split(/\s+/).includes(target))
    })
  })
}

/** Programs of the system: what they do does not hang on a variable that nobody names. */
const INDIFFERENT =
  /^\s*(?:apt-get|apt|apk|yum|dnf|microdnf|zypper|mkdir|chmod|chown|rm|ln|cp|mv|touch|useradd|adduser|groupadd|addgroup|usermod|update-ca-certificates|ldconfig|locale-gen|echo|set|true)(?:\s|$)/

/** True where every statement of a RUN line is one of these. */
function isIndifferent({ form, heredocs, text }: Instruction): boolean {
  if (form === 'exec' || heredocs.length > 0 || /[`(]/.test(text)) return false
  return text.split(/&&|\|\||;|\|/).every((statement) => INDIFFERENT.test(statement))
}

/** Whether `variable` can become a build secret, and where. */
export function buildUse(dockerfile: Dockerfile, keyword: 'ARG' | 'ENV', variable: string): BuildUse | Blocked {
  const declarations = IDENTIFIER.test(variable) ? declarationsOf(dockerfile, keyword, variable) : []
  if (declarations.length === 0)
    return {
      reason: `The Dockerfile has no ${keyword} ${variable}`,
      todo: 'Remove the entry if nothing reads it',
    }
  const passedOn = keyword === 'ARG' ? passedOnBy(dockerfile, variable) : undefined
  const problem = obstacle(dockerfile, variable, declarations, passedOn)
  if (problem !== undefined) return problem
  const runs = dockerfile.instructions.filter(
    (each) => each.keyword === 'RUN' && inScope(dockerfile, declarations, each),
  )
  const naming = runs.filter((run) => names(commandOf(dockerfile, run), variable))
  const keeper = naming.find((run) => keeps(dockerfile, run, variable))
  if (keeper !== undefined)
    return {
      reason: `${lineOf(keeper)} writes it into a file of the image`,
      todo: 'Mount it as a file for that line alone (RUN --mount=type=secret,id=…,target=…) and let the program read it there',
    }
  const mounting = naming.length === 0 ? runs.filter((run) => !isIndifferent(run)) : naming
  if (mounting.length === 0 && passedOn === undefined)
    return { reason: 'No RUN line can read it', todo: `Remove ${keyword} ${variable} and the entry` }
  const old = mounting.find(
    (run) => frontendOf(dockerfile) === 'file' && mountFor(dockerfile, run, 'x', variable).by === 'env',
  )
  if (old !== undefined)
    return {
      reason: `${lineOf(old)} has no shell that could read a secret's file, and the # syntax= line names a frontend before 1.10, which gives none to a variable`,
      todo: 'Use # syntax=docker/dockerfile:1, then plan again',
    }
  const unnamed = naming.length === 0 && mounting.length > 0
  return { declarations, runs: mounting, unnamed, ...(passedOn === undefined ? {} : { passedOn }) }
}

function obstacle(
  dockerfile: Dockerfile,
  variable: string,
  declarations: readonly Declaration[],
  passedOn: Declaration | undefined,
): Blocked | undefined {
  if (frontendOf(dockerfile) === 'unknown')
    return {
      reason: 'The # syntax= line of the Dockerfile names a frontend that is not known to have build secrets',
      todo: 'Use # syntax=docker/dockerfile:1, then plan again',
    }
  if (isForWindows(dockerfile))
    return {
      reason: 'The image is made for Windows, where build secrets are not known to work',
      todo: 'Give it to the container when it runs, or fetch what needs it before the build',
    }
  const reader = otherReader(dockerfile, variable, declarations, passedOn)
  if (reader?.keyword === 'ENV')
    return {
      reason: `${lineOf(reader)} copies it into the image's environment`,
      todo: `Take ENV and ARG out of the Dockerfile and give ${variable} to the service under environment:, then plan again`,
    }
  if (reader !== undefined)
    return {
      reason: `${lineOf(reader)} uses it, and only RUN lines can read a build secret`,
      todo: 'Let a RUN line do that work, then plan again',
    }
  const second = declarationsOf(dockerfile, 'ENV', variable).find(
    ({ instruction, pair }) => pair !== passedOn?.pair && !declarations.some((own) => own.instruction === instruction),
  )
  if (second !== undefined)
    return { reason: `${lineOf(second.instruction)} sets the same name`, todo: 'Rename one of them, then plan again' }
  const flagged = dockerfile.instructions.find(({ flags }) =>
    flags.some(({ value }) => value !== undefined && names(value, variable)),
  )
  return flagged === undefined
    ? undefined
    : { reason: `A flag of ${lineOf(flagged)} names it`, todo: 'Write that flag without it, then plan again' }
}

function keeps(dockerfile: Dockerfile, run: Instruction, variable: string): boolean {
  // A heredoc that is a program's input becomes what that program makes of it; one that is the script itself is read as such.
  if (run.heredocs.length > 0 && !/^<<-?["']?\w+["']?$/.test(run.text.trim())) return true
  return persists(commandOf(dockerfile, run), (text) => names(text, variable))
}

/** What reads an image's variable in the Dockerfile itself, beside the programs of the container. */
export function readWhileBuilding(dockerfile: Dockerfile, declaration: Declaration): Blocked | undefined {
  const variable = declaration.pair.key
  const again = declarationsOf(dockerfile, 'ENV', variable).find(({ pair }) => pair !== declaration.pair)
  if (again !== undefined)
    return { reason: `${lineOf(again.instruction)} sets it too`, todo: 'Leave one of the two, then plan again' }
  const reader = dockerfile.instructions.find((instruction) => {
    if (!inScope(dockerfile, [declaration], instruction)) return false
    const source = sourceOf(dockerfile, instruction)
    if (instruction.keyword === 'RUN' || instruction.keyword === 'HEALTHCHECK' || instruction.keyword === 'ONBUILD')
      return names(source, variable)
    return EXPANDED.has(instruction.keyword) && expands(source, variable)
  })
  const self = declaration.instruction.pairs.some(({ variables }) => variables.includes(variable))
  if (reader === undefined && !self) return undefined
  if (reader?.keyword === 'HEALTHCHECK')
    return {
      reason: `${lineOf(reader)} uses it, and a health check does not see what an entrypoint exports`,
      todo: `Let it read "$(cat /run/secrets/…)" in place of $${variable}, then plan again`,
    }
  return {
    reason: `${lineOf(reader ?? declaration.instruction)} uses it while the image is built`,
    todo: 'Let that line do without it (RUN can take it as a build secret), then plan again',
  }
}
