// Whether a service can get a value through a shim: in its environment, or on its command line.
import { scriptIndex } from '../compose/shell-script.js'
import { modelWords } from '../compose/started-words.js'
import type { ComposeProject } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { Candidate } from './candidates.js'
import { knownEntrypoint } from './conventions.js'
import type { FactsOf, ImageFacts } from './image-facts.js'
import { imageOf, serviceModel } from './service-model.js'
import { hasUnsureQuotes } from './shell-quotes.js'
import { canBring, isShellName } from './shim.js'
import { lookAt, none, type Strategy } from './strategy-kind.js'

/** A sentence within another one. */
const inside = (sentence: string): string => sentence.replace(/\.$/, '')

/** The facts that a command line needs: what the image starts. */
export function factsForFlag(image: string, factsOf: FactsOf): ReturnType<FactsOf> {
  const found = factsOf(image)
  const entrypoint = 'missing' in found ? knownEntrypoint(image) : undefined
  if (entrypoint === undefined) return found
  return { entrypoint, cmd: [], user: '', hasShell: true, healthcheck: [], env: [] }
}

/** Variables of a service's containers with names that no shell can hold, and their values: one that is started with a shell loses them. */
export function unheldIn(
  project: ComposeProject,
  service: string,
  facts: Pick<ImageFacts, 'env'>,
): ReadonlyMap<string, string> {
  // What is only named, and set nowhere, no container gets.
  const given = Object.entries(asTree(serviceModel(project, service)['environment']))
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, String(value)] as const)
  const ofImage = facts.env.map((entry) => [entry.split('=')[0] ?? '', entry.slice(entry.indexOf('=') + 1)] as const)
  return new Map([...ofImage, ...given].filter(([name]) => !isShellName(name)))
}

/** For a variable. `noFile`: why its image's own file form does not do. */
export function shimFor(
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
      `${noFile ?? `It is not known whether ${image} reads ${candidate.variable} from a file`}, and the image cannot be looked at (${inside(facts.missing)}).`,
      lookAt(project, service, facts),
    )
  }
  if (!facts.hasShell)
    return none(
      `${image} has no file form and no shell for a shim.`,
      'Let the program read /run/secrets itself, or start it through a static helper.',
    )
  if (!canBring(candidate.variable))
    return none(
      `No shim can bring a variable of the name ${candidate.variable}.`,
      'Let the program read it from a file.',
    )
  return { by: 'shim' }
}

/** A script whose quotes cannot be told stays as it is: a reading between the wrong ones would be the password itself. */
export function unsureScript({ given }: Candidate, service: string, project: ComposeProject): Strategy | undefined {
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

/** For a password on a command line. */
export function flagFor(service: string, project: ComposeProject, factsOf: FactsOf): Strategy {
  const image = imageOf(project, service)
  const facts = factsForFlag(image, factsOf)
  if ('missing' in facts)
    return none(
      `${image} cannot be looked at (${inside(facts.missing)}), so its entrypoint is not known.`,
      lookAt(project, service, facts),
    )
  return facts.hasShell
    ? { by: 'flag' }
    : none(
        `${image} has no shell for a shim.`,
        'Give the password in a configuration file that is mounted as a secret.',
      )
}
