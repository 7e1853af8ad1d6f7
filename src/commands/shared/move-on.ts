// `migrate plan` and `migrate apply` with --from: what they share.
import { relative } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import type { Settings } from '../../config/settings.js'
import { type MoveOnRequest, type PreparedMoveOn, prepareMoveOn } from '../../migrate/move-on/run.js'
import { loadOf } from '../../migrate/plan-load.js'
import { storeName } from '../../migrate/print-plan.js'
import { isOfSwarm } from '../../migrate/project-words.js'
import { assertUnchanged } from '../../migrate/run.js'
import { NO_COMPOSE } from '../../migrate/stack-refusal.js'
import type { MigrationPlan, StoreKind } from '../../migrate/types.js'
import type { VaultAccess } from '../../migrate/vault/session.js'
import type { PlanFlagValues } from './migrate-flags.js'
import { loadOptions, storeOptionsFor } from './migrate-request.js'
import { onStdout } from './migrate-words.js'

/** undefined where nothing moves on. `folder`: the project's, as projectFolder finds it; `plan`: one that was read from a file. */
export function moveOnRequest(
  flags: PlanFlagValues,
  settings: Settings,
  {
    folder,
    vault,
    plan,
  }: { readonly folder: string; readonly vault: VaultAccess; readonly plan?: MigrationPlan | undefined },
): MoveOnRequest | undefined {
  const load = loadOptions(flags)
  if (plan?.kind === 'move' && plan.from !== undefined) {
    const { from, to, select } = plan
    const own = loadOf(plan, load)
    return { load: own, from, to: to.store, storeOptions: to.options, select, vault }
  }
  if (flags.from === undefined) return undefined
  const to = flags.to as StoreKind
  const storeOptions = storeOptionsFor(to, flags, settings, folder)
  return { load, from: flags.from as StoreKind, to, storeOptions, select: flags.select ?? [], vault }
}

/** @throws UsageError where the project is not what `plan` saw. */
export async function preparedMoveOn(request: MoveOnRequest, plan?: MigrationPlan): Promise<PreparedMoveOn> {
  const prepared = await prepareMoveOn(request)
  if (plan?.kind === 'move') assertUnchanged(plan, { planned: prepared })
  return prepared
}

/** The lines that change and no others: what stands around them may hold values. */
function diffs({ plan, staged, before }: PreparedMoveOn): readonly string[] {
  return [...staged].map(([file, bytes]) => {
    const path = relative(plan.projectDir, file)
    const old = Buffer.from(before.get(file) ?? '').toString('utf8')
    const text = createTwoFilesPatch(`a/${path}`, `b/${path}`, old, Buffer.from(bytes).toString('utf8'), '', '', {
      context: 0,
    })
    return text
      .replace(/^={10,}\n/gm, '')
      .replace(/\t$/gm, '')
      .trimEnd()
  })
}

export function renderMoveOn(prepared: PreparedMoveOn, from: StoreKind): readonly string[] {
  const { names, plan } = prepared
  if (names.length === 0) return [`No secret of this project is in ${storeName(from)}.`]
  return [
    onStdout(`${names.join(', ')}: from ${storeName(from)} to ${storeName(plan.to.store)}`, 2),
    ...diffs(prepared),
    ...[...plan.notes, ...(isOfSwarm(plan.to) ? [`${NO_COMPOSE}.`] : [])].map((note) => onStdout(`  - ${note}`, 4)),
  ]
}
