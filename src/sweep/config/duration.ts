// Lengths of time as sweep.yaml writes them: "400d", "52w", "2y".

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 }

/** Most days that a date reaches back from now without leaving what dates can hold. */
const MOST_DAYS = 36_500

/** Whole days of "400d", "52w" or "2y" (365 days a year); undefined for anything else, and for none or more than a hundred years. */
export function parseDays(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,6})\s*([dwy])$/i.exec(text.trim()) ?? []
  const days = Number(amount) * (DAYS[unit.toLowerCase()] ?? 0)
  return days >= 1 && days <= MOST_DAYS ? days : undefined
}
