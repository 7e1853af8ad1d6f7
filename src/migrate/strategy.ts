// How a variable can leave a service without breaking it: by a file form that the image is known or seen to have, else through the
// shim, else not at all and with the reason.

import { scriptIndex } from '../compose/shell-script.js'
import type { ComposeProject } from '../compose/types.js'
import type { BuildSite } from './build-strategy.js'
import type { Candidate } from './candidates.js'
import { modelWords } from './command-candidates.js'
import { type Convention, conventionFor, conventionsOf, fileEntry, knownEntrypoint, setOf } from './conventions.js'
import { type FactsOf, type ImageFacts, NOT_LOOKED_AT } from './image-facts.js'
import { appliesFileForm } from './own-program.js'
import type { ConfigGrant } from './place-strategy.js'
import { hasUnsureQuotes } from './shell-quotes.js'
import { canExport } from './shim.js'
import { memberOf } from './value-source.js'

export type Strategy =
  | {
      readonly by: 'file'
      readonly entry: { readonly key: string; readonly value: string }
      readonly convention: Convention
      /** Services that have the same entry and an image without a file form: they get it through the shim. */
      readonly shimmed?: readonly string[]
    }
  /** As a file of settings of the program's own. */
  | { readonly by: 'settings'; readonly target: string; readonly line: string }
  | { readonly by: 'shim' }
  | { readonly by: 'flag' }
  /** As a build secret, in these Dockerfiles. */
  | { readonly by: 'build'; readonly sites: readonly BuildSite[] }
  /** Read from its file by the Dockerfile's own command, while the image is built or when it runs. */
  | { readonly by: 'literal'; readonly when: 'build' | 'run' }
  /** As a file at the path where the image had it. */
  | { readonly by: 'mount'; readonly targets: readonly string[] }
  /** A label that names a file, which `reader` is granted. */
  | { readonly by: 'label'; readonly key: string; readonly reader: string }
  /** As a secret instead of a config, at the same paths. */
  | {
      readonly by: 'config'
      readonly config: string
      readonly grants: readonly ConfigGrant[]
      readonly saysMode: boolean
    }
  | { readonly by: 'none'; readonly reason: string; readonly todo: string }

type ServiceModel = Readonly<Record<string, unknown>>

export function serviceModel(project: ComposeProject, service: string): ServiceModel {
  const services = project.model['services'] as Readonly<Record<string, ServiceModel>> | undefined
  return services?.[service] ?? {}
}

/** The image that a service runs; one that it builds has the name that Compose gives it. */
export function imageOf(project: ComposeProject, service: string): string {
  const { image } = serviceModel(project, service)
  return typeof image === 'string' ? image : `${project.name}-${service}`
}

const none = (reason: string, todo: string): Strategy => ({ by: 'none', reason, todo })

/** What to do for services that no chosen profile activates. */
export function activating(services: readonly string[], { values }: ComposeProject): string {
  const profiles = services.map(
    (service) =>
      values.find(({ path }) => path[0] === 'services' && path[1] === service && path[2] === 'profiles')?.resolved,
  )
  const flags = [...new Set(profiles)].map((profile) => `--profile${profile === undefined ? '' : ` ${profile}`}`)
  return `Run again with ${flags.join(' ')}.`
}

/** One strategy for all services that have the entry, since it is written once. */
export function chooseStrategy(candidate: Candidate, project: ComposeProject, factsOf: FactsOf): Strategy {
  if (candidate.value.via.includes('include'))
    return none('It is defined in an included project.', 'Run secretscan migrate in that project.')
  const inactive = candidate.services.filter((service) => project.inactiveServices.includes(service))
  if (inactive.length > 0)
    return none(
      `${inactive.join(', ')} ${inactive.length > 1 ? 'are' : 'is'} in no active profile.`,
      activating(inactive, project),
    )
  const choices = candidate.services.map((service) => forService(candidate, service, project, factsOf))
  const [first] = choices
  const refused = choices.find(({ by }) => by === 'none')
  if (first === undefined) return none('No service uses it.', 'Remove it if it is not needed.')
  if (refused !== undefined) return refused
  if (choices.every(({ by }) => by === first.by && by !== 'file')) return first
  const byFile = fileForAll(candidate, choices, project, factsOf)
  if (byFile !== undefined) return byFile
  const shims = candidate.services.map((service) => shimFor(candidate, service, project, factsOf))
  return shims.find(({ by }) => by === 'none') ?? { by: 'shim' }
}

/**
 * The file form where all services that take one take the same, with a shim for the others; undefined where one of those has an image
 * that applies a file form at times: both at once stop it.
 */
function fileForAll(
  candidate: Candidate,
  choices: readonly Strategy[],
  project: ComposeProject,
  factsOf: FactsOf,
): Strategy | undefined {
  const [first, ...more] = choices.filter((choice) => choice.by === 'file')
  const isSame = more.every(({ entry }) => entry.key === first?.entry.key && entry.value === first.entry.value)
  const shimmed = candidate.services.filter((_, index) => choices[index]?.by === 'shim')
  if (first === undefined || !isSame || 1 + more.length + shimmed.length !== choices.length) return undefined
  const covers = (service: string): boolean => {
    const image = imageOf(project, service)
    const facts = factsOf(image)
    const known = conventionsOf(image, 'missing' in facts ? undefined : facts.convention)
    return known.some((each) => fileEntry(each, candidate.variable, NAME) !== undefined)
  }
  if (shimmed.some(covers)) return undefined
  return shimmed.length === 0 ? first : { ...first, shimmed }
}

function forService(candidate: Candidate, service: string, project: ComposeProject, factsOf: FactsOf): Strategy {
  const image = imageOf(project, service)
  if (candidate.what === 'flag') return unsureScript(candidate, service, project) ?? flagFor(service, project, factsOf)
  const found = factsOf(image)
  const facts = 'missing' in found ? undefined : found
  const byFile = fileFor(candidate, service, project, image, facts)
  if (byFile !== undefined) return byFile
  const known = conventionFor(image)
  const isCovered = known !== undefined && known !== 'none' && fileEntry(known, candidate.variable, NAME) !== undefined
  return shimFor(
    candidate,
    service,
    project,
    factsOf,
    isCovered && !appliesFileForm(project, service, candidate.variable, known, facts)
      ? `${image} takes ${candidate.variable} from a file only when it starts its own program, and ${service} starts another`
      : undefined,
  )
}

function fileFor(
  candidate: Candidate,
  service: string,
  project: ComposeProject,
  image: string,
  facts: ImageFacts | undefined,
): Strategy | undefined {
  for (const convention of conventionsOf(image, facts?.convention)) {
    const entry = fileEntry(convention, candidate.variable, NAME)
    if (entry === undefined) continue
    const environment = serviceModel(project, service)['environment'] as Readonly<Record<string, unknown>> | undefined
    if (entry.key !== candidate.variable && environment !== undefined && Object.hasOwn(environment, entry.key)) {
      return none(
        `${service} has ${entry.key} already.`,
        `Remove ${candidate.variable}: both together stop some images from starting.`,
      )
    }
    if (!isWhole(candidate.variable, service, project, image)) continue
    if (!appliesFileForm(project, service, candidate.variable, convention, facts)) continue
    // A value in the image's ENV would stand beside the file form (unless it leaves the Dockerfile now).
    const inImage =
      candidate.what !== 'image-env' && facts?.env.some((each) => each.startsWith(`${candidate.variable}=`)) === true
    if (inImage && entry.key !== candidate.variable) continue
    return { by: 'file', entry, convention }
  }
  const known = conventionFor(image)
  return known === undefined || known === 'none' ? undefined : settingsFor(known, candidate, service, project)
}

/** Stands for the secret's name until that is known. */
export const NAME = '\u0000'

/** A sentence within another one. */
const inside = (sentence: string): string => sentence.replace(/\.$/, '')

/** What helps where the facts of a service's image are missing. */
export function lookAt(project: ComposeProject, service: string, missing: string): string {
  if (missing === NOT_LOOKED_AT) return 'Leave out --no-images.'
  const isBuilt = serviceModel(project, service)['build'] !== undefined
  const command = isBuilt ? `docker compose build ${service}` : `docker pull ${imageOf(project, service)}`
  return `Run ${command} and plan again.`
}

/** true where all variables that count only together are there to move. */
function isWhole(variable: string, service: string, project: ComposeProject, image: string): boolean {
  return setOf(image, variable).every((each) => memberOf(project, service, each) !== undefined)
}

/** true where the image takes the value from a file of settings, and needs no quotes around it there. */
export function fitsConfigFile({ configFile, variables }: Convention, { variable, secret }: Candidate): boolean {
  return configFile !== undefined && variables.includes(variable) && configFile.plain.test(secret)
}

/** The secret holds a line of settings then, not the value: what reads the value itself beside the program would not find it. */
function settingsFor(
  known: Convention,
  candidate: Candidate,
  service: string,
  project: ComposeProject,
): Strategy | undefined {
  const { configFile } = known
  if (configFile === undefined || !fitsConfigFile(known, candidate)) return undefined
  const readers = project.values.filter(
    ({ section, usedBy, resolved }) =>
      ['healthcheck', 'command', 'entrypoint'].includes(section) &&
      usedBy.includes(service) &&
      (resolved.includes(candidate.variable) || resolved.includes(candidate.secret)),
  )
  return readers.length > 0
    ? undefined
    : { by: 'settings', target: configFile.target.replace('<name>', NAME), line: configFile.line }
}

/** The facts that a command line needs: what the image starts. */
export function factsForFlag(image: string, factsOf: FactsOf): ReturnType<FactsOf> {
  const found = factsOf(image)
  const entrypoint = 'missing' in found ? knownEntrypoint(image) : undefined
  if (entrypoint === undefined) return found
  return { entrypoint, cmd: [], user: '', hasShell: true, healthcheck: [], env: [] }
}

function shimFor(
  candidate: Candidate,
  service: string,
  project: ComposeProject,
  factsOf: FactsOf,
  noFile?: string,
): Strategy {
  const image = imageOf(project, service)
  const facts = factsOf(image)
  if ('missing' in facts) {
    return none(
      `${noFile ?? `No file form is known for ${image}`}, and the image cannot be looked at (${inside(facts.missing)}).`,
      lookAt(project, service, facts.missing),
    )
  }
  if (!facts.hasShell)
    return none(
      `${image} has no file form and no shell for a shim.`,
      'Let the program read /run/secrets itself, or start it through a static helper.',
    )
  if (!canExport(candidate.variable))
    return none(
      `A shell cannot export the name ${candidate.variable}.`,
      candidate.variable.includes(':')
        ? `Let the program read it from a file; or, as .NET takes two underscores for a colon, call it ${candidate.variable.replaceAll(':', '__')} and plan again.`
        : 'Let the program read it from a file.',
    )
  return { by: 'shim' }
}

/** A script whose quotes cannot be told stays as it is: a reading between the wrong ones would be the password itself. */
function unsureScript({ given }: Candidate, service: string, project: ComposeProject): Strategy | undefined {
  if (given === undefined) return undefined
  const entrypoint = given.section === 'entrypoint' ? [] : (modelWords(project, service, 'entrypoint') ?? [])
  const words = [...entrypoint, ...(modelWords(project, service, given.section) ?? [])]
  const at = entrypoint.length + given.word
  if (scriptIndex(words) !== at || !hasUnsureQuotes(words[at] ?? '')) return undefined
  return none(
    'It stands in a script with here-documents or commands inside quotes, where it cannot be told how a file would be read.',
    'Put the value into a variable of the service under environment:, use that in the script, and plan again.',
  )
}

function flagFor(service: string, project: ComposeProject, factsOf: FactsOf): Strategy {
  const image = imageOf(project, service)
  const facts = factsForFlag(image, factsOf)
  if ('missing' in facts)
    return none(
      `${image} cannot be looked at (${inside(facts.missing)}), so its entrypoint is not known.`,
      lookAt(project, service, facts.missing),
    )
  return facts.hasShell
    ? { by: 'flag' }
    : none(
        `${image} has no shell for a shim.`,
        'Give the password in a configuration file that is mounted as a secret.',
      )
}
