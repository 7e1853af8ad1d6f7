// What Vault's requests and answers are made of.

export type VaultBody = Readonly<Record<string, unknown>>

/** A JSON object, or an empty one in place of anything else. */
export const asMap = (value: unknown): VaultBody =>
  typeof value === 'object' && value !== null ? (value as VaultBody) : {}
