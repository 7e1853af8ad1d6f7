// The published JSON Schema of .secretscan.yaml, generated from the table of settings (docs/schemas/config.schema.json).
import { type SettingDefinition, variableOf } from './setting.js'
import { settingRows } from './settings.js'

type JsonSchema = Readonly<Record<string, unknown>>

function schemaOf(row: SettingDefinition): JsonSchema {
  switch (row.kind) {
    case 'boolean':
      return { type: 'boolean', default: false }
    case 'choice':
      return {
        enum: [...row.choices, ...numbersIn(row.choices)],
        ...(row.default === undefined ? {} : { default: row.default }),
      }
    case 'choices':
      return { type: 'array', items: { enum: row.choices } }
    case 'list':
      return {
        anyOf: [
          { type: 'array', items: { type: 'string', minLength: 1 } },
          { type: 'string', minLength: 1 },
        ],
      }
    case 'text':
      return { type: 'string', minLength: 1, ...(row.default === undefined ? {} : { default: row.default }) }
    case 'count':
      return { type: 'integer', minimum: row.minimum, ...(row.default === undefined ? {} : { default: row.default }) }
    case 'bytes':
      return {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)? *([kKmMgG]([iI]?[bB])?|[bB])?$' },
        ],
        ...(row.default === undefined ? {} : { default: row.default }),
      }
  }
}

/** A choice that looks like a number may be written as one in YAML. */
const numbersIn = (choices: readonly string[]): readonly number[] =>
  choices.filter((choice) => /^\d+$/.test(choice)).map(Number)

/** JSON Schema (draft 2020-12) of a configuration file. */
export function configSchema(): JsonSchema {
  const properties = settingRows.map(([name, row]) => [
    name,
    {
      description: `${row.summary} (--${name}, ${variableOf(name)})${row.trusted ? "; not in a project's own file" : ''}`,
      ...schemaOf(row),
    },
  ])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'secretscan configuration (.secretscan.yaml)',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  }
}
