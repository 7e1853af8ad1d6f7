// A time as people read it, to the minute.

/** "2026-11-29 12:05 UTC" */
export const utcText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
