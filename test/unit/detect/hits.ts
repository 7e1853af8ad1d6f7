// What the prefilter hands out, hit by hit.

/** For Prefilter.find(). */
export const eachHit =
  (hit: (anchor: number, start: number) => void) =>
  (hits: Uint32Array): void => {
    for (let index = 0; index < hits.length; index += 2) hit(hits[index + 1] ?? 0, hits[index] ?? 0)
  }
