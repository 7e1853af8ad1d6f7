// What detection needs of a rule set beside the rules themselves, worked out once: at build for the built-in rules, else once a run and
// then posted to the workers.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { asset } from '../support/package-root.js'
import { type AnchorUses, anchorUses, type Boundaries, type Follows, neededOf } from './compiled-rules.js'
import { type FollowEntry, followEntry, followFrom } from './pattern/follow.js'
import { buildTables, type KernelTables } from './prefilter/tables.js'
import type { NeededRuns } from './rule-anchors.js'
import type { RuleSet } from './rule-set.js'

/** Plain values and bytes: can be posted. */
export interface PreparedRules {
  readonly tables: KernelTables
  readonly uses: AnchorUses
  readonly boundaries: Boundaries
  readonly follows: Follows
  readonly needed: readonly NeededRuns[]
}

/** The asset's form: of which rules, and their tables in base64. */
interface PreparedAsset {
  readonly digest: string
  readonly uses: AnchorUses
  readonly boundaries: readonly string[]
  readonly follows: readonly FollowEntry[]
  readonly needed: readonly NeededRuns[]
  readonly longestChain: number
  readonly tables: Readonly<Record<Exclude<keyof KernelTables, 'longestChain'>, string>>
}

/** @throws RangeError where there are more anchors than the kernel can number. */
export function prepareRules(ruleSet: RuleSet): PreparedRules {
  return builtIn(ruleSet.digest) ?? computeRules(ruleSet)
}

function computeRules({ rules }: RuleSet): PreparedRules {
  const { anchors, ...known } = anchorUses(rules)
  return { tables: buildTables(anchors, known), ...known, needed: neededOf(rules) }
}

/** The text of the asset that prepareRules() reads for the same rules. */
export function preparedAsset(ruleSet: RuleSet): string {
  const { tables, uses, boundaries, follows, needed } = computeRules(ruleSet)
  const text = (table: Uint8Array | Uint16Array | Uint32Array) =>
    Buffer.from(table.buffer, table.byteOffset, table.byteLength).toString('base64')
  const { longestChain } = tables
  const asText = {
    table: text(tables.table),
    heads: text(tables.heads),
    chains: text(tables.chains),
    entries: text(tables.entries),
    sequences: text(tables.sequences),
    sets: text(tables.sets),
    useStarts: text(tables.useStarts),
    useChecks: text(tables.useChecks),
    automata: text(tables.automata),
    boundarySets: text(tables.boundarySets),
  }
  const prepared: PreparedAsset = {
    digest: ruleSet.digest,
    uses,
    boundaries: boundaries.map(text),
    follows: follows.map(followEntry),
    needed,
    longestChain,
    tables: asText,
  }
  return JSON.stringify(prepared)
}

function beginningOf(path: string, length: number): string {
  const file = openSync(path, 'r')
  const bytes = Buffer.alloc(length)
  try {
    return bytes.toString('latin1', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

function builtIn(digest: string): PreparedRules | undefined {
  const path = asset('prepared.json')
  // The digest comes first: other rule sets pay for no reading.
  const head = `{"digest":"${digest}"`
  // Absent only while the build makes it.
  if (!existsSync(path) || beginningOf(path, head.length) !== head) return undefined
  const { uses, boundaries, follows, needed, longestChain, tables } = JSON.parse(
    readFileSync(path, 'latin1'),
  ) as PreparedAsset
  const bytes = (table: string) => Uint8Array.from(Buffer.from(table, 'base64'))
  const shorts = (table: string) => new Uint16Array(bytes(table).buffer)
  return {
    uses,
    boundaries: boundaries.map(bytes),
    follows: follows.map(followFrom),
    needed,
    tables: {
      table: bytes(tables.table),
      heads: shorts(tables.heads),
      chains: bytes(tables.chains),
      entries: bytes(tables.entries),
      sequences: shorts(tables.sequences),
      sets: bytes(tables.sets),
      useStarts: new Uint32Array(bytes(tables.useStarts).buffer),
      useChecks: bytes(tables.useChecks),
      automata: bytes(tables.automata),
      boundarySets: bytes(tables.boundarySets),
      longestChain,
    },
  }
}
