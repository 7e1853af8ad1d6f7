// Files that may be archives or compressed: opened inside the worker, member by member, to a depth and within a budget.
import { CHUNK_SIZE, type Match } from '../detect/types.js'
import type { Issue } from '../support/issue.js'
import { NestedBudget, type NestedKind, openNested, sniffNested } from '../unpack/nested.js'
import { type FileContext, memberPlace, nameOf } from './file-context.js'
import { fileResult, leavingPlace, type UnitTools } from './file-result.js'
import { KeptFindings } from './finding-limits.js'
import { KnownValues } from './known-values.js'
import { asText } from './raw-finding.js'
import { RollingScan } from './rolling-scan.js'
import { TableRows } from './table-rows.js'
import { HEAD_BYTES, type ScannedText } from './text-scan.js'
import type { Coverage } from './types.js'
import type { LeftOut, RawFinding, UnitResult } from './unit.js'

export interface NestedScan {
  /** A file that lies in memory whole. What is no archive costs no promise: most files of an image are small and plain. */
  whole(bytes: Uint8Array, file: FileContext): UnitResult | Promise<UnitResult>
  /** A big archive, as its bytes come. */
  stream(bytes: AsyncIterable<Uint8Array>, file: FileContext): Promise<UnitResult>
}

/** What is gathered over one outer file. `values`: plain values found in members, so that the raw pass over the same bytes repeats none. */
interface Gathered {
  readonly findings: KeptFindings<RawFinding>
  readonly coverage: Coverage[]
  readonly leftOut: LeftOut[]
  readonly values: KnownValues
  readonly budget: NestedBudget
}

export function createNestedScan(tools: UnitTools): NestedScan {
  return {
    whole(bytes, file) {
      const isPlain =
        file.place.kind !== 'git' && sniffNested(nameOf(file.place), bytes.subarray(0, HEAD_BYTES)) === undefined
      return isPlain ? scanPlain(bytes, file, tools) : scanNested(bytes, file, tools)
    },
    async stream(bytes, file) {
      const gathered = gather()
      await scanBytes(bytes, file, 0, gathered, tools)
      return resultOf(gathered)
    },
  }
}

function scanPlain(bytes: Uint8Array, file: FileContext, tools: UnitTools): UnitResult {
  const scanned = tools.text.whole(bytes, { path: nameOf(file.place), isFile: true })
  const { listed: _, ...result } = fileResult({ bytes, offset: 0, ...file }, scanned, tools)
  return result
}

async function scanNested(bytes: Uint8Array, file: FileContext, tools: UnitTools): Promise<UnitResult> {
  const gathered = gather()
  await scanWhole(bytes, file, 0, gathered, tools)
  return resultOf(gathered)
}

function gather(): Gathered {
  return {
    findings: new KeptFindings(),
    coverage: [],
    leftOut: [],
    values: new KnownValues(),
    budget: new NestedBudget(),
  }
}

function resultOf({ findings, coverage, leftOut }: Gathered): UnitResult {
  return { findings: findings.all(), coverage, leftOut, dropped: findings.dropped }
}

async function scanWhole(bytes: Uint8Array, file: FileContext, depth: number, gathered: Gathered, tools: UnitTools) {
  const kind = kindOf(bytes, file, depth, gathered, tools)
  if (kind !== undefined) await scanMembers(kind, once(bytes), file, depth, gathered, tools)
  const scanned = tools.text.whole(bytes, { path: nameOf(file.place), isFile: true })
  keep(fileResult({ bytes, offset: 0, ...file }, withoutKnown(scanned, file, kind, gathered), tools), gathered)
  remember(scanned.matches, gathered)
}

/** A member (or streamed file) of unknown length: in memory if it fits a chunk, else chunk by chunk. */
async function scanBytes(
  bytes: AsyncIterable<Uint8Array>,
  file: FileContext,
  depth: number,
  gathered: Gathered,
  tools: UnitTools,
) {
  const source = bytes[Symbol.asyncIterator]()
  const head = await readUpTo(source, CHUNK_SIZE)
  if (head.ended) return scanWhole(head.bytes, file, depth, gathered, tools)
  const rest = chain(head, source)
  const kind = kindOf(head.bytes, file, depth, gathered, tools)
  const raw = new RollingScan(file, tools)
  if (kind === undefined) {
    for await (const chunk of rest) raw.push(chunk)
  } else {
    const teed = tee(rest, raw)
    await scanMembers(kind, keptOpen(teed), file, depth, gathered, tools)
    // What the archive's reader left unread (a tail after its end) is still looked at.
    for await (const _ of teed);
  }
  keep(raw.end(kind === undefined && file.place.kind !== 'git' ? new KnownValues() : gathered.values), gathered)
  for (const value of raw.values()) gathered.values.add(value)
}

/** The archive kind to open, or undefined: not an archive, or too deep (which coverage then says). */
function kindOf(
  head: Uint8Array,
  file: FileContext,
  depth: number,
  gathered: Gathered,
  tools: UnitTools,
): NestedKind | undefined {
  const kind = sniffNested(nameOf(file.place), head.subarray(0, HEAD_BYTES))
  if (kind === undefined || depth < tools.setup.maxArchiveDepth) return kind
  // No archive: its bytes are scanned, too.
  if (kind === 'office-text') return undefined
  const detail = `An archive or a database lies deeper than ${tools.setup.maxArchiveDepth} levels and was not opened (--max-archive-depth).`
  gathered.coverage.push({
    code: 'LIMIT_ARCHIVE_DEPTH',
    effect: 'skipped',
    place: leavingPlace(file.place, [], tools),
    detail,
  })
  return undefined
}

async function scanMembers(
  kind: NestedKind,
  bytes: AsyncIterable<Uint8Array>,
  file: FileContext,
  depth: number,
  gathered: Gathered,
  tools: UnitTools,
) {
  const on = (issue: Issue) => gathered.coverage.push({ ...issue, place: leavingPlace(file.place, [], tools) })
  for await (const member of openNested(kind, bytes, { on, budget: gathered.budget, path: nameOf(file.place) })) {
    if (file.known?.has(member.path) === true) continue
    const place = memberPlace(file.place, member)
    // Without a name: the rest behind a broken header, which the pass over the raw bytes sees anyway.
    if (member.encrypted === true || (kind === 'tar' && member.path === '')) continue
    const table = member.at === undefined ? undefined : new TableRows(member.at)
    const context = { entry: file.entry, place, ...(table === undefined ? {} : { table }) }
    await scanBytes(member.body, context, depth + 1, gathered, tools)
    gathered.coverage.push(...(table?.coverage(leavingPlace(place, [], tools)) ?? []))
    tools.alive()
  }
}

/**
 * In an archive the raw bytes are scanned too (a reader may be fooled); what a member has shown already is not said again, nor what an
 * earlier object of a git pack has: every version of a file holds it.
 */
function withoutKnown(
  scanned: ScannedText,
  file: FileContext,
  kind: NestedKind | undefined,
  gathered: Gathered,
): ScannedText {
  if (kind === undefined && file.place.kind !== 'git') return scanned
  return { ...scanned, matches: scanned.matches.filter((match) => !gathered.values.has(asText(match.value))) }
}

function remember(matches: readonly Match[], gathered: Gathered) {
  for (const match of matches) gathered.values.add(asText(match.value))
}

function keep(result: UnitResult, gathered: Gathered) {
  gathered.findings.add(result.findings)
  for (const entry of result.coverage) gathered.coverage.push(entry)
  for (const count of result.leftOut ?? []) gathered.leftOut.push(count)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* tee(bytes: AsyncIterable<Uint8Array>, raw: RollingScan): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    raw.push(chunk)
    yield chunk
  }
}

/** `bytes` for a reader that closes its source when it is done: what it did not want can still be read. */
function keptOpen(bytes: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => bytes.next() }) }
}

async function readUpTo(source: AsyncIterator<Uint8Array>, limit: number) {
  const parts: Uint8Array[] = []
  let length = 0
  while (length <= limit) {
    const next = await source.next()
    if (next.done === true) return { bytes: Buffer.concat(parts, length), ended: true }
    // A reader may use its buffer again for the next chunk.
    parts.push(Uint8Array.from(next.value))
    length += next.value.length
  }
  return { bytes: Buffer.concat(parts, length), ended: false }
}

async function* chain(
  head: { readonly bytes: Uint8Array },
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head.bytes
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value
}
