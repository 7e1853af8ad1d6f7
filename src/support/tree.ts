// Parsed YAML and JSON whose shape nobody has checked, read without surprises: what is none of the kind is empty.

export type Tree = Readonly<Record<string, unknown>>

export const asTree = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {})
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const isMap = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
