// A history line as people may see it: as its Dockerfile had it, without what stands under a secret-like name. That holds whatever
// rules are in use; values that were found are masked besides (scan-config.ts).
import { isSecretName } from '../compose/secret-names.js'
import { instructionOf, parseBuildArgs } from '../image/history.js'
import { MASK } from './redact.js'

const ASSIGNMENT = /(?<![\w.-])([A-Za-z_][\w.-]*)=("[^"]*"|'[^']*'|[^\s"';&|]+)/g

/** The instruction of a history line (plain in, masked by names out). A variable's name ("$TOKEN") is no value. */
export function shownInstruction(createdBy: string): string {
  let line = createdBy
  for (const { name, value, start, end } of [...parseBuildArgs(createdBy).args].reverse()) {
    if (value !== '' && isSecretName(name)) line = `${line.slice(0, start)}${MASK}${line.slice(end)}`
  }
  return instructionOf(line).replace(ASSIGNMENT, (whole, name: string, value: string) =>
    isSecretName(name) && !/^["']?\$/.test(value) ? `${name}=${MASK}` : whole,
  )
}
