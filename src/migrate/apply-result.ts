// What a run that has ended has to tell, read from its journal: the same after a resumed run.
import type { Journal } from './journal.js'
import type { MigrationPlan, PlanStep, StoredSecret, Verified } from './types.js'

export interface ApplyResult {
  readonly id: string
  readonly stored: readonly StoredSecret[]
  readonly swapped: readonly string[]
  /** How each secret was checked once it was written. */
  readonly verified: readonly { readonly name: string; readonly how: Verified; readonly reason?: string }[]
  /** Whether docker itself read the edited files before they were swapped, a line for people; absent where none were edited. */
  readonly engineWord?: string
  /** What steps had to tell: services that were moved over, versions that were removed. */
  readonly details: readonly {
    readonly do: PlanStep['do']
    readonly name: string
    readonly detail: readonly string[]
  }[]
}

export const swappedBy = ({ steps }: MigrationPlan): readonly string[] =>
  steps.flatMap((step) => (step.do === 'swap' ? step.paths : []))

export const resultOf = (journal: Journal): ApplyResult => ({
  id: journal.id,
  stored: journal.stored(),
  swapped: swappedBy(journal.plan),
  verified: verifiedOf(journal),
  ...engineWordOf(journal),
  details: detailsOf(journal),
})

function verifiedOf({ records, plan }: Journal): ApplyResult['verified'] {
  return records.flatMap((record) => {
    const step = record.type === 'verified' ? plan.steps[record.step] : undefined
    if (record.type !== 'verified' || step?.do !== 'verify') return []
    const { how, reason } = record
    return [{ name: step.name, how, ...(reason === undefined ? {} : { reason }) }]
  })
}

function engineWordOf({ records, plan }: Journal): Pick<ApplyResult, 'engineWord'> {
  for (const record of records) {
    const [engineWord] = record.type === 'done' && plan.steps[record.step]?.do === 'check' ? (record.detail ?? []) : []
    if (engineWord !== undefined) return { engineWord }
  }
  return {}
}

function detailsOf(journal: Journal): ApplyResult['details'] {
  return journal.records.flatMap((record) => {
    const step = record.type === 'done' ? journal.plan.steps[record.step] : undefined
    if (record.type !== 'done' || step === undefined || !('name' in step) || !record.detail?.length) return []
    return [{ do: step.do, name: step.name, detail: record.detail }]
  })
}
