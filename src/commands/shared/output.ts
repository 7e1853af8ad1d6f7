// Where reports go: standard output, --output and --report files. A file appears whole or not at all.

import { randomBytes } from 'node:crypto'
import { createWriteStream, statSync } from 'node:fs'
import { open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { REPORT_FORMATS, type ReportFormat, type Settings } from '../../config/settings.js'
import { useColor } from '../../report/color.js'
import { reporters } from '../../report/index.js'
import type { ReportOptions, ScanReport } from '../../report/types.js'
import { count } from '../../report/wording.js'
import { SecretscanError, UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import { whyUnwritable } from '../../support/unreadable.js'
import { builtHere } from './built-here.js'
import { failureText } from './failure.js'
import { trackUnfinishedFile } from './interrupt.js'

export interface ReportOutput {
  readonly format: ReportFormat
  /** Absolute; undefined: standard output. */
  readonly file?: string
}

const isFormat = (text: string): text is ReportFormat => REPORT_FORMATS.some((format) => format === text)

function checkFolder(file: string): void {
  const folder = statSync(dirname(file), { throwIfNoEntry: false })
  if (folder?.isDirectory() !== true)
    throw new UsageError(`There is no folder ${printable(dirname(file))} to write a report into`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(`${printable(file)} is a folder, not a file to write a report into`)
}

function parseReport(text: string, cwd: string): ReportOutput {
  const [, format = '', file = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? []
  const hint = `Formats: ${REPORT_FORMATS.join(', ')}. Example: --report sarif=secrets.sarif`
  if (file === '') throw new UsageError(`--report ${printable(text)} is not FORMAT=FILE`, { hint })
  if (!isFormat(format)) throw new UsageError(`There is no report format "${printable(format)}"`, { hint })
  return { format, file: resolve(cwd, file) }
}

/** All outputs that the settings name, the main one first. Throws UsageError before a scan whose report could not be written. */
export function reportOutputs(
  settings: Pick<Settings, 'format' | 'output' | 'report'>,
  cwd: string,
): readonly ReportOutput[] {
  const main: ReportOutput = {
    format: settings.format,
    ...(settings.output === undefined ? {} : { file: resolve(cwd, settings.output) }),
  }
  const outputs = [main, ...settings.report.map((text) => parseReport(text, cwd))]
  const files = outputs.flatMap(({ file }) => file ?? [])
  files.forEach(checkFolder)
  if (new Set(files).size < files.length) throw new UsageError('Two reports would be written to the same file')
  return outputs
}

/** The file that a symbolic link names, so that the rename replaces that and not the link; `path` itself where it does not exist. */
async function realFile(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

async function writeInto(
  path: string,
  mode: number,
  flags: string,
  fill: (out: Writable) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, mode)
  // A pipe cannot be flushed (EINVAL).
  const isFile = (await handle.stat()).isFile()
  const stream = createWriteStream(path, { fd: handle, flush: isFile })
  const ended = finished(stream)
  await Promise.all([fill(stream).finally(() => stream.end()), ended])
}

/** Throws UsageError where a file is at `path` and `force` does not say to replace it. */
export function refuseToReplace(path: string, force: boolean, hint = 'Use --force to replace it.'): void {
  if (force || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return
  throw new UsageError(`${printable(path)} is there already`, { hint })
}

/** A UsageError in place of an error of the system. */
export function notWritten(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof SecretscanError) return error
  return new UsageError(`${printable(path)} cannot be written (${whyUnwritable(error)})`, { cause: error })
}

async function replace(target: string, mode: number, fill: (out: Writable) => Promise<void>): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
  const forget = trackUnfinishedFile(temporary)
  try {
    await writeInto(temporary, mode, 'wx', fill)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    forget()
  }
}

/**
 * Writes a file through a temporary one beside it and a rename; devices and pipes (/dev/null) are written directly.
 * @param mode permissions of a new file, before the umask
 * @throws UsageError where the system refuses it
 */
export async function writeFileWhole(
  path: string,
  mode: number,
  fill: (out: Writable) => Promise<void>,
): Promise<void> {
  const target = await realFile(path)
  const existing = statSync(target, { throwIfNoEntry: false })
  try {
    if (existing === undefined || existing.isFile()) await replace(target, mode, fill)
    else await writeInto(target, mode, 'w', fill)
  } catch (error) {
    throw notWritten(path, error)
  }
}

/** The explicit choice of colour, where --color, --no-color or a setting made one. */
export type ColorFlag = boolean | undefined

/** Writes the report to every output. Files that hold plain values are readable by their owner only. */
export async function writeReports(
  report: ScanReport,
  outputs: readonly ReportOutput[],
  settings: Settings,
  colorFlag: ColorFlag,
): Promise<void> {
  const jsonFile = outputs.find(({ format, file }) => format === 'json' && file !== undefined)?.file
  const project = { files: settings.file, envFiles: settings['env-file'], profiles: settings.profile }
  const common = {
    project,
    rules: settings.rules,
    quiet: settings.quiet,
    showSuppressed: settings['show-suppressed'],
    ...(report.fromStore === undefined ? { builtHere: await builtHere(report.targets, project) } : {}),
    ...(jsonFile === undefined ? {} : { jsonFile: relative(process.cwd(), jsonFile) }),
  }
  for (const { format, file } of outputs) {
    const reporter = reporters[format]
    if (file !== undefined) {
      await writeFileWhole(file, settings['show-secrets'] ? 0o600 : 0o666, (out) =>
        reporter(report, out, { ...common, color: false }),
      )
      continue
    }
    const isTerminal = process.stdout.isTTY === true
    const color = useColor({ env: process.env, isTerminal, ...(colorFlag === undefined ? {} : { flag: colorFlag }) })
    const options: ReportOptions = { ...common, color, ...(isTerminal ? { columns: process.stdout.columns } : {}) }
    await reporter(report, process.stdout, options)
  }
}

/** What a person at a terminal is told where every report went to a file: how much was found, and where it stands. Else nothing. */
export function writtenLine({ targets }: ScanReport, outputs: readonly ReportOutput[], isTerminal: boolean): string {
  const files = outputs.flatMap(({ file }) => file ?? [])
  if (!isTerminal || files.length < outputs.length) return ''
  const found = targets.flatMap(({ findings }) => findings.filter(({ suppressed }) => suppressed === undefined)).length
  return `${count(found, 'finding')} written to ${files.map(printable).join(', ')}\n`
}

/** Targets that could not be scanned, for standard error: where no table says it on standard output, only the exit code would. */
export function failureLines({ targets }: ScanReport, outputs: readonly ReportOutput[]): string {
  if (outputs.some(({ format, file }) => format === 'table' && file === undefined)) return ''
  return targets.flatMap(({ failed }) => (failed === undefined ? [] : failureText(failed, false))).join('')
}
