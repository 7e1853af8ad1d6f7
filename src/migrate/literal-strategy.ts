// Whether a secret in a Dockerfile's commands can be read from a file instead, or what a person has to write there.
import { scriptIndex } from '../compose/shell-script.js'
import { shellContext } from '../dockerfile/shell-context.js'
import type { Dockerfile, Instruction } from '../dockerfile/types.js'
import { printable } from '../support/printable.js'
import { frontendOf, takesWords } from './build-mounts.js'
import type { BuildContext } from './build-strategy.js'
import { commandOf, persists } from './build-use.js'
import { buildersOf, stageChain } from './builds.js'
import type { Candidate } from './candidates.js'
import type { FactsOf } from './image-facts.js'
import { inactiveServices } from './inactive-services.js'
import { type Occurrence, occurrencesOf } from './literals.js'
import { secretName } from './names.js'
import { imageOf } from './service-model.js'
import { hasUnsureQuotes, quoteAt } from './shell-quotes.js'
import { unheldIn } from './shim-strategy.js'
import { lookAt, none, type Strategy } from './strategy-kind.js'

interface LiteralContext extends BuildContext {
  readonly factsOf: FactsOf
}

/** Shorter values stand in other words by chance. */
const MIN_LENGTH = 6
/** What no quotes are needed for, and what double quotes keep. */
const BARE = /^[A-Za-z0-9_.~+/=@%:,^-]+$/
const QUOTED = /^[^\\$`"'\r\n]+$/

const lineOf = ({ keyword, line }: Instruction): string => `${keyword} in line ${line}`

/** For `build-literal` and `run-literal` candidates. */
export function literalStrategy(candidate: Candidate, context: LiteralContext): Strategy {
  const { project, builds, store } = context
  const when = candidate.what === 'build-literal' ? 'build' : 'run'
  const [build] = buildersOf(builds, candidate.value.file)
  if (build === undefined) return none('Its Dockerfile cannot be read.', 'Take it out by hand.')
  const inactive = inactiveServices(candidate.services, project)
  if (inactive !== undefined) return { by: 'none', ...inactive }
  if (when === 'build' && store === 'swarm')
    return none(
      'It is needed while the image is built, where only docker build can give a secret, not the cluster.',
      'Move it alone with --to compose-file: build secrets are files or variables of the machine that builds.',
    )
  const found = occurrencesOf(build.dockerfile, candidate.secret, when)
  for (const each of found) {
    const problem =
      textProblem(candidate, build.dockerfile, each) ??
      (when === 'build' ? buildProblem(candidate, build.dockerfile, each) : runProblem(candidate, context, each))
    if (problem !== undefined) return problem
  }
  return { by: 'literal', when }
}

/** How the line reads with the secret in the value's place. */
const proposal = ({ variable }: Candidate): string => {
  const id = secretName(variable)
  return `RUN --mount=type=secret,id=${id},mode=0444,required=true …"$(cat /run/secrets/${id})"…, and build.secrets in the Compose file`
}

function textProblem(candidate: Candidate, dockerfile: Dockerfile, found: Occurrence): Strategy | undefined {
  const { instruction } = found
  const where = `${lineOf(instruction)} holds it`
  const todo =
    instruction.keyword === 'RUN'
      ? `Write ${proposal(candidate)}.`
      : `Let the command read it: "$(cat /run/secrets/${secretName(candidate.variable)})".`
  if (candidate.secret.length < MIN_LENGTH)
    return none(`${where}, and it is too short to be told from other words.`, todo)
  if (candidate.vague === true)
    return none(`${where}, and the same text may stand for something else in these lines.`, todo)
  if (instruction.form === 'exec') {
    if (instruction.keyword === 'RUN') return none(`${where}, and no shell runs that could read a file.`, todo)
    return fitsScript(instruction.words, candidate.secret)
      ? undefined
      : none(`${where}, in a script of which it is not certain what a shell makes of it.`, todo)
  }
  const context = shellContext(dockerfile, instruction, found)
  const isPlain = instruction.heredocs.length === 0 || /^[ -~]+$/.test(candidate.secret)
  const fits = isPlain && (context === 'bare' ? BARE : QUOTED).test(candidate.secret)
  return context === undefined || !fits || !takesWords(dockerfile, instruction)
    ? none(`${where}, in a form that is not rewritten without risk.`, todo)
    : undefined
}

/** true where the script among the words, if there is one, has the value as it is wherever it stands. */
function fitsScript(words: readonly string[], secret: string): boolean {
  const script = words[scriptIndex(words) ?? -1] ?? ''
  if (!script.includes(secret)) return true
  if (hasUnsureQuotes(script)) return false
  for (let at = script.indexOf(secret); at !== -1; at = script.indexOf(secret, at + secret.length)) {
    const quote = quoteAt(script, at)
    const fits = quote === "'" ? !secret.includes("'") : (quote === '"' ? QUOTED : BARE).test(secret)
    if (!fits) return false
  }
  return true
}

function buildProblem(
  { secret }: Candidate,
  dockerfile: Dockerfile,
  { instruction }: Occurrence,
): Strategy | undefined {
  if (frontendOf(dockerfile) === 'unknown')
    return none(
      'The # syntax= line of the Dockerfile names a frontend that is not known to have build secrets.',
      'Use # syntax=docker/dockerfile:1, then plan again.',
    )
  return persists(commandOf(dockerfile, instruction), (text) => text.includes(secret))
    ? none(
        `${lineOf(instruction)} writes it into a file of the image.`,
        'Mount it as a file for that line alone (RUN --mount=type=secret,id=…,target=…) and let the program read it there.',
      )
    : undefined
}

/** A command without a shell becomes one of a shell. */
const isGivenShell = ({ form, words }: Instruction): boolean => form === 'exec' && scriptIndex(words) === undefined

function runProblem(candidate: Candidate, context: LiteralContext, { instruction }: Occurrence): Strategy | undefined {
  const { project, builds, factsOf } = context
  const where = lineOf(instruction)
  for (const { service, dockerfile, target } of buildersOf(builds, candidate.value.file)) {
    const chain = stageChain(dockerfile, target)
    if (!chain.has(instruction.stage))
      return none(`${where} is of a stage that the image of ${service} does not keep.`, 'Remove that line.')
    const image = imageOf(project, service)
    const facts = factsOf(image)
    if ('missing' in facts)
      return none(
        `${where} holds it, and ${image} cannot be looked at (${facts.missing.replace(/\.$/, '')}).`,
        lookAt(project, service, facts),
      )
    if (!facts.hasShell)
      return none(
        `${where} holds it, and ${image} has no shell that could read a file.`,
        'Let the program read /run/secrets itself.',
      )
    const [lost] = isGivenShell(instruction) ? unheldIn(project, service, facts).keys() : []
    if (lost !== undefined)
      return none(
        `${where} holds it, and the shell that would read a file there loses ${printable(lost)} of ${service}, whose name no shell can hold.`,
        'Let the program read /run/secrets itself.',
      )
    const wrapped = instruction.keyword === 'CMD' && instruction.form === 'exec'
    const own = dockerfile.instructions.some(({ keyword, stage }) => keyword === 'ENTRYPOINT' && chain.has(stage))
    if (wrapped && (own || facts.entrypoint.length > 0))
      return none(
        `${where} gives it to the image's entrypoint, which takes no shell words.`,
        `Take it out of that line, write the command in the Compose file (command:), and plan again.`,
      )
  }
  return undefined
}
