// What a row of the table of settings is: where it counts, what may stand in it, which variables set it.

/** Which commands know a setting; `every` and `scan` stand for groups of commands, `findings` for those that report without scanning. */
export type Scope =
  | 'every'
  | 'scan'
  | 'findings'
  | 'rules'
  | 'image'
  | 'container'
  | 'dir'
  | 'compose'
  | 'engine'
  | 'registry'
  | 'vault'
  | 'vault-place'

interface Row {
  readonly scopes: readonly Scope[]
  /** One line for --help and for editors. */
  readonly summary: string
  /** Vault's own name of it: read from BAO_X (where that is set, even to nothing), else VAULT_X, after SECRETSCAN_*. */
  readonly vault?: string
  /** Decides where credentials go: a project's own file, which comes with a checkout, may not set it. */
  readonly trusted?: true
}

export type SettingDefinition =
  | (Row & { readonly kind: 'boolean' })
  | (Row & { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default?: string })
  | (Row & { readonly kind: 'choices'; readonly choices: readonly string[] })
  | (Row & {
      readonly kind: 'text'
      readonly placeholder: string
      readonly default?: string /** Relative to the file that sets it. */
      readonly path?: true
    })
  | (Row & {
      readonly kind: 'list'
      readonly placeholder: string
      readonly path?: true
      /** Short flag. */
      readonly char?: 'f'
    })
  | (Row & { readonly kind: 'count'; readonly minimum: number; readonly default?: number })
  | (Row & { readonly kind: 'bytes'; readonly default?: number })

/** The type of a row's value. */
export type ValueOf<D> = D extends { kind: 'boolean' }
  ? boolean
  : D extends { kind: 'choice'; choices: infer C extends readonly string[]; default: string }
    ? C[number]
    : D extends { kind: 'choice'; choices: infer C extends readonly string[] }
      ? C[number] | undefined
      : D extends { kind: 'choices'; choices: infer C extends readonly string[] }
        ? readonly C[number][]
        : D extends { kind: 'list' }
          ? readonly string[]
          : D extends { kind: 'text'; default: string }
            ? string
            : D extends { kind: 'text' }
              ? string | undefined
              : D extends { default: number }
                ? number
                : number | undefined

/** SECRETSCAN_MIN_SEVERITY for min-severity. */
export function variableOf(name: string): string {
  return `SECRETSCAN_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The variables that set a row, the first that is set counts: SECRETSCAN_VAULT_ADDR, BAO_ADDR, VAULT_ADDR. */
export function variablesOf(name: string, { vault }: { readonly vault?: string }): readonly string[] {
  return [variableOf(name), ...(vault === undefined ? [] : [`BAO_${vault}`, `VAULT_${vault}`])]
}
