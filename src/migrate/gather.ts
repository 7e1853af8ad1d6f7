// Reads all that a plan is made of: the project, what detection says of it, the images, what the store holds, the ignore files.
import { join } from 'node:path'
import { type LoadOptions, loadProject } from '../compose/load.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import type { LocalFinding } from '../scan/types.js'
import { UsageError } from '../support/errors.js'
import { printable } from '../support/printable.js'
import { gatherAgent } from './agent/gather.js'
import { type Stored, storedIn } from './already-stored.js'
import { type Builds, readBuilds } from './builds.js'
import { type Candidate, type Detected, findCandidates } from './candidates.js'
import { withCompanions } from './companions.js'
import { dockerfileValues, findDockerfileCandidates, joinCandidates } from './dockerfile-candidates.js'
import { readEarlier } from './earlier-files.js'
import { assertOurs, type Matched, matchReport, reportedValues, servicesRunning } from './from-report/match.js'
import type { ProjectFindings } from './from-report/obtain.js'
import { type FactsOptions, gatherFacts } from './gather-facts.js'
import type { GitHistory } from './git-history.js'
import { gatherIgnoreFiles } from './ignore-files.js'
import { ownFindings, reportNotes } from './image-notes.js'
import { type Literal, literalCandidates } from './literals.js'
import type { MountedSecret } from './mounted-secrets.js'
import { grantedFiles, mountedTexts } from './mounted-texts.js'
import { frontsOf, isStoreName, NAME_RULE, numberedName, passwordName, secretName } from './names.js'
import { namesIn } from './names-in-use.js'
import type { Gathered } from './plan.js'
import type { LeftEntry } from './plan-moves.js'
import { readIfThere } from './project-files.js'
import { filesGiven, isOfSwarm } from './project-words.js'
import { REFERENCES_FILE } from './references.js'
import { readScripts } from './scripts.js'
import { foreignFolder, openFolder } from './secrets-folder.js'
import { selected, selectedIds } from './selection.js'
import { imageName, nameKey } from './shared-secrets.js'
import { readSiblings, type SiblingFile, setBeside } from './sibling-files.js'
import { stackRefusal } from './stack-refusal.js'
import { readStageFiles } from './stage-files.js'
import { isDeployed } from './starts-seen.js'
import type { ComposeEntry, PresentSecret, SecretStore, StoreKind } from './types.js'
import type { ValueHasher } from './workspace.js'

export interface GatherOptions extends FactsOptions {
  readonly load: LoadOptions
  /** Where a person types commands, if that is not the folder that files are named from. */
  readonly typedIn?: string
  readonly to: StoreKind
  /** The store's options as given: goes into the plan. */
  readonly storeOptions: Readonly<Record<string, string>>
  /** SERVICE.VARIABLE, or fingerprints of findings; empty: all. */
  readonly select: readonly string[]
  /** Names that are wished for, by the values' IDs. */
  readonly names: Readonly<Record<string, string>>
  /** Of a run that is finished: names that it gave itself, and may have written; they count as free. */
  readonly ownNames?: readonly string[]
  readonly openStore: (projectDir: string) => Promise<SecretStore>
  /** Absent: what the store holds is not compared with the project's values. */
  readonly hasherOf?: (projectDir: string) => Promise<ValueHasher>
  /** `more`: values beside those of the project itself. */
  readonly detect: (project: ComposeProject, more: readonly LocatedValue[]) => Promise<Detected>
  /** Values in the commands of the Dockerfiles. */
  readonly literals: (builds: Builds) => Promise<readonly Literal[]>
  /** Every plain value that detection finds in the project's files, whether it may move or not. */
  readonly secretTexts: (project: ComposeProject, builds: Builds) => Promise<readonly string[]>
  /** What `secretscan compose` finds in the project's own files. */
  readonly ownFindings: (project: ComposeProject) => Promise<readonly LocalFinding[]>
  /** Findings of the project's images; undefined where nobody asked for them. */
  readonly findings: (project: ComposeProject, builds: Builds) => Promise<ProjectFindings | undefined>
  /** What detection finds in files that services mount; absent: nobody asks. */
  readonly mountedSecrets?: (project: ComposeProject) => Promise<readonly MountedSecret[]>
  /** Since when git has the values; absent: nobody asks. */
  readonly history?: (project: ComposeProject, candidates: readonly Candidate[]) => Promise<GitHistory>
}

/** @throws ComposeFileError, NotFoundError for the project; UsageError for a selection that is not there. */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const project = await loadProject(options.load)
  // First of all: looking into images takes long, and is of no use without a place for secrets.
  const store = await options.openStore(project.directory)
  try {
    return await gatherFor(project, store, options)
  } finally {
    await store.close()
  }
}

async function gatherFor(project: ComposeProject, store: SecretStore, options: GatherOptions): Promise<Gathered> {
  const builds = await readBuilds(project, (file) => readIfThere(file).catch(() => undefined))
  const report = await options.findings(project, builds)
  const detected = await options.detect(project, dockerfileValues(builds))
  const inCommands = literalCandidates(project, builds, await options.literals(builds))
  const secretTexts = await options.secretTexts(project, builds)
  const { all, left, outcomes } = await withReport(project, builds, report, { detected, inCommands, secretTexts })
  const findings = () => options.ownFindings(project)
  const select = await selectedIds(options.select, { project, candidates: all, outcomes, findings })
  const candidates = withCompanions(project, selected(all, select))
  assertNames(all, options.names)
  const earlier = await readEarlier(project, options.load)
  const scripts = candidates.length > 0 ? await readScripts(project.directory) : []
  const siblings = await readSiblings(project, { load: options.load, builds, isStack: isStackFor(options), scripts })
  const sides = [project, ...earlier.map((side) => side.project)]
  const factsOf = await gatherFacts(sides, candidates, options, (candidate) => setBeside(candidate, siblings))
  const declared = namesIn([project, ...siblings.flatMap(modelBeside)])
  const { stored, present } = await inStore(store, project, candidates, options)
  const place = { projectDir: project.directory, to: { store: options.to, options: options.storeOptions } }
  const open = await openFolder(place, options.ownNames ?? [])
  const foreign = await foreignFolder(place, options.ownNames ?? [])
  const { ignoreFiles, ignoreLines } = await gatherIgnoreFiles(project.directory, builds, options)
  return {
    project,
    ...filesGiven(project.directory, options.load),
    cwd: options.typedIn ?? options.load.cwd ?? process.cwd(),
    ...(open === undefined ? {} : { openFolder: open }),
    ...(foreign === undefined ? {} : { foreignFolder: foreign }),
    candidates,
    known: all,
    earlier,
    siblings,
    stages: await readStageFiles(project, scripts),
    scripts,
    deployed: isDeployed(project.mainFiles, scripts, project.model),
    mounted: candidates.length > 0 ? [...(await grantedFiles(project)), ...(await mountedTexts(project))] : [],
    ...(options.mountedSecrets === undefined ? {} : { mountedSecrets: await options.mountedSecrets(project) }),
    ...(await stackGathered(project, options)),
    secretTexts,
    images: options.images,
    select,
    names: options.names,
    factsOf,
    builds,
    reported: reportedBy(project, report, left),
    store: {
      kind: options.to,
      options: options.storeOptions,
      entryOf: (name) => entryIn(store, stored, name),
      ...(store.reference === undefined
        ? {}
        : { referenceOf: (name: string) => store.reference?.(name) ?? { ref: '', env: '' } }),
    },
    taken: new Set([...declared, ...present]),
    inStore: new Set(present.filter((name) => !declared.includes(name))),
    ...(stored === undefined ? {} : { stored }),
    ignoreFiles,
    ignoreLines,
    ...(store.reference === undefined ? {} : { references: await readReferencesFile(project.directory) }),
    ...(options.history === undefined ? {} : { history: await options.history(project, candidates) }),
    ...(await gatherAgent(project, store, options.storeOptions)),
  }
}

/** What stands in another folder and is used alone has names of its own. */
const modelBeside = ({ alone, relation }: SiblingFile): readonly ComposeProject[] =>
  typeof alone === 'string' || relation === 'elsewhere' ? [] : [alone]

const isStackFor = ({ to, storeOptions }: GatherOptions): boolean => isOfSwarm({ store: to, options: storeOptions })

async function stackGathered(project: ComposeProject, options: GatherOptions): Promise<Pick<Gathered, 'noStack'>> {
  const noStack = isStackFor(options) ? await stackRefusal(project) : undefined
  return noStack === undefined ? {} : { noStack }
}

function reportedBy(
  project: ComposeProject,
  report: ProjectFindings | undefined,
  left: readonly LeftEntry[],
): Gathered['reported'] {
  if (report === undefined) return { left, notes: [], services: [], tags: [] }
  const images = [...new Set(ownFindings(report.findings).map(({ image }) => image))]
  return {
    left,
    notes: [...reportNotes(report), ...report.notes],
    services: images.flatMap((image) => servicesRunning(project, image)),
    tags: [...new Set(images.flatMap(({ names }) => names))].sort(),
    ...(report.file === undefined ? { scanned: true } : { file: report.file }),
  }
}

/** Candidates of the project, and what a report of its images adds to them. */
async function withReport(
  project: ComposeProject,
  builds: Builds,
  report: ProjectFindings | undefined,
  {
    detected,
    inCommands,
    secretTexts,
  }: {
    readonly detected: Detected
    readonly inCommands: readonly Candidate[]
    readonly secretTexts: readonly string[]
  },
): Promise<Omit<Matched, 'copied'> & { readonly all: readonly Candidate[] }> {
  const find = (by: Detected) => [
    ...joinCandidates(findCandidates(project, by), findDockerfileCandidates(project, builds, by), builds, project),
    ...inCommands,
  ]
  if (report === undefined) return { all: find(detected), left: [], outcomes: new Map() }
  if (report.file !== undefined) assertOurs(project, report)
  const detectionOf = reportedValues(project, builds, report)
  const reported = new Map(
    [...project.values, ...dockerfileValues(builds)].map((value) => [
      `${value.file}\0${value.start}`,
      detectionOf(value),
    ]),
  )
  const own = find((file, start, end) => detected(file, start, end) ?? reported.get(`${file}\0${start}`))
  const { copied, left, outcomes } = await matchReport(project, builds, own, report, secretTexts)
  return { all: [...own, ...copied], left, outcomes }
}

/** Numbers behind a name that is taken. */
const NUMBERS = [2, 3, 4, 5, 6, 7, 8, 9]

/** What the Compose file says of a secret: one that is there may be of a later version. */
const entryIn = (store: SecretStore, stored: Stored | undefined, name: string): ComposeEntry =>
  store.composeEntry({ name, version: stored?.secrets.get(name)?.version ?? 1 })

/** Which of the names that the plan may give its secrets the store holds, asked before anything is named: `present` without those of the run itself. */
async function inStore(
  store: SecretStore,
  project: ComposeProject,
  candidates: readonly Candidate[],
  { names, ownNames = [], storeOptions, hasherOf }: GatherOptions,
): Promise<{ readonly stored?: Stored; readonly present: readonly string[] }> {
  const wanted = candidates.flatMap((candidate) => {
    const { variable, services } = candidate
    // A URL may leave all but its password where it is.
    const isUrl = passwordName(variable) !== `${variable}_password`
    const keys = [nameKey(candidate), ...(isUrl ? [passwordName(variable)] : [])]
    const fronts = services.flatMap((service) => frontsOf(service, imageName(project, service)))
    return keys.flatMap((key) => [key, ...fronts.map((front) => `${front}_${key}`)].map(secretName))
  })
  const secrets = new Map<string, PresentSecret>()
  const there = async (some: readonly string[]) => {
    const found = await store.inspect([...new Set(some)])
    for (const [name, secret] of found) secrets.set(name, secret)
    return [...found.keys()]
  }
  const first = await there([...wanted, ...Object.values(names)])
  const numbered = first.flatMap((name) => NUMBERS.map((number) => numberedName(name, number)))
  const all = [...first, ...(numbered.length === 0 ? [] : await there(numbered))]
  const present = all.filter((name) => !ownNames.includes(name))
  // What an agent brings is declared nowhere.
  if (hasherOf === undefined || candidates.length === 0 || storeOptions['vault-delivery'] === 'agent')
    return { present }
  return { present, stored: await storedIn(store, project, secrets, await hasherOf(project.directory)) }
}

/** Names that every store takes. */
function assertNames(candidates: readonly Candidate[], names: Readonly<Record<string, string>>): void {
  for (const [id, name] of Object.entries(names)) {
    if (!candidates.some((candidate) => candidate.id === id))
      throw new UsageError(`There is no value ${printable(id)} to name.`, {
        hint: `The project has ${candidates.map((candidate) => printable(candidate.id)).join(', ') || 'none'}.`,
      })
    if (!isStoreName(name)) throw new UsageError(`"${printable(name)}" cannot be a secret's name.`, { hint: NAME_RULE })
  }
}

export async function readReferencesFile(
  projectDir: string,
): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
  const file = join(projectDir, REFERENCES_FILE)
  return { file, bytes: (await readIfThere(file)) ?? new Uint8Array() }
}
