// Secrets written into the commands of Dockerfiles: found, and where each stands. RUN reads them while the image is built, the others
// when it runs.
import { relative } from 'node:path'
import { commandSecrets } from '../compose/command-secrets.js'
import { isNoSecretValue, isTellingValue } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { type RuleSet, ruleSummaries } from '../detect/rule-set.js'
import type { Dockerfile, Instruction } from '../dockerfile/types.js'
import { dockerfilePieces } from '../scan/dockerfile-pieces.js'
import { LOOKS } from '../scan/project-claims.js'
import { scanStrings } from '../scan/scan-strings.js'
import type { WorkerPool } from '../scan/worker-pool.js'
import { tolerantSourceText } from '../support/source-text.js'
import { type Builds, buildersOf } from './builds.js'
import { detectionOf, LOOKS_ALONE } from './candidate-base.js'
import type { Candidate } from './candidates.js'
import { dockerfilesOf } from './dockerfile-candidates.js'

/** Commands of the container. */
const RUNTIME: ReadonlySet<string> = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK'])

/** A value in the commands of one Dockerfile. */
export interface Literal {
  readonly file: string
  readonly text: string
  /** Names it, where the command or the rule does. */
  readonly key: string
  readonly title: string
  readonly remedy?: string
  /** Nothing but what stands before it tells that it is one: as text it may stand for something else. */
  readonly vague?: true
  /** Nothing but its looks tells that it is one. */
  readonly doubtful?: true
}

export interface Occurrence {
  readonly instruction: Instruction
  /** Bytes. */
  readonly start: number
  readonly end: number
}

/** Every place of `text` in commands of the kind: `build`: RUN, `run`: the container's. */
export function occurrencesOf(dockerfile: Dockerfile, text: string, when: 'build' | 'run'): readonly Occurrence[] {
  const bytes = Buffer.from(dockerfile.bytes)
  const wanted = Buffer.from(text)
  return dockerfile.instructions.flatMap((instruction) => {
    if (when === 'build' ? instruction.keyword !== 'RUN' : !RUNTIME.has(instruction.keyword)) return []
    const found: Occurrence[] = []
    for (
      let at = bytes.indexOf(wanted, instruction.textRange.start);
      at !== -1 && at < instruction.end;
      at = bytes.indexOf(wanted, at + wanted.length)
    )
      found.push({ instruction, start: at, end: at + wanted.length })
    return found
  })
}

/** What the rules find in the commands of the project's Dockerfiles. `pool`: one that shows secrets; they stay in memory. */
export async function findLiterals(builds: Builds, ruleSet: RuleSet, pool: WorkerPool): Promise<readonly Literal[]> {
  const pieces = dockerfilesOf(builds).flatMap((dockerfile) =>
    dockerfilePieces(dockerfile, { kind: 'dockerfile', path: dockerfile.file }).filter(({ secondary }) => !secondary),
  )
  const { findings } = await scanStrings(pieces, pool)
  const rules = ruleSummaries(ruleSet)
  const literals = new Map<string, Literal>()
  for (const { place, ruleId, secret, confidence, allowed, decodedFrom } of findings) {
    const text = secret.value ?? ''
    const isMeant = confidence !== 'low' && allowed === undefined && decodedFrom.length === 0
    if (!isMeant || !('path' in place) || text === '' || isNoSecretValue(text) || /\$[A-Za-z_{(]/.test(text)) continue
    const key = 'key' in place && place.key !== undefined ? place.key : ruleId.replaceAll('-', '_')
    const doubt = ruleId === LOOKS ? { doubtful: true as const } : {}
    const about = { ...detectionOf(ruleId, rules.get(ruleId)), ...doubt }
    literals.set(`${place.path}\0${text}`, { file: place.path, text, key, ...about })
  }
  for (const literal of dockerfilesOf(builds).flatMap(givenLiterals)) {
    const isKnown = [...literals.values()].some(
      ({ file, text }) => file === literal.file && (text.includes(literal.text) || literal.text.includes(text)),
    )
    if (!isKnown) literals.set(`${literal.file}\0${literal.text}`, literal)
  }
  return [...literals.values()]
}

/** What options, assignments and URLs of the commands give. */
export function givenLiterals({ file, instructions }: Dockerfile): readonly Literal[] {
  return instructions.flatMap(({ keyword, form, words, text }) => {
    if (keyword !== 'RUN' && !RUNTIME.has(keyword)) return []
    const given = commandSecrets(form === 'exec' ? words : ['sh', '-c', text])
    return given
      .filter(({ escaped }) => escaped !== true)
      .map(
        ({ value, name, by }): Literal => ({
          file,
          text: value,
          key: by === 'variable' ? name : 'password',
          title: by === 'url' ? 'Holds a password in a URL' : `Given by ${name}`,
          ...(isTellingValue(value) ? {} : { vague: true }),
        }),
      )
  })
}

/** A candidate for the build and one for the container, where the value stands in commands of both. */
export function literalCandidates(
  project: ComposeProject,
  builds: Builds,
  literals: readonly Literal[],
): readonly Candidate[] {
  return literals.flatMap((literal) =>
    (['build', 'run'] as const).flatMap((when) => candidateOf(project, builds, literal, when)),
  )
}

function candidateOf(
  project: ComposeProject,
  builds: Builds,
  { file, text, key, title, remedy, vague, doubtful }: Literal,
  when: 'build' | 'run',
): readonly Candidate[] {
  const builders = buildersOf(builds, file)
  const dockerfile = builders[0]?.dockerfile
  if (dockerfile === undefined) return []
  const services = builders.map(({ service }) => service).sort()
  const [value, ...others] = occurrencesOf(dockerfile, text, when).map((each) =>
    located(dockerfile, each, text, services),
  )
  if (value === undefined) return []
  const path = relative(project.directory, file)
  return [
    {
      id: `${path}.${value.path[0]}:${value.line}:${value.column}`,
      value,
      source: value,
      secret: text,
      variable: key,
      what: when === 'build' ? 'build-literal' : 'run-literal',
      services,
      shadowed: others,
      place: { kind: 'dockerfile', path, key: String(value.path[0]) },
      because: title,
      ...(vague === undefined ? {} : { vague }),
      ...(doubtful === undefined ? {} : { doubtful, obstacle: LOOKS_ALONE }),
      ...(remedy === undefined ? {} : { remedy }),
    },
  ]
}

function located(
  { file, bytes }: Dockerfile,
  { instruction, start, end }: Occurrence,
  resolved: string,
  usedBy: readonly string[],
): LocatedValue {
  const before = Buffer.from(bytes.subarray(0, start)).toString('utf8')
  const { line, column } = tolerantSourceText(file, bytes).position(before.length)
  return {
    file,
    start,
    end,
    line,
    column,
    path: [instruction.keyword],
    section: 'other',
    form: 'scalar',
    resolved,
    literal: true,
    passThrough: false,
    interpolates: [],
    via: [],
    usedBy,
  }
}
