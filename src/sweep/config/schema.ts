// The published JSON Schema of sweep.yaml (docs/schemas/sweep.schema.json), generated from its shape.
import { z } from 'zod'
import { sweepShape } from './shape.js'

type JsonSchema = Readonly<Record<string, unknown>>

/** JSON Schema (draft 2020-12) of what a person writes: keys with a default may be left out. */
export function sweepSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(sweepShape, { io: 'input' }) as JsonSchema
  return { $schema, title: 'secretscan sweeps (sweep.yaml)', ...rest }
}

/** The keys that may stand at `path` of the document; none where it is no mapping. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let nodes: JsonSchema[] = [sweepSchema()]
  for (const part of path)
    nodes = nodes.flatMap(branches).flatMap((node) => {
      const next =
        typeof part === 'number' ? node['items'] : (node['properties'] as JsonSchema | undefined)?.[String(part)]
      return next === undefined ? [] : [next as JsonSchema]
    })
  return nodes.flatMap(branches).flatMap((node) => Object.keys((node['properties'] as JsonSchema | undefined) ?? {}))
}

function branches(node: JsonSchema): readonly JsonSchema[] {
  const inner = [node['anyOf'], node['oneOf']].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []))
  return [node, ...inner]
}
