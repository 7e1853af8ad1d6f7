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
const NOP = '/bin/sh -c #(nop) '
const COUNTED = /^(RUN )?\|(\d{1,4}) /
const ASSIGNMENT = /(?<= )[A-Za-z_][A-Za-z0-9_.-]*=/g
/** How the run command begins after the arguments: the default shells of both builders, or one set with SHELL. */
const SHELL =
  / (?=(?:\/(?:usr\/)?(?:bin|busybox)\/)?(?:sh|bash|ash|dash|zsh|ksh)(?: -[A-Za-z]+(?: pipefail)?)* -[a-z]*c )| (?=(?:cmd(?:\.exe)? \/S \/C|(?:powershell|pwsh)(?:\.exe)? -) ?)/g

/**
 * The build arguments of a history line. Builders join them with spaces and quote nothing: the classic builder writes
 * `|2 A=x B=y /bin/sh -c command`, sorted; BuildKit `RUN |2 A=x B=y /bin/sh -c command # buildkit`, in the order of the ARG lines.
 * The count tells how many ` NAME=` are names and how many are part of a value; where that leaves a choice, names not seen before,
 * names in capitals and (classic) sorted ones win.
 */
export function parseBuildArgs(createdBy: string): BuildArgs {
  const line = createdBy.endsWith(BUILDKIT_MARK) ? createdBy.slice(0, -BUILDKIT_MARK.length) : createdBy
  const head = COUNTED.exec(line)
  const count = Number(head?.[2] ?? 0)
  if (head === null || count === 0) return { args: [], command: line }
  const from = head[0].length
  const names = assignments(line, from)
  if (names[0]?.at !== from) return { args: [], command: line }
  const end = commandStart(line, names, count)
  const chosen = choose(
    names.filter((name) => name.at < end),
    count,
    head[1] === undefined,
  )
  const args = chosen.map((name, index) => argument(line, name, chosen[index + 1]?.at ?? end + 1))
  return { args, command: line.slice(end).trimStart() }
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

/** The offset of the space before the command: before the first shell that follows `count` names, else after the last value's first word. */
function commandStart(line: string, names: readonly Assignment[], count: number): number {
  const last = names[Math.min(count, names.length) - 1]
  const from = last === undefined ? 0 : last.at + last.name.length + 1
  SHELL.lastIndex = from
  const shell = SHELL.exec(line)
  if (shell !== null) return shell.index
  const space = line.indexOf(' ', from)
  return space < 0 ? line.length : space
}

function argument(line: string, { name, at }: Assignment, next: number): BuildArg {
  const start = at + name.length + 1
  const end = next - 1
  return { name, value: line.slice(start, end), start, end }
}

/** `count` of `names`, always with the first: a value may hold something that looks like a name. */
function choose(names: readonly Assignment[], count: number, sorted: boolean): readonly Assignment[] {
  const first = new Set<string>()
  let pool = names.filter(({ name }) => !first.has(name) && first.add(name))
  if (pool.length > count) pool = narrow(pool, count, (name) => /^[A-Z0-9_]+$/.test(name.name))
  if (pool.length > count && sorted) pool = narrow(pool, count, rising())
  return pool.slice(0, count)
}

/** Those that hold to `rule`, and the first, where enough remain. */
function narrow(pool: Assignment[], count: number, rule: (name: Assignment) => boolean): Assignment[] {
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
  if (createdBy.startsWith(NOP)) return createdBy.slice(NOP.length).trim()
  const line = createdBy.endsWith(BUILDKIT_MARK) ? createdBy.slice(0, -BUILDKIT_MARK.length) : createdBy
  const { args, command } = parseBuildArgs(line)
  const counted = args.length > 0
  if (!counted && !/^(?:RUN )?\/bin\/sh -c /.test(line)) return line.trim()
  const before = counted ? `${line.slice(0, line.length - command.length).replace(/^RUN /, '')}` : ''
  return `RUN ${before}${command.replace(/^RUN /, '').replace(/^\/bin\/sh -c /, '')}`.trim()
}
