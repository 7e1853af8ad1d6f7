// Asks the detection engine about the values of a project that no name gives away.
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { type RuleSet, ruleSummaries } from '../detect/rule-set.js'
import { scanStrings } from '../scan/scan-strings.js'
import type { WorkerPool } from '../scan/worker-pool.js'
import { detectionOf } from './candidate-base.js'
import type { Detected, Detection } from './candidates.js'

/** Sections whose values are asked about; others hold names of files, ports and the like. */
const ASKED: ReadonlySet<LocatedValue['section']> = new Set([
  'environment',
  'env-file-entry',
  'dotenv',
  'labels',
  'deploy.labels',
  'build.args',
  'build',
  'volumes',
  'annotations',
  'configs',
  'healthcheck',
  'command',
  'entrypoint',
  'x-',
  'logging',
  'other',
])

/** What the rules find in the project's values and `more`, by file and offset. */
export async function detectValues(
  project: ComposeProject,
  more: readonly LocatedValue[],
  ruleSet: RuleSet,
  pool: WorkerPool,
): Promise<Detected> {
  const asked = [...project.values, ...more].filter(({ section, resolved }) => ASKED.has(section) && resolved !== '')
  const pieces = asked.map((value, index) => ({
    place: { kind: 'env' as const, index },
    text: Buffer.from(value.resolved),
    ...(value.key === undefined ? {} : { name: value.key }),
  }))
  const { findings } = await scanStrings(pieces, pool)
  const rules = ruleSummaries(ruleSet)
  const found = new Map<string, Detection>()
  for (const { place, ruleId, secret, related, confidence, allowed } of findings) {
    if (confidence === 'low' || allowed !== undefined) continue
    const detection = detectionOf(ruleId, rules.get(ruleId))
    for (const each of [place, ...related.map((other) => other.place)]) {
      const value = 'index' in each && each.index !== undefined ? asked[each.index] : undefined
      if (value === undefined) continue
      const id = `${value.file}\0${value.start}`
      const part = { ...detection, text: secret.value ?? '', key: ruleId.replaceAll('-', '_') }
      const isPart = part.text !== '' && value.resolved.includes(part.text)
      found.set(id, { ...detection, parts: [...(found.get(id)?.parts ?? []), ...(isPart ? [part] : [])] })
    }
  }
  return (file, start) => found.get(`${file}\0${start}`)
}
