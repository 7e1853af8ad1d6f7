// Files that are no image's layer (a folder, what changed in a container) through the same workers. Who lists and opens them is another's task.
import { FileFeeder, type FileToScan } from './file-feeder.js'
import type { ScanSession } from './session.js'
import type { Coverage, LocalFinding, ScanContext, ScanStats } from './types.js'

export interface ListedFile extends FileToScan {
  /** The target of a symbolic link: scanned as text, never followed. `body` is then empty. */
  readonly link?: string
}

export interface ScannedFiles {
  /** In the order of the files; not yet merged over them (assemble.ts: mergeFindings). */
  readonly findings: readonly LocalFinding[]
  readonly coverage: readonly Coverage[]
  readonly stats: ScanStats
}

/**
 * Scans files and their names as they are listed. A file whose body fails is named in coverage (FILE_UNREADABLE), and the next one
 * follows; what the listing itself throws is thrown.
 */
export async function scanFiles(
  files: AsyncIterable<ListedFile>,
  session: ScanSession,
  context: ScanContext,
  options: { readonly service?: string } = {},
): Promise<ScannedFiles> {
  const { maxFileSize } = session.detection
  const feeder = new FileFeeder({
    pool: session.pool,
    setup: session.setup,
    on: (coverage) => context.on({ type: 'coverage', coverage }),
    ...options,
    ...(maxFileSize === undefined ? {} : { maxFileSize }),
  })
  let count = 0
  let bytes = 0
  const counting = (chunk: Uint8Array) => {
    bytes += chunk.length
    context.on({ type: 'bytes', delta: chunk.length })
  }
  for await (const file of files) {
    context.signal.throwIfAborted()
    count++
    await addListed(feeder, file, counting)
  }
  const { findings, coverage } = await feeder.finish()
  return { findings, coverage, stats: { layers: 0, files: count, bytes } }
}

async function addListed(feeder: FileFeeder, file: ListedFile, counting: (chunk: Uint8Array) => void): Promise<void> {
  const { path, link, body } = file
  const exact = file.pathBase64 === undefined ? {} : { pathBase64: file.pathBase64 }
  await feeder.addName('file-name', path, exact)
  if (link !== undefined) return feeder.addName('link', path, { ...exact, text: Buffer.from(link) })
  let failure: unknown
  const guarded = readGuarded(body, counting, (error) => {
    failure = error
  })
  await feeder.addFile({ ...file, body: guarded })
  if (failure === undefined) return
  const code = failure instanceof Error && 'code' in failure ? String(failure.code) : 'unknown error'
  const detail = `The file could not be read to its end (${code}).`
  feeder.note({ code: 'FILE_UNREADABLE', effect: 'partial', place: { kind: 'file', path, ...exact }, detail })
}

/** `body` to its end or to its error, which is told and not thrown: what came before is scanned. */
async function* readGuarded(
  body: AsyncIterable<Uint8Array>,
  counting: (chunk: Uint8Array) => void,
  failed: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      counting(chunk)
      yield chunk
    }
  } catch (error) {
    failed(error)
  }
}
