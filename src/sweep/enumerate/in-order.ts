// Several at a time, results in order: for streams of names that each cost a request.

/**
 * What `work` makes of each item, in the items' order, with at most `most` under way. Reads no further ahead than that; leaving the loop
 * reads no more. The first failure ends it once what came before has been given.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const under: Promise<R>[] = []
  for await (const item of items) {
    const started = work(item)
    // Awaited in its turn; until then a failure must not count as unhandled.
    started.catch(() => undefined)
    under.push(started)
    if (under.length >= most) yield await (under.shift() as Promise<R>)
  }
  for (const started of under) yield await started
}
