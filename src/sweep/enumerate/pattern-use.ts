// Which names and globs of a list have matched something: one that is mistyped beside others that match is seen by nobody otherwise.

export class PatternUse {
  readonly #left: Map<string, (name: string) => boolean>

  /** `testOf` may give none for a pattern that is of no interest. */
  constructor(patterns: readonly string[], testOf: (pattern: string) => ((name: string) => boolean) | undefined) {
    this.#left = new Map(
      patterns.flatMap((pattern) => {
        const test = testOf(pattern)
        return test === undefined ? [] : [[pattern, test] as const]
      }),
    )
  }

  see(name: string): void {
    for (const [pattern, test] of this.#left) if (test(name)) this.#left.delete(pattern)
  }

  /** Those that have matched nothing, in their order. */
  get unmatched(): readonly string[] {
    return [...this.#left.keys()]
  }
}
