// What an argument of `secretscan image` was probably meant to be where it is read as something else. Looks at names of files only.
import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseTarget } from '../../image/reference.js'
import type { SourceKind } from '../../image/types.js'
import type { TargetReport } from '../../scan/types.js'
import { UsageError } from '../../support/errors.js'
import { printable, shorten } from '../../support/printable.js'

/** Failures after which the argument may have meant something else. */
const NOT_FOUND: ReadonlySet<string> = new Set(['NOT_FOUND', 'UNREACHABLE', 'UNAUTHORIZED'])

/** undefined where nothing can be seen at the path, for whatever reason: a part of it may be a file. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

const isFolder = (path: string): boolean => statsOf(path)?.isDirectory() === true
const isFile = (path: string): boolean => statsOf(path)?.isFile() === true
const shown = (text: string): string => shorten(printable(text), 60)

/** How to write `input` where it is a file or a folder here; undefined where there is none. */
function asPath(input: string): string | undefined {
  if (isFile(input))
    return `There is a file ${shown(input)} here: write archive:${shown(input)} if it is an image's archive.`
  if (!isFolder(input)) return undefined
  return isFile(join(input, 'oci-layout'))
    ? `The folder ${shown(input)} is an OCI layout: write oci:${shown(input)}.`
    : `There is a folder ${shown(input)} here: secretscan dir ${shown(input)} scans it.`
}

/** An image's name may be that of a file too ("app"); with an ending, a leading dot or slash, or as a layout it hardly is one. */
function isSurelyPath(input: string): boolean {
  if (/^[./~]/.test(input)) return true
  return /\.[^/:@]*$/.test(input) ? isFile(input) : isFile(join(input, 'oci-layout'))
}

/** Throws UsageError for a file or folder that is written without saying so, before any engine or registry is asked for it. */
export function checkPaths(inputs: readonly string[], source: SourceKind | undefined): void {
  if (source !== undefined) return
  for (const input of inputs) {
    const advice = asPath(input)
    if (advice === undefined || !isSurelyPath(input) || /^(?:archive|oci):|\.(?:tar|tar\.gz|tgz|tar\.zst)$/.test(input))
      continue
    throw new UsageError(`"${shown(input)}" is not the name of an image.`, { hint: advice })
  }
}

/** What `input`, which was not found, may have meant. */
function meaningOf(input: string): string | undefined {
  const [, prefix, name] = /^(docker|registry):([^/:@]+)$/.exec(input) ?? []
  if (prefix !== undefined && name !== undefined)
    return `${prefix}:NAME needs a tag: ${prefix}:${shown(name)}:latest (this was read as the image "${prefix}" with the tag "${shown(name)}").`
  return asPath(input)
}

/** `report` with a hint on what its argument may have meant, where it failed, and with what --debug tells of the failure. */
export function withAdvice(report: TargetReport, debug: boolean): TargetReport {
  const { failed } = report
  if (failed === undefined) return report
  const isName =
    NOT_FOUND.has(failed.code) && report.input !== '-' && parseTarget(report.input).kind === 'engine-or-registry'
  const meaning = isName ? meaningOf(report.input) : undefined
  const hint = [meaning ?? failed.hint, debug ? failed.detail : undefined]
    .filter((text) => text !== undefined)
    .join(' ')
  return hint === '' ? report : { ...report, failed: { ...failed, hint } }
}
