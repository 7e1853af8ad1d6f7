// What to do about a secret in a Dockerfile's LABEL: everyone who may pull the image reads it, and nothing gives a label its value later.
import { isSecretName } from '../compose/secret-names.js'
import type { Dockerfile, Instruction } from '../dockerfile/types.js'
import { printable } from '../support/printable.js'
import type { Blocked } from './build-use.js'
import { type Builds, buildersOf } from './builds.js'
import type { Candidate } from './candidates.js'

/** How the line reads without the label `key`; undefined for other instructions. Values of other labels that may be secret are left out. */
export function withoutLabel({ bytes }: Dockerfile, instruction: Instruction, key: string): string | undefined {
  if (instruction.keyword !== 'LABEL') return undefined
  const others = instruction.pairs.filter((pair) => pair.key !== key)
  const written = others.map((pair) =>
    isSecretName(pair.key) ? `${pair.key}=…` : Buffer.from(bytes.subarray(pair.start, pair.end)).toString('utf8'),
  )
  const edit = others.length === 0 ? 'delete that line' : `write LABEL ${printable(written.join(' '))}`
  return `${edit}; what needs the value gets it as a secret of its service`
}

/** For a label of a Dockerfile. */
export function labelObstacle({ value, because }: Candidate, builds: Builds): Blocked {
  const dockerfile = buildersOf(builds, value.file)[0]?.dockerfile
  const instruction = dockerfile?.instructions.find(({ start, end }) => start <= value.start && value.start < end)
  const todo =
    dockerfile === undefined || instruction === undefined
      ? undefined
      : withoutLabel(dockerfile, instruction, value.key ?? '')
  return {
    reason: `${because}: LABEL in line ${value.line} holds it, and everyone who may pull the image reads its labels.`,
    todo: todo === undefined ? 'Take the label out.' : `${todo[0]?.toUpperCase()}${todo.slice(1)}.`,
  }
}
