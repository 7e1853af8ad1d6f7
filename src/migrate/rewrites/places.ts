// Moves values out of labels and configs: the label names a file, the config becomes a secret at the same path.
import { isMap, isScalar, isSeq } from 'yaml'
import { replaceEntry } from '../../compose/edit-entries.js'
import { type EditableFile, nodeAt } from '../../compose/edit-file.js'
import { grantSecret } from '../../compose/edit-grants.js'
import { removeEntry, removeItem } from '../../compose/edit-remove.js'
import type { YamlPath } from '../../compose/tree.js'
import type { Move } from '../plan-moves.js'
import { RefusedError, type Workbook } from '../workbook.js'

const DEFAULT_MODE = 0o444

/** For moves by `label` and `config`. */
export function rewritePlace(book: Workbook, move: Move): void {
  if (move.strategy.by === 'label') rewriteLabel(book, move)
  else rewriteConfig(book, move)
}

/** The label's key and value, where it stands. */
function rewriteLabel(book: Workbook, { candidate, strategy, name }: Move): void {
  if (strategy.by !== 'label') return
  const { value } = candidate
  const section = value.path.slice(0, -1)
  const entry = { key: strategy.key, value: `/run/secrets/${name}` }
  book.compose(value.file, (file) => replaceEntry(file, { section, key: candidate.variable }, entry))
}

/** The declaration goes, and each service's grant becomes one of the secret. */
function rewriteConfig(book: Workbook, { candidate, strategy, name }: Move): void {
  if (strategy.by !== 'config') return
  for (const { service, target, mode } of strategy.grants) {
    const section: YamlPath = ['services', service, 'configs']
    const indexIn = (open: EditableFile) => grantIndex(nodeAt(open, section), strategy.config)
    const files = book.homesOf(service, 'configs').filter((file) => indexIn(book.open(file)) !== -1)
    if (files.length === 0)
      throw new RefusedError([candidate.id], `${service} has no list of configs of its own to take it from`)
    for (const file of files) book.compose(file, (open) => removeItem(open, section, indexIn(open)))
    const grant = {
      source: name,
      target,
      ...(mode === DEFAULT_MODE || !strategy.saysMode ? {} : { mode: `0o${mode.toString(8)}` }),
    }
    const home = book.homeBeside(
      service,
      files.map((file) => ({ ...candidate.value, file, via: [] })),
      'secrets',
    )
    book.compose(home ?? book.mainFile, (open) => grantSecret(open, ['services', service], grant))
  }
  book.compose(candidate.value.file, (open) => removeEntry(open, { section: ['configs'], key: strategy.config }))
}

function grantIndex(list: unknown, name: string): number {
  if (!isSeq(list)) return -1
  return list.items.findIndex((item) =>
    isScalar(item) ? item.source === name : isMap(item) && item.get('source') === name,
  )
}
