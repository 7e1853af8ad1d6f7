// Which of many texts stand in another one, in a time that does not grow with their number as long as their beginnings differ.

/** Of the texts that are looked for this much must be there to tell them by. */
const BEGIN = 6

/** UTF-16 units; shorter texts are not found. */
export const SHORTEST_INDEXED = BEGIN

export class TextIndex<Item> {
  readonly #byBegin = new Map<string, { readonly text: string; readonly item: Item; readonly place: number }[]>()

  /** Texts that are shorter than SHORTEST_INDEXED are left out. */
  constructor(entries: Iterable<readonly [string, Item]>) {
    let place = 0
    for (const [text, item] of entries) {
      if (text.length < BEGIN) continue
      const begin = text.slice(0, BEGIN)
      const entry = { text, item, place: place++ }
      const list = this.#byBegin.get(begin)
      if (list === undefined) this.#byBegin.set(begin, [entry])
      else list.push(entry)
    }
  }

  /** Items whose text stands somewhere in `whole`, each once, in the order in which they were given. */
  within(whole: string): readonly Item[] {
    const found = new Map<number, Item>()
    for (let at = 0; at + BEGIN <= whole.length && this.#byBegin.size > 0; at++) {
      for (const { text, item, place } of this.#byBegin.get(whole.slice(at, at + BEGIN)) ?? [])
        if (!found.has(place) && whole.startsWith(text, at)) found.set(place, item)
    }
    return [...found].sort(([a], [b]) => a - b).map(([, item]) => item)
  }
}
