// Which group of a pattern holds the value: "secret", or where a pattern names several ("secret2", "secret3" …) the first that took part.

type Spans = Readonly<Record<string, readonly [number, number] | undefined>>

/** The name of the nth group, from 1. */
export const secretGroupName = (number: number): string => (number === 1 ? 'secret' : `secret${number}`)

/** Where the value stands, or undefined where no such group took part or holds anything. */
export function secretSpan(groups: Spans | undefined): readonly [number, number] | undefined {
  if (groups === undefined) return undefined
  for (let number = 1; ; number++) {
    const name = secretGroupName(number)
    if (!(name in groups)) return undefined
    const span = groups[name]
    if (span !== undefined && span[1] > span[0]) return span
  }
}
