// A plan for people: what goes where, a unified diff of every file with values masked, what stays and why.
import { relative } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import { isPlainWord } from '../compose/secret-names.js'
import type { LocatedValue } from '../compose/types.js'
import { printable } from '../support/printable.js'
import { escaped } from '../support/regexp.js'
import { TextIndex } from '../support/text-index.js'
import type { Gathered, Planned } from './plan.js'
import { bytesOf, secretPlaces, textsToMask } from './plan-inputs.js'
import type { Move } from './plan-moves.js'
import type { Afterwards } from './types.js'

const MASK = '****'
/** A block scalar's value ends behind its last line. */
const LINE_FEED = 0x0a
const MASKED_INSIDE_WORDS = 6

/** Unified diffs of all changed files, values masked, paths relative to the project. */
export function maskedDiffs(gathered: Gathered, { plan, staged }: Planned): readonly string[] {
  return plan.steps.flatMap((step) => {
    if (step.do !== 'stage') return []
    const file =
      [...staged.keys()].find((each) => relative(gathered.project.directory, each) === step.path) ?? step.path
    const before = bytesOf(gathered, file)
    const places = placesIn(gathered, file, before.length).filter(
      ({ passThrough, start, end }) => !passThrough && !isReference(before.subarray(start, end)),
    )
    const masks = places.map(({ start, end }) => ({
      start,
      end,
      insert: before[end - 1] === LINE_FEED ? `${MASK}\n` : MASK,
    }))
    const texts = textsToMask(gathered)
    const old = masked(before, masks, texts)
    const after = masked(
      before,
      [
        ...step.edits,
        ...masks.filter((mask) => !step.edits.some((edit) => mask.start < edit.end && mask.end > edit.start)),
      ],
      texts,
    )
    return [patch(step.path, old, after, before.length === 0)]
  })
}

/** `${NAME}` as the whole value: it says where the value is, and nothing of it. */
const isReference = (written: Uint8Array): boolean =>
  /^["']?\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*(?::?\?[^}]*)?\})["']?$/.test(Buffer.from(written).toString('utf8'))

/** Of an env file that is secret as a whole (an image holds a copy of it) every value: else its diff would be one line for the file. */
function placesIn(gathered: Gathered, file: string, size: number): readonly LocatedValue[] {
  const places = secretPlaces(gathered).filter((value) => value.file === file)
  const isWhole = ({ start, end, section }: LocatedValue) => section === 'other' && start === 0 && end === size
  const entries = gathered.project.values.filter(
    (value) => value.file === file && (value.section === 'dotenv' || value.section === 'env-file-entry'),
  )
  if (entries.length === 0 || !places.some(isWhole)) return places
  return [...places.filter((value) => !isWhole(value)), ...entries]
}

/** A short or plain word is masked as a word only: inside others it would black out names, and tell what it is. */
function anywhere(secret: string): RegExp {
  const text = escaped(secret)
  // "minio" is no secret in "image: minio/minio".
  if (isPlainWord(secret)) return new RegExp(`(?<=(?:^|[\\s"'=:,(])(?:--?[A-Za-z])?)${text}(?=$|[\\s"',;)@])`, 'gm')
  const isVague = secret.length < MASKED_INSIDE_WORDS
  return new RegExp(isVague ? `(?<=(?:^|[^\\w-])(?:--?[A-Za-z]?)?)${text}(?!\\w)` : text, 'gm')
}

function masked(
  bytes: Uint8Array,
  edits: readonly { start: number; end: number; insert: string }[],
  texts: readonly string[],
): string {
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end, insert } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) continue
    parts.push(Buffer.from(bytes.subarray(at, start)), Buffer.from(insert))
    at = end
  }
  parts.push(Buffer.from(bytes.subarray(at)))
  const text = Buffer.concat(parts).toString('utf8')
  const index = new TextIndex(texts.map((secret) => [secret, secret]))
  return [...new Set(index.within(text))]
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replace(anywhere(secret), MASK), text)
}

function patch(path: string, before: string, after: string, isNew: boolean): string {
  const text = createTwoFilesPatch(isNew ? '/dev/null' : `a/${path}`, `b/${path}`, before, after, '', '', {
    context: 3,
  })
  return text
    .split('\n')
    .filter((line) => !/^={10,}$|^Index:/.test(line))
    .map((line) => line.replace(/\t$/, ''))
    .join('\n')
}

/** Breaks a line for where it is shown; the lines that it begins are moved in by `indent` columns. */
export type Flow = (line: string, indent: number) => string

/** In place of "Afterwards" where the plan itself changes nothing. */
export const BY_HAND = 'Once you have done that by hand:'

export const asItIs: Flow = (line) => line

/** The whole plan as text; without what comes after it where that is told when it has been carried out. */
export function renderPlan(
  gathered: Gathered,
  planned: Planned,
  flow: Flow = asItIs,
  shown: { readonly afterwards: boolean } = { afterwards: true },
): string {
  const { plan, moves } = planned
  const lines: string[] = []
  const names = [...new Set(moves.map(({ name }) => name))]
  const stay = plan.left.length
  if (names.length === 0)
    lines.push(
      stay === 0
        ? 'Nothing to move.'
        : `Nothing moves; ${stay} ${stay === 1 ? 'value stays' : 'values stay'} for the reasons below.`,
    )
  else {
    lines.push(`${names.length} ${names.length === 1 ? 'secret' : 'secrets'} to ${storeName(plan.to.store)}:`)
    for (const name of names) {
      const own = moves.filter((move) => move.name === name)
      lines.push(`  ${name}`)
      for (const { candidate, strategy } of own)
        lines.push(flow(`    ${printable(candidate.id)}  (${candidate.because})  ${wayOf(candidate, strategy)}`, 4))
    }
    for (const { id, because } of planned.readAnew)
      lines.push(flow(`  ${printable(id)}  (${because})  reads the file from now on`, 4))
    lines.push('', ...maskedDiffs(gathered, planned))
  }
  if (plan.left.length > 0) {
    lines.push('Left where it is:')
    lines.push(...leftLines(planned.left, flow))
    lines.push('')
  }
  if (plan.notes.length > 0) lines.push('Notes:', ...noteLines(plan.notes, flow), '')
  const { afterwards = [] } = plan
  if (shown.afterwards && afterwards.length > 0)
    lines.push(names.length > 0 ? 'Afterwards:' : BY_HAND, ...afterwardsLines(afterwards, flow), '')
  return `${lines.join('\n').trimEnd()}\n`
}

/** Numbered; commands stand on lines of their own, whole, to be copied. */
export function afterwardsLines(steps: readonly Afterwards[], flow: Flow): readonly string[] {
  return steps.flatMap(({ what, commands }, index) => [
    flow(`  ${index + 1}. ${what}`, 3),
    ...commands.map((command) => `       ${printable(command)}`),
  ])
}

/** Values that stay for the same reason stand together: it is said once, also where it names them. */
export function leftLines(left: Planned['left'], flow: Flow = asItIs): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const { candidate, reason, todo } of left) {
    const why = withoutNames(`${ended(reason)}\n    To do: ${ended(todo)}`, candidate.id)
    groups.set(why, [...(groups.get(why) ?? []), candidate.id])
  }
  return [...groups].flatMap(([why, ids]) => [
    flow(`  ${ids.map(printable).join(', ')}`, 0),
    ...`    ${withNames(why, ids)}`.split('\n').map((line) => flow(line, 0)),
  ])
}

/** Stand for the value's ID and for its variable in a reason. */
const [ID, VARIABLE] = ['\u0001', '\u0002']

const variableOf = (id: string): string => id.slice(id.lastIndexOf('.') + 1).replace(/#\d+$/, '')

/** As it is where the variable is a part of something else (`${NAME}`, `NAME: …`) or no word. */
function withoutNames(why: string, id: string): string {
  const text = why.replaceAll(id, ID)
  const variable = variableOf(id)
  if (!/^[A-Z]\w*$/.test(variable)) return text
  const named = text.replaceAll(new RegExp(`(?<=^|[\\s(])${variable}(?=[\\s,;)]|\\.?\\s|$)`, 'g'), VARIABLE)
  return named.includes(variable) ? text : named
}

function withNames(why: string, ids: readonly string[]): string {
  const all = ids.map(printable)
  return why
    .replaceAll(`--select ${ID}`, all.map((id) => `--select ${id}`).join(' '))
    .replaceAll(ID, all.join(', '))
    .replaceAll(VARIABLE, [...new Set(all.map(variableOf))].join(', '))
}

export function noteLines(notes: readonly string[], flow: Flow): readonly string[] {
  return notes.map((note) => flow(`  - ${ended(note)}`, 2))
}

/** With a full stop, unless it ends in something that is to be copied or is one already. */
const ended = (sentence: string): string => (/[\p{L}\p{N}]$/u.test(sentence) ? `${sentence}.` : sentence)

const wayOf = ({ services, unread }: Move['candidate'], strategy: Move['strategy']): string =>
  services.length === 0 && unread !== undefined ? 'no longer in the environment: no service reads it' : howOf(strategy)

/** How a service or a build reads the secret afterwards, for people. */
function howOf(strategy: Planned['moves'][number]['strategy']): string {
  if (strategy.by === 'file') {
    const others = strategy.shimmed ?? []
    const shim = others.length === 0 ? '' : `; in ${others.join(', ')} through an entrypoint shim`
    return `read as ${strategy.entry.key.replace('\u0000', '…')}, known from ${strategy.convention.seenIn}${shim}`
  }
  if (strategy.by === 'build') return 'as a build secret'
  if (strategy.by === 'settings') return `as a line of settings at ${strategy.target.replace('\u0000', '…')}`
  if (strategy.by === 'label') return `as a file of users, read by ${strategy.reader}`
  if (strategy.by === 'config') return `as a secret at ${strategy.grants.map(({ target }) => target).join(', ')}`
  if (strategy.by === 'literal')
    return strategy.when === 'build' ? 'as a build secret that its line reads' : 'read from its file by its command'
  if (strategy.by === 'mount') return `mounted at ${strategy.targets.join(', ')} instead of copied into the image`
  if (strategy.by === 'url') return 'through an entrypoint shim, which puts it into its place'
  return strategy.by === 'shim' ? 'through an entrypoint shim' : 'through an entrypoint shim, for its command line'
}

export function storeName(store: Planned['plan']['to']['store']): string {
  if (store === 'compose-file') return 'files beside the Compose file'
  return store === 'swarm' ? 'Docker Swarm secrets' : 'HashiCorp Vault'
}
