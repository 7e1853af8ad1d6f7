// What was not scanned, for the table: never left out, however quiet the output is.
import type { Coverage, TargetReport } from '../scan/types.js'
import { grouped } from '../support/grouped.js'
import { printable } from '../support/printable.js'
import { isIncomplete } from './coverage.js'
import type { ReportOptions } from './types.js'
import { count, placeText, prose } from './wording.js'

/** Lines shown of one code; the rest is counted. */
const SHOWN = 5

function entryLine({ place, detail }: Coverage, options: ReportOptions): string {
  const where = place === undefined ? '' : `${printable(placeText(place, {}))}: `
  return prose(`       ${where}${printable(detail)}`, options, 2, { paths: true })
}

function codeLines(code: string, entries: readonly Coverage[], options: ReportOptions): string[] {
  const more = entries.length - SHOWN
  return [
    `     ${code}${entries.length === 1 ? '' : ` (${grouped(entries.length)})`}`,
    ...entries.slice(0, SHOWN).map((entry) => entryLine(entry, options)),
    ...(more > 0 ? [`       … and ${grouped(more)} more (--format json lists all)`] : []),
  ]
}

function section(heading: string, entries: readonly Coverage[], options: ReportOptions): string[] {
  if (entries.length === 0) return []
  const codes = [...new Set(entries.map(({ code }) => code))].sort()
  return [
    '',
    heading,
    ...codes.flatMap((code) =>
      codeLines(
        code,
        entries.filter((entry) => entry.code === code),
        options,
      ),
    ),
  ]
}

/** What was not scanned and, unless quiet, the notes. */
export function coverageLines(target: TargetReport, options: ReportOptions): string[] {
  const missed = target.coverage.filter(isIncomplete)
  const notes = target.coverage.filter((entry) => !isIncomplete(entry))
  return [
    ...section(` ⚠ not scanned: ${count(missed.length, 'part')}`, missed, options),
    ...(options.quiet ? [] : section(` note: ${count(notes.length, 'remark')}`, notes, options)),
  ]
}
