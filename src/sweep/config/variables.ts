// Texts in sweep.yaml that look as if a variable were put in for them. None is: a store called "${DATABASE_URL}" would be a folder of that name.
import type { Unready } from './readiness.js'

const VARIABLE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}|^\$[A-Z_][A-Z0-9_]*$/

/** Regular expressions and programs have their own use of "$". */
const OWN_USE: ReadonlySet<string | number> = new Set(['include', 'exclude', 'run', 'keyCommand'])

export function unreplacedVariables(value: unknown, path: readonly (string | number)[] = []): Unready[] {
  if (typeof value === 'string') {
    const [variable] = VARIABLE.exec(value) ?? []
    const message = `holds ${variable}, and variables are not put in here: write the value, or name a file that holds it (urlFile, passwordFile, tokenFile)`
    return variable === undefined ? [] : [{ path, message }]
  }
  if (typeof value !== 'object' || value === null) return []
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, inner]) => (OWN_USE.has(key) ? [] : unreplacedVariables(inner, [...path, key])))
}
