// Reads sweep.yaml and looks at whether this machine has what it names: for `sweep validate`. Other commands meet what is missing when they
// need it.
import { resolve } from 'node:path'
import type { z } from 'zod'
import type { SweepConfig } from '../types.js'
import { checkSweepText, configOf, parseSweepText, sweepText } from './load.js'
import { configError } from './problems.js'
import { type Unready, unready } from './readiness.js'
import { keysAt } from './schema.js'
import { unreplacedVariables } from './variables.js'

/**
 * The configuration in `file`.
 * @throws UsageError that tells all that is wrong or missing, with file and line
 */
export async function loadReadyConfig(file: string): Promise<SweepConfig> {
  const text = sweepText(file)
  const { place, value } = parseSweepText(file, text)
  const tell = (problems: readonly Unready[]): void => {
    if (problems.length > 0) throw configError(place, problems.map(issueOf), keysAt)
  }
  tell(unreplacedVariables(value))
  const config = configOf(resolve(file), checkSweepText(file, text))
  tell(unready(config, process.env))
  return config
}

function issueOf({ path, message }: Unready): z.core.$ZodIssueCustom {
  return { code: 'custom', path: [...path], message, input: undefined }
}
