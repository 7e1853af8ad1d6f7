// The list of file detectors. To add one: write NAME.ts beside this file, name it here, and give it rules in patterns/files.yaml.
import type { RuleSet } from '../rule-set.js'
import type { FileDetector } from '../types.js'
import { binaryKeys } from './binary-keys.js'
import { dockerConfig } from './docker-config.js'
import { gitCredentials } from './git-credentials.js'
import { iniFiles } from './ini-files.js'
import { jsonFiles } from './json-files.js'
import { keystores } from './keystores.js'
import { kubeconfig } from './kubeconfig.js'
import { lineFiles } from './line-files.js'
import { netrc } from './netrc.js'
import { npmrc } from './npmrc.js'
import { htpasswd, shadow } from './password-hashes.js'
import { pgpass } from './pgpass.js'
import { phpConfig } from './php-config.js'
import { revealed } from './revealed.js'
import { singleValues } from './single-value.js'
import { xmlFiles } from './xml-files.js'

export const FILE_DETECTORS: readonly FileDetector[] = [
  dockerConfig,
  kubeconfig,
  npmrc,
  netrc,
  pgpass,
  gitCredentials,
  shadow,
  htpasswd,
  phpConfig,
  iniFiles,
  jsonFiles,
  lineFiles,
  xmlFiles,
  singleValues,
  keystores,
  binaryKeys,
  revealed,
]

/** The detectors of which at least one rule is in the set; each gives only matches of rules that are. */
export function fileDetectors(ruleSet: Pick<RuleSet, 'rules'>): readonly FileDetector[] {
  const ids = new Set(ruleSet.rules.map((rule) => rule.id))
  return FILE_DETECTORS.map((detector) => limitedTo(detector, ids)).filter((detector) => detector.ruleIds.length > 0)
}

function limitedTo(detector: FileDetector, ids: ReadonlySet<string>): FileDetector {
  const ruleIds = detector.ruleIds.filter((id) => ids.has(id))
  if (ruleIds.length === detector.ruleIds.length) return detector
  return {
    ...detector,
    ruleIds,
    scan: (file, path) => detector.scan(file, path).filter((match) => ids.has(match.ruleId)),
  }
}
