// One way to speak SQL to the store, whichever it is: a pool of PostgreSQL connections or PGlite in a folder. Knows no tables.

/**
 * A value as drivers take it: JSON goes in as text (JSON.stringify), times as ISO text, bytes as Uint8Array, lists as arrays. What PostgreSQL
 * cannot hold in texts and JSON becomes U+FFFD (storable.ts).
 */
export type Parameter = string | number | boolean | null | Uint8Array | readonly (string | number)[]

export interface Queries {
  /**
   * The rows of one statement. In rows bigint is a number, timestamptz a Date, jsonb what it stands for, bytea a Uint8Array; the same from
   * both drivers.
   */
  query<Row>(sql: string, parameters?: readonly Parameter[]): Promise<Row[]>
  /** Several statements, without parameters. */
  script(sql: string): Promise<void>
}

export interface Database extends Queries {
  readonly kind: 'postgres' | 'embedded'
  /** All or nothing; an error of `work` rolls back and is thrown on. Never nest them: the embedded store has one connection. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** The schema in which the tables are. */
export const SCHEMA = 'secretscan'
