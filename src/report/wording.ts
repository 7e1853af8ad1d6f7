// Places, sizes and counts in words: shared by the table and SARIF. Gives plain text; the caller makes it printable.
import type { SourceKind } from '../image/types.js'
import type { ConfigPlaceKind, Place, Span, TargetFailure } from '../scan/types.js'
import { grouped } from '../support/grouped.js'
import { wrap } from '../support/wrap.js'
import type { ReportOptions } from './types.js'

const CONFIG_WORDS: Readonly<Record<ConfigPlaceKind, string>> = {
  env: 'environment variable',
  label: 'label',
  cmd: 'CMD',
  entrypoint: 'ENTRYPOINT',
  healthcheck: 'health check',
  onbuild: 'ONBUILD',
  shell: 'SHELL',
  author: 'author',
  comment: 'comment',
  annotation: 'annotation',
  history: 'history',
  'build-arg': 'build argument',
  provenance: 'provenance',
}

const SOURCE_WORDS: Readonly<Record<SourceKind, string>> = {
  docker: 'from the Docker Engine',
  podman: 'from Podman',
  registry: 'from the registry',
  archive: 'from an archive',
  oci: 'from an OCI layout',
  stdin: 'from standard input',
}

export const sourceText = (source: SourceKind): string => SOURCE_WORDS[source]

function position(span: Partial<Span>): string {
  if (span.line !== undefined) return `:${span.line}${span.column === undefined ? '' : `:${span.column}`}`
  return span.offset === undefined ? '' : ` (byte ${span.offset})`
}

/** "app/.env:3:23", "lib/app.jar!application.properties:1:5", "build argument NPM_TOKEN"; positions only as far as `span` has them. */
export function placeText(place: Place, span: Partial<Span>): string {
  if (!('path' in place))
    return place.key === undefined ? CONFIG_WORDS[place.kind] : `${CONFIG_WORDS[place.kind]} ${place.key}`
  const path = [place.path, ...('inside' in place ? (place.inside ?? []) : [])].join('!')
  switch (place.kind) {
    case 'file-name':
      return `name of ${path}`
    case 'link':
      return `link target of ${path}`
    case 'xattr':
      return `extended attribute of ${path}`
    case 'git':
      return place.kind === 'git' && place.gitPath !== undefined
        ? `${place.gitPath}${position(span)} in git's ${path}`
        : `git history in ${path}${position(span)}`
    default:
      return `${path}${position(span)}`
  }
}

/** Why a target failed and what to do, for formats that have one text for both. */
export function failureSentences({ message, hint }: TargetFailure): string {
  return hint === undefined ? message : `${message} ${hint}`
}

/** Longer lines are hard to read, narrower ones are mostly breaks. */
const WIDEST_PROSE = 120
const NARROWEST_PROSE = 40

/**
 * A sentence broken at spaces for the terminal; as it is where the output is none, so that it can be searched by the line. `paths`: what it
 * names is to be read, not to be copied, and goes on behind a slash.
 */
export function prose(
  sentence: string,
  { columns }: Pick<ReportOptions, 'columns'>,
  indent = 0,
  { paths = false }: { readonly paths?: boolean } = {},
): string {
  if (columns === undefined) return sentence
  return wrap(sentence, Math.max(NARROWEST_PROSE, Math.min(columns, WIDEST_PROSE)), indent, paths)
}

/** "1 finding", "31,204 files". */
export function count(amount: number, noun: string): string {
  return `${grouped(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

/** As many characters of a fingerprint as tell a million findings apart; `sweep ack` and `--secret` take them. */
const SHORT_ID = 10

/** "v1:k3t7q2m5x4w6…" as people name it: "k3t7q2m5x4". */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(fingerprint.indexOf(':') + 1).slice(0, SHORT_ID)
}

/** Bytes in units of 1000, as docker prints them: "412 MB", "1.2 GB". */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${units[unit]}`
}

/** "85 ms", "1.9 s", "2 min 5 s". */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
