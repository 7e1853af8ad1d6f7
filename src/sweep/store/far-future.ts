// Times that something waits for, when a clock was wrong for a while: what was put off by a clock of next year must not wait for it.

/** SQL: longer than any wait that is meant, even one that a registry asks for. */
export const LONGEST_WAIT = `interval '2 days'`

/** SQL: the time in `column` has come, or is so far off that the clock was set back since it was written. */
export const isOver = (column: string): string => `${column} NOT BETWEEN now() AND now() + ${LONGEST_WAIT}`
