// Reads an image's history: which instruction made which layer, and the build arguments that builders write into RUN lines.
import type { HistoryEntry } from './types.js'

/**
 * The history entry of each layer, lowest first. Entries marked empty made no layer. Where the others are not as many as the layers
 * nothing is known, and every place is undefined: a wrong instruction would mislead more than none.
 */
export function alignHistory(history: readonly HistoryEntry[], layerCount: number): (HistoryEntry | undefined)[] {
  const filled = history.filter((entry) => !entry.emptyLayer)
  if (filled.length === layerCount) return filled
  return Array.from({ length: layerCount }, () => undefined)
}

export interface BuildArg {
  readonly name: string
  readonly value: string
  /** UTF-16 offsets of the value in the history line. */
  readonly start: number
  readonly end: number
}

export interface BuildArgs {
  readonly args: readonly BuildArg[]
  /** What was run, shell included, without BuildKit's mark; the whole line where no build arguments stand in it. */
  readonly command: string
}

const BUILDKIT_MARK = ' # buildkit'
/** How the classic builder records what ran nothing: the shell of that time and a comment. */
const NOP =
  /^(?:\S*sh(?: -[A-Za-z]+(?: pipefail)?)* -[a-z]*c|cmd(?:\.exe)? \/S \/C|(?:powershell|pwsh)(?:\.exe)? -[^#]*) #\(nop\) +/
const COUNTED = /^(?:RUN )?\|(\d{1,4}) /
const ASSIGNMENT = /(?<= )[A-Za-z_][A-Za-z0-9_.-]*=/g
/** How the run command begins after the arguments: the default shells of both builders, or one set with SHELL. */
const SHELL =
  / (?=(?:\/(?:usr\/)?(?:bin|busybox)\/)?(?:sh|bash|ash|dash|zsh|ksh)(?: -[A-Za-z]+(?: pipefail)?)* -[a-z]*c )| (?=(?:cmd(?:\.exe)? \/S \/C|(?:powershell|pwsh)(?:\.exe)? -) ?)/g

/** The names that ARG instructions declare: with them parseBuildArgs knows names from values that look like names. */
export function declaredArgs(history: readonly HistoryEntry[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { createdBy = '' } of history) {
    const name = /^ARG ([A-Za-z_][A-Za-z0-9_.-]*)/.exec(createdBy.replace(NOP, ''))?.[1]
    if (name !== undefined) names.add(name)
  }
  return names
}

/**
 * The build arguments of a history line. Builders join them with spaces and quote nothing: the classic builder writes
 * `|2 A=x B=y /bin/sh -c command`, sorted; BuildKit `RUN |2 A=x B=y /bin/sh -c command # buildkit`, in the order of the ARG lines.
 * The count tells how many ` NAME=` are names and how many are part of a value; where that leaves a choice, `declared` names win,
 * then names not seen before, names in capitals, and (classic) sorted ones. `ARG NAME=value` lines give their values too.
 */
export function parseBuildArgs(createdBy: string, declared: ReadonlySet<string> = new Set()): BuildArgs {
  const line = withoutMark(createdBy)
  const counted = COUNTED.exec(line)
  if (counted === null) return parseArgLine(line)
  const count = Number(counted[1])
  const names = distinct(assignments(line, counted[0].length))
  if (count === 0 || names[0]?.at !== counted[0].length) return { args: [], command: line }
  const known = names.filter(({ name }) => declared.has(name)).slice(0, count)
  const isCertain = known.length === count && known[0] === names[0]
  const end = commandStart(line, isCertain ? known : names.slice(0, count))
  const before = names.filter(({ at }) => at < end)
  const chosen = isCertain ? known : choose(before, count, line.startsWith('|'))
  return { args: valuesOf(line, chosen, end), command: line.slice(end).trimStart() }
}

/** `ARG NAME=value`, or several in one instruction; one value may hold what looks like a further name, so those must be in capitals. */
function parseArgLine(line: string): BuildArgs {
  const from = (NOP.exec(line)?.[0].length ?? 0) + 'ARG '.length
  if (!line.startsWith('ARG ', from - 'ARG '.length)) return { args: [], command: line }
  const names = assignments(line, from).filter(({ name, at }) => at === from || isCapital(name))
  return names.length === 0 ? { args: [], command: line } : { args: valuesOf(line, names, line.length), command: '' }
}

function withoutMark(createdBy: string): string {
  return createdBy.endsWith(BUILDKIT_MARK) ? createdBy.slice(0, -BUILDKIT_MARK.length) : createdBy
}

interface Assignment {
  readonly name: string
  /** Where the name begins. */
  readonly at: number
}

function assignments(line: string, from: number): Assignment[] {
  const found: Assignment[] = []
  for (const match of line.slice(from - 1).matchAll(ASSIGNMENT)) {
    found.push({ name: match[0].slice(0, -1), at: match.index + from - 1 })
  }
  return found
}

function distinct(names: readonly Assignment[]): Assignment[] {
  const first = new Set<string>()
  return names.filter(({ name }) => !first.has(name) && first.add(name))
}

/** The offset of the space before the command: before the first shell that follows `names`, else after the last value's first word. */
function commandStart(line: string, names: readonly Assignment[]): number {
  const last = names.at(-1)
  const from = last === undefined ? 0 : last.at + last.name.length + 1
  SHELL.lastIndex = from
  const shell = SHELL.exec(line)
  if (shell !== null) return shell.index
  const space = line.indexOf(' ', from)
  return space < 0 ? line.length : space
}

/** Each name's value: all up to the space before the next name, and the last one's up to `end`. */
function valuesOf(line: string, names: readonly Assignment[], end: number): BuildArg[] {
  return names.map(({ name, at }, index) => {
    const start = at + name.length + 1
    const next = names[index + 1]
    const stop = next === undefined ? end : next.at - 1
    return { name, value: line.slice(start, stop), start, end: stop }
  })
}

/** `count` of `names`, always with the first: a value may hold something that looks like a name. */
function choose(names: readonly Assignment[], count: number, sorted: boolean): readonly Assignment[] {
  let pool = names
  if (pool.length > count) pool = narrow(pool, count, ({ name }) => isCapital(name))
  if (pool.length > count && sorted) pool = narrow(pool, count, rising())
  return pool.slice(0, count)
}

function isCapital(name: string): boolean {
  return /^[A-Z0-9_]+$/.test(name)
}

/** Those that hold to `rule`, and the first, where enough remain. */
function narrow(
  pool: readonly Assignment[],
  count: number,
  rule: (name: Assignment) => boolean,
): readonly Assignment[] {
  const kept = pool.filter((name, index) => rule(name) || index === 0)
  return kept.length < count ? pool : kept
}

/** A test that passes names which sort after the last one passed. */
function rising(): (name: Assignment) => boolean {
  let highest = ''
  return ({ name }) => {
    if (name < highest) return false
    highest = name
    return true
  }
}

/**
 * A history line as the Dockerfile had it, as far as it can be known: without the classic builder's `/bin/sh -c #(nop)`, BuildKit's
 * mark and the default shell. Build arguments stay: `RUN |1 TOKEN=x npm ci`.
 */
export function instructionOf(createdBy: string): string {
  const nop = NOP.exec(createdBy)
  if (nop !== null) return createdBy.slice(nop[0].length).trim()
  const line = withoutMark(createdBy).trim()
  const ran = line.replace(/^RUN /, '')
  SHELL.lastIndex = 0
  const isRun = ran !== line || COUNTED.test(ran) || SHELL.exec(` ${ran}`)?.index === 0
  if (!isRun) return line
  const { args, command } = parseBuildArgs(ran)
  const before = args.length === 0 ? '' : ran.slice(0, ran.length - command.length)
  return `RUN ${before}${(args.length === 0 ? ran : command).replace(/^\/bin\/sh -c /, '')}`.trim()
}
