// All findings as JSON Lines, one finding a line, read from the store in pages: for other programs and for keeping.
import type { Queries } from '../store/database.js'
import type { FindingFilter } from './filter.js'
import { type FindingRow, findingsAfter } from './findings.js'

const PAGE = 500

/** A line of `sweep export`: schema version 1. Fields are added, never changed. */
function exportLine(row: FindingRow): Readonly<Record<string, unknown>> {
  const { document, acknowledged } = row
  const { shown, guessable, length, entropy } = document.secret
  return {
    schemaVersion: 1,
    fingerprint: row.fingerprint,
    ruleId: row.ruleId,
    severity: row.severity,
    confidence: row.confidence,
    secret: {
      redacted: shown,
      guessable,
      ...(length === undefined ? {} : { length }),
      ...(entropy === undefined ? {} : { entropy }),
    },
    location: { ...document.place, ...document.span },
    ...(row.instruction === undefined ? {} : { instruction: row.instruction }),
    ...(row.exposure === null ? {} : { exposure: row.exposure }),
    subject: row.subject,
    firstSeenIn: row.firstSeenIn,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    ...(row.goneAt === null ? {} : { goneAt: row.goneAt.toISOString() }),
    ...(row.goneBecause === undefined ? {} : { goneBecause: row.goneBecause }),
    ...(acknowledged === undefined
      ? {}
      : {
          acknowledged: {
            reason: acknowledged.reason,
            at: acknowledged.createdAt.toISOString(),
            ...(acknowledged.until === null ? {} : { until: acknowledged.until.toISOString() }),
          },
        }),
    imageCount: row.images,
    images: row.references,
  }
}

/** Lines with their line ends. */
export async function* exportLines(queries: Queries, filter: FindingFilter): AsyncGenerator<string> {
  let after = ''
  for (;;) {
    const rows = await findingsAfter(queries, filter, { limit: PAGE, after })
    if (rows.length === 0) return
    after = rows.at(-1)?.fingerprint ?? after
    yield rows.map((row) => `${JSON.stringify(exportLine(row))}\n`).join('')
  }
}
