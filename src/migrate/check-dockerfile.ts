// Do the edited Dockerfiles say the same as before, but for what moved? Stages, order and every other instruction are compared.
import { isDeepStrictEqual } from 'node:util'
import { parseDockerfile } from '../dockerfile/parse.js'
import type { Dockerfile, Instruction } from '../dockerfile/types.js'
import { execWords } from '../dockerfile/words.js'
import { StoreError } from '../support/errors.js'
import { mountFor, type SecretMount } from './build-mounts.js'
import { buildUse } from './build-use.js'
import type { Builds } from './builds.js'
import { dockerfilesOf } from './dockerfile-candidates.js'
import { occurrencesOf } from './literals.js'
import type { Move } from './plan-moves.js'
import { sharedSites } from './rewrites/builds.js'
import { execWordsOf, type LiteralMove, literalMount, literalMoves, restored } from './rewrites/literals.js'

/** An instruction without its place. */
interface Said {
  readonly keyword: string
  readonly flags: readonly string[]
  readonly text: string
  readonly heredocs: readonly string[]
  readonly stage: number
}

function said(dockerfile: Dockerfile, instruction: Instruction): Said {
  const { keyword, flags, text, heredocs, pairs, stage } = instruction
  const inside = (start: number, end: number) => Buffer.from(dockerfile.bytes.subarray(start, end)).toString('latin1')
  return {
    keyword,
    flags: flags.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).sort(),
    text: pairs.length === 0 ? text : JSON.stringify(pairs.map(({ key, value }) => [key, value ?? null])),
    heredocs: heredocs.map(({ content }) => inside(content.start, content.end)),
    stage,
  }
}

/** With a mount, and the words in front that read it. */
function mounted(own: Said, { by, flag, export: line }: SecretMount): Said {
  return {
    ...own,
    flags: [...own.flags, flag.slice(2)].sort(),
    text: by === 'words' ? `${line}; ${own.text}` : own.text,
    heredocs:
      by === 'heredoc'
        ? own.heredocs.map((content) => `${line}${/^[^\n]*\r\n/.test(content) ? '\r\n' : '\n'}${content}`)
        : own.heredocs,
  }
}

/** What `before` has to say afterwards. */
function expected(before: Dockerfile, moves: readonly Move[]): readonly Said[] {
  const sites = sharedSites(moves).filter(({ site }) => site.file === before.file)
  const removed = moves
    .flatMap(({ candidate: { copied } }) => copied?.removed ?? [])
    .flatMap(({ dockerfile, line }) => (dockerfile === before.file ? line : []))
  const gone = (instruction: Instruction, key: string) =>
    sites.some(
      ({ site }) =>
        site.variable === key &&
        (site.keyword === instruction.keyword || (site.passedOn === true && instruction.keyword === 'ENV')),
    ) ||
    (instruction.keyword === 'ENV' &&
      moves.some(
        ({ candidate }) =>
          candidate.what === 'image-env' && candidate.value.file === before.file && candidate.variable === key,
      ))
  const mounts = sites.map(({ site, id }) => {
    const use = buildUse(before, site.keyword, site.variable)
    return new Map(
      ('reason' in use ? [] : use.runs).map((run) => [run, mountFor(before, run, id, site.variable)] as const),
    )
  })
  return before.instructions.flatMap((instruction) => {
    if (removed.includes(instruction.line)) return []
    const pairs = instruction.pairs.filter(({ key }) => !gone(instruction, key))
    if (instruction.pairs.length > 0 && pairs.length === 0) return []
    const added = mounts.flatMap((runs) => runs.get(instruction) ?? [])
    const own = added.reduce(mounted, said(before, { ...instruction, pairs }))
    return [{ ...own, flags: [...own.flags, ...literalFlags(before, instruction, moves)].sort() }]
  })
}

/** The mounts that a RUN line gets for what its words hold. */
function literalFlags(before: Dockerfile, instruction: Instruction, moves: readonly Move[]): readonly string[] {
  const own = literalMoves(moves).filter(
    ({ candidate, strategy }) =>
      strategy.when === 'build' &&
      candidate.value.file === before.file &&
      occurrencesOf(before, candidate.secret, 'build').some((found) => found.instruction === instruction),
  )
  return [...new Set(own.flatMap(({ name }) => literalMount(before, instruction, name)?.slice(2) ?? []))]
}

/** The text with the values back in their places, without quotes close around them; an exec form as its words, that of a program which a shell becomes, too. */
function withValues(own: Said, literals: readonly LiteralMove[]): Said {
  const back = (text: string) =>
    literals.reduce((all, { candidate, name }) => restored(all, candidate.secret, name), text)
  const words = COMMANDS.has(own.keyword) ? execWords(own.text.replace(/^CMD\s+/i, '')) : undefined
  if (words === undefined) return { ...own, text: back(own.text), heredocs: own.heredocs.map(back) }
  const plain = (literals.length > 0 ? execWordsOf(words) : undefined) ?? words
  return { ...own, text: JSON.stringify(plain.map(back)) }
}

const COMMANDS: ReadonlySet<string> = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK'])

/** What is wrong with `after`; undefined: nothing. */
function dockerfileProblem(before: Dockerfile, after: Dockerfile, moves: readonly Move[]): string | undefined {
  if (after.problems.length > before.problems.length) return 'it no longer parses'
  const stages = (dockerfile: Dockerfile) =>
    dockerfile.stages.map(({ name, base, baseStage }) => ({ name, base, baseStage }))
  if (!isDeepStrictEqual(stages(before), stages(after))) return 'its stages changed'
  const literals = literalMoves(moves).filter(({ candidate }) => candidate.value.file === before.file)
  const wanted = expected(before, moves).map((each) => withValues(each, literals))
  const got = after.instructions.map((each) => withValues(said(after, each), literals))
  const index = wanted.findIndex((each, at) => !isDeepStrictEqual(each, got[at]))
  if (index === -1 && got.length === wanted.length) return undefined
  const line = after.instructions[index === -1 ? wanted.length : index]?.line
  return `an instruction${line === undefined ? '' : ` in line ${line}`} is not what it should be`
}

/** @throws StoreError naming the Dockerfile: nothing is swapped then. */
export function assertSameDockerfiles(
  builds: Builds,
  staged: ReadonlyMap<string, Uint8Array>,
  moves: readonly Move[],
): void {
  for (const before of dockerfilesOf(builds)) {
    const bytes = staged.get(before.file)
    const after = bytes === undefined ? before : parseDockerfile(before.file, bytes)
    const problem = dockerfileProblem(before, after, moves)
    if (problem !== undefined)
      throw new StoreError(`The edited ${before.file} would not mean the same: ${problem}.`, {
        hint: 'Nothing was changed in your files; leave that value out with --select, and please report this file.',
      })
  }
}
