// What a worker does with a unit: texts to findings, names, nested archives. Free of threads, so that tests run it in place.
import { CHUNK_STEP } from './chunks.js'
import { fileResult, type UnitTools } from './file-result.js'
import { KeptFindings } from './finding-limits.js'
import { advance, TEXT_START, textMark } from './lines.js'
import { scanNames } from './name-scan.js'
import { createNestedScan, type NestedScan } from './nested-scan.js'
import { scanStringsUnit } from './strings-scan.js'
import { createTextScan } from './text-scan.js'
import type { FilePlace } from './types.js'
import type { BatchUnit, ChunkUnit, LeftOut, RawFinding, StreamUnit, Unit, UnitResult, WorkerSetup } from './unit.js'
import { ValueMemory } from './value-memory.js'

export interface UnitScanner {
  /** `stream`: the bytes of a stream unit, in order. */
  scan(unit: Unit, stream?: AsyncIterable<Uint8Array>): Promise<UnitResult>
}

interface ScannerOptions {
  /** Called while a long unit is scanned. */
  readonly alive?: () => void
  /** Where what is found is kept for masking; default: its own. */
  readonly memory?: ValueMemory
}

export function createUnitScanner(
  setup: WorkerSetup,
  { alive = () => {}, memory = new ValueMemory() }: ScannerOptions = {},
): UnitScanner {
  const tools: UnitTools = { text: createTextScan(setup), setup, memory, alive }
  const nested = createNestedScan(tools)
  return {
    async scan(unit, stream) {
      if (unit.kind === 'batch') return scanBatch(unit, tools, nested)
      if (unit.kind === 'chunk') return scanChunkUnit(unit, tools)
      if (unit.kind === 'stream') return scanStream(unit, stream ?? emptyStream(), nested)
      if (unit.kind === 'strings') return scanStringsUnit(unit, tools)
      return { findings: [], coverage: [], masked: unit.mask.map((text) => tools.memory.mask(text)) }
    },
  }
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {}

async function scanBatch(unit: BatchUnit, tools: UnitTools, nested: NestedScan): Promise<UnitResult> {
  const names = scanNames(unit.names, tools)
  const findings = new KeptFindings<RawFinding>()
  const coverage = [...names.coverage]
  const leftOut: LeftOut[] = []
  let dropped = 0
  findings.add(names.findings)
  for (const file of unit.files) {
    const bytes = new Uint8Array(unit.bytes, file.start, file.length)
    const scanning = nested.whole(bytes, { entry: file.entry, place: filePlace(file) })
    const result = scanning instanceof Promise ? await scanning : scanning
    if (result.findings.length > 0) findings.add(result.findings)
    for (const entry of result.coverage) coverage.push(entry)
    for (const count of result.leftOut ?? []) leftOut.push(count)
    dropped += result.dropped ?? 0
  }
  const kept = findings.all()
  return { findings: kept, coverage, leftOut, dropped: dropped + findings.dropped, bytes: unit.bytes }
}

function scanChunkUnit(unit: ChunkUnit, tools: UnitTools): UnitResult {
  const bytes = new Uint8Array(unit.bytes, 0, unit.length)
  const place = { offset: unit.offset, length: unit.length, last: unit.last }
  const scanned = tools.text.chunk(bytes, place, unit.path, unit.code)
  const file = { bytes, offset: unit.offset, entry: unit.entry, place: filePlace(unit) }
  const { listed: _, ...result } = fileResult(file, scanned, tools)
  const start = unit.offset === 0 ? textMark(bytes) : 0
  const step = unit.last ? {} : { step: advance(TEXT_START, bytes, start, CHUNK_STEP) }
  return { ...result, bytes: unit.bytes, ...step }
}

async function scanStream(
  unit: StreamUnit,
  stream: AsyncIterable<Uint8Array>,
  nested: NestedScan,
): Promise<UnitResult> {
  const known = unit.known === undefined ? {} : { known: unit.known }
  return nested.stream(stream, { entry: unit.entry, place: filePlace(unit), ...known })
}

function filePlace(item: { readonly path: string; readonly pathBase64?: string }): FilePlace {
  return { kind: 'file', path: item.path, ...(item.pathBase64 === undefined ? {} : { pathBase64: item.pathBase64 }) }
}
