// The report formats by name: a new format is one file and one line here.
import type { ReportFormat } from '../config/settings.js'
import { reportJson } from './json.js'
import { reportSarif } from './sarif.js'
import { reportTable } from './table.js'
import type { Reporter } from './types.js'

export const reporters: Readonly<Record<ReportFormat, Reporter>> = {
  table: reportTable,
  json: reportJson,
  sarif: reportSarif,
}
