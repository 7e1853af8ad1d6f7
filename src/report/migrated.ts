// Findings in what a migration wrote or keeps: nothing there is to be revoked for standing there.
import type { Finding, TargetReport } from '../scan/types.js'
import { isKeptOriginal } from '../support/kept-original.js'

/** true in a file that a migration put the value into. */
export const isMigrated = ({ place }: Finding, migrated: TargetReport['migrated']): boolean =>
  place.kind === 'file' && migrated?.has(place.path) === true

/** The findings that something is to be done about. What a migration keeps is nowhere but in its project: in an image it is for all to read. */
export const unsettled = ({ kind, findings, migrated }: TargetReport): readonly Finding[] =>
  findings.filter(
    (finding) =>
      !isMigrated(finding, migrated) && (kind === 'image' || kind === 'container' || !isKeptOriginal(finding.place)),
  )
