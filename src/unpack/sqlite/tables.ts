// An SQLite database as one text a table: name and value of each cell that is text, row by row. Blobs that are no text stay what they are:
// bytes that are scanned as they lie, like deleted rows.

import { beginsAs } from '../cell-names.js'
import { type Cell, CellText, isText, LEAST_VALUE } from '../cell-text.js'
import { tableColumns } from './columns.js'
import type { SqlitePages } from './pages.js'
import { integerAt, type RecordValue, recordValues, toUtf8 } from './record.js'
import { type ColumnNames, columnNames } from './row-names.js'
import { treeRecords } from './tree.js'

export interface TableText {
  readonly name: string
  /** The text in pieces; can be read once. */
  readonly lines: Iterable<Buffer>
  readonly at: CellText['at']
}

interface Table {
  readonly name: string
  readonly root: number
  /** The statement that made it: read when the table is, since a hostile schema has many long ones. */
  readonly sql: Buffer
}

/** Places in sqlite_schema: type, name, tbl_name, rootpage, sql. */
const [TYPE, NAME, ROOT, SQL] = [0, 1, 3, 4]
/** Tables that are read: more than any program has. */
const MOST_TABLES = 10_000
/** Bytes of the name of a table or a setting. */
const LONGEST_NAME = 200
/** Cells of a column that stand with its name, and settings: more are none that somebody made. */
const [MOST_NAMED, MOST_SETTINGS] = [1000, 10_000]
const HEX = /^(?:[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i
/** Larger rowids are no number of a line. */
const MOST_ROWID = 2 ** 31

/** The tables in the order of the schema. Each has to be read before the next. */
export function* tableTexts(pages: SqlitePages): Generator<TableText> {
  for (const table of tablesOf(pages)) {
    const text = new CellText()
    yield { name: table.name, lines: linesOf(pages, table, text), at: (offset) => text.at(offset) }
  }
}

/** The program's own tables hold no rows of anybody's. */
function tablesOf(pages: SqlitePages): Table[] {
  const tables: Table[] = []
  for (const { payload } of treeRecords(pages, 1)) {
    const texts = textsOf(payload, pages)
    const root = integerAt(payload, ROOT)
    const [type, name] = [TYPE, NAME].map((place) => texts.get(place)?.toString('utf8', 0, LONGEST_NAME))
    if (type !== 'table' || !name || name.startsWith('sqlite_') || root === undefined || root < 2) continue
    tables.push({ name, root, sql: texts.get(SQL) ?? Buffer.alloc(0) })
    if (tables.length >= MOST_TABLES) break
  }
  return tables
}

/** The record's texts as UTF-8, by the places of their columns. */
function textsOf(payload: Buffer, pages: SqlitePages): Map<number, Buffer> {
  return new Map(
    valuesOf(payload, pages).flatMap(({ column, kind, bytes }) => (kind === 'text' ? [[column, bytes]] : [])),
  )
}

function valuesOf(payload: Buffer, { encoding }: SqlitePages): RecordValue[] {
  const values = recordValues(payload)
  if (encoding === 'utf8') return values
  return values.map((value) => (value.kind === 'text' ? { ...value, bytes: toUtf8(value.bytes, encoding) } : value))
}

function* linesOf(pages: SqlitePages, table: Table, text: CellText): Generator<Buffer> {
  const columns = columnNames(table.name, tableColumns(table.sql.toString('utf8')))
  const named: number[] = []
  let count = 0
  for (const { rowid, payload } of treeRecords(pages, table.root)) {
    const row = rowid ?? ++count
    const cells = cellsOf(valuesOf(payload, pages), row, columns, named)
    for (const cell of cells) yield text.add(cell)
    if (cells.length > 0) yield text.gap()
  }
}

/**
 * The cells that are text, in blobs too: programs in some languages keep texts so. `named`: how many cells of each column stand with their
 * name by now. A column of secrets must not take for ever.
 */
function cellsOf(
  values: readonly RecordValue[],
  row: number,
  columns: readonly ColumnNames[],
  named: number[],
): Cell[] {
  const texts = values.filter(({ kind, bytes }) => kind === 'text' || isText(bytes))
  let byColumn: ReadonlyMap<number, Buffer> | undefined
  const place = row >= 1 && row < MOST_ROWID ? { row } : {}
  return texts.flatMap(({ column, bytes }) => {
    const { name, key, isLabel, isIdentifier, bare } = columns[column] ?? { name: `column ${column + 1}` }
    if (isLabel || bytes.length < LEAST_VALUE || (isIdentifier && beginsAs(HEX, bytes))) return []
    if (key !== undefined) byColumn ??= new Map(texts.map((text) => [text.column, text.bytes]))
    const beside = key === undefined ? undefined : byColumn?.get(key)?.toString('utf8', 0, LONGEST_NAME)
    const isBare =
      (named[column] ?? 0) >= (key === undefined ? MOST_NAMED : MOST_SETTINGS) ||
      (bare !== undefined && beginsAs(bare, bytes))
    if (!isBare) named[column] = (named[column] ?? 0) + 1
    return [{ name: beside ?? name, value: bytes, bare: isBare, ...place }]
  })
}
