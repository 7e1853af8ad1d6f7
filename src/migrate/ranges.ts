// Stretches of a file, asked many times whether they meet another one.

/** Byte offsets, `end` exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** In order, none overlapping another. */
export function merged(ranges: readonly Range[]): readonly Range[] {
  const all: { start: number; end: number }[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1)
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end)
    else all.push({ start, end })
  }
  return all
}

/** true where one of `ranges`, as merged() gives them, overlaps [start, end). */
export function meets(ranges: readonly Range[], start: number, end: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.end ?? 0) > start) high = middle
    else low = middle + 1
  }
  const range = ranges[low]
  return range !== undefined && range.start < end
}
