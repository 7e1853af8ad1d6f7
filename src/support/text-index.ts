// Which of many texts stand in another one, in a time that does not grow with their number as long as their beginnings differ.

/** Of the texts that are looked for this much must be there to tell them by. */
const BEGIN = 4

interface Entry<Item> {
  readonly text: string
  readonly item: Item
  readonly place: number
}

export class TextIndex<Item> {
  readonly #byBegin = new Map<string, Entry<Item>[]>()

  /** Texts of fewer than four UTF-16 units are left out. */
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
    for (const { item, place } of this.#occurrences(whole)) found.set(place, item)
    return [...found].sort(([a], [b]) => a - b).map(([, item]) => item)
  }

  /** Where the texts stand in `whole`, in the order of their beginnings; texts overlap each other, none itself. */
  *places(whole: string): Generator<{ readonly start: number; readonly end: number }> {
    const ends = new Map<number, number>()
    for (const { text, place, start } of this.#occurrences(whole)) {
      if (start < (ends.get(place) ?? 0)) continue
      const end = start + text.length
      ends.set(place, end)
      yield { start, end }
    }
  }

  *#occurrences(whole: string): Generator<Entry<Item> & { readonly start: number }> {
    if (this.#byBegin.size === 0) return
    for (let start = 0; start + BEGIN <= whole.length; start++)
      for (const entry of this.#byBegin.get(whole.slice(start, start + BEGIN)) ?? [])
        if (whole.startsWith(entry.text, start)) yield { ...entry, start }
  }
}
