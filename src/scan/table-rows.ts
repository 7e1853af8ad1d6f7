// What is found in the text of a table: where it stands, and how much of it is listed. A column of tokens is one leak to deal with, whatever
// the number of rows.
import type { Match } from '../detect/types.js'
import { looksRandom } from '../detect/value-shape.js'
import { alike } from '../unpack/cell-names.js'
import type { CellPlace } from '../unpack/cell-text.js'
import type { RuleLookup } from './overlaps.js'
import type { Coverage, FilePlace } from './types.js'

/** Of what only a name tells, and of hashes, this much is listed under one name, whatever numbers the name has in it. */
const MOST_ALIKE = 10
/** Rules of password hashes: each account has one. */
const HASH = /-hash$/

/** One for each table. */
export class TableRows {
  readonly #at: (offset: number) => CellPlace | undefined
  readonly #counts = new Map<string, number>()
  #unlisted = 0

  constructor(at: (offset: number) => CellPlace | undefined) {
    this.#at = at
  }

  /** The key of a match, and its row in place of a line. */
  placeOf({ start, key }: Pick<Match, 'start' | 'key'>): CellPlace | undefined {
    const cell = this.#at(start)
    return cell === undefined ? undefined : { ...cell, name: keyOf(cell.name, key) }
  }

  /** The matches that are listed, in order: each call goes on where the last one ended. */
  take(matches: readonly Match[], rules: RuleLookup): readonly Match[] {
    return matches.filter((match) => {
      if (rules.get(match.ruleId)?.kind !== 'generic' && !HASH.test(match.ruleId)) return true
      // What reports leave out takes no place, and is not worth a note.
      const isSure = match.confidence !== 'low'
      const name = `${isSure} ${alike(this.placeOf(match)?.name ?? '')}`
      const count = (this.#counts.get(name) ?? 0) + 1
      this.#counts.set(name, count)
      if (count > MOST_ALIKE && isSure) this.#unlisted++
      return count <= MOST_ALIKE
    })
  }

  /** What the report says of the others. */
  coverage(place: FilePlace): readonly Coverage[] {
    if (this.#unlisted === 0) return []
    const detail = `The table holds at least ${this.#unlisted} more values under names of which ${MOST_ALIKE} are listed.`
    return [{ code: 'LIMIT_TABLE_ROWS', effect: 'note', place, detail }]
  }
}

/** `data.smtp_password`: the cell, and what is named in it. What a cell is named after may be a secret itself: a session, a key. */
function keyOf(cell: string, key: string | undefined): string {
  const name = key === undefined || cell.toLowerCase().endsWith(key.toLowerCase()) ? cell : `${cell}.${key}`
  return name.replace(/[\w+/=-]{16,}/g, (run) => (looksRandom(run) || isDrawn(run) ? '…' : run))
}

/** Whether letters follow on digits as often as in what is drawn by chance: in a name a number ends its word. */
function isDrawn(run: string): boolean {
  const turns = run.match(/\d[A-Za-z]/g)?.length ?? 0
  return turns >= (/[a-z]/.test(run) && /[A-Z]/.test(run) ? 2 : 3)
}
