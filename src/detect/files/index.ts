// The list of file detectors. To add one: write NAME.ts beside this file, name it here, and give it rules in patterns/files.yaml.
import { isSelfMade, surenessAt } from '../foreign-code.js'
import type { Rule } from '../rule.js'
import type { RuleSet } from '../rule-set.js'
import type { FileDetector } from '../types.js'
import { binaryKeys } from './binary-keys.js'
import { csvFiles } from './csv-files.js'
import { desktopPasswords } from './desktop-passwords.js'
import { dockerConfig } from './docker-config.js'
import { gitCredentials } from './git-credentials.js'
import { iniFiles } from './ini-files.js'
import { jsonFiles } from './json-files.js'
import { keystores } from './keystores.js'
import { kubeconfig } from './kubeconfig.js'
import { kubernetesSecret } from './kubernetes-secret.js'
import { lineFiles } from './line-files.js'
import { markdownTables } from './markdown-tables.js'
import { namedFileDetector } from './named-files.js'
import { netrc } from './netrc.js'
import { npmrc } from './npmrc.js'
import { htpasswd, shadow } from './password-hashes.js'
import { pgpass } from './pgpass.js'
import { phpConfig } from './php-config.js'
import { revealed } from './revealed.js'
import { singleValues } from './single-value.js'
import { sqlRows } from './sql-rows.js'
import { xmlFiles } from './xml-files.js'

export const FILE_DETECTORS: readonly FileDetector[] = [
  dockerConfig,
  kubeconfig,
  kubernetesSecret,
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
  sqlRows,
  csvFiles,
  markdownTables,
  keystores,
  binaryKeys,
  desktopPasswords,
  revealed,
]

/** Programs' own code, media and fonts: most files of an image, and no detector's. Asking all detectors costs twenty times as much. */
const NEVER = new Set(
  'js mjs cjs jsx ts mts cts tsx map css scss less vue py pyc pyi pyx so a o ko h hh hpp c cc cpp go rs java class jar war pl pm lua el elc tcl png gif jpg jpeg svg webp ico bmp tif woff woff2 ttf otf eot pdf rst adoc html htm mo po pot gz xz bz2 zst zip whl egg deb rpm mp3 mp4 wav ogg avi mov wasm node dll exe'.split(
    ' ',
  ),
)

/** Configurations that are written in a programming language: of Prosody, dnsdist and BackupPC. */
const CONFIGURATION = /(?:\.cfg\.lua|(?:^|\/)dnsdist[^/]*\.lua|(?:^|\/)backuppc\/[^/]+\.pl)$/i

function isNever(path: string): boolean {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') && NEVER.has(path.slice(dot + 1).toLowerCase()) && !CONFIGURATION.test(path)
}

/** The detectors of which at least one rule is in the set; each gives only matches of rules that are. */
export function fileDetectors(ruleSet: Pick<RuleSet, 'rules'>): readonly FileDetector[] {
  const rules = new Map(ruleSet.rules.map((rule) => [rule.id, rule]))
  const isLeftOut = rememberingLast(isNever)
  const detectors = FILE_DETECTORS.map((detector) => limitedTo(detector, rules, isLeftOut))
  return [...detectors.filter(({ ruleIds }) => ruleIds.length > 0), ...namedFiles(ruleSet.rules)]
}

/** Rules of packs that name files and nothing in them. */
function namedFiles(rules: readonly Rule[]): readonly FileDetector[] {
  const known = new Set(FILE_DETECTORS.flatMap(({ ruleIds }) => ruleIds))
  return rules
    .filter(({ kind, id, paths }) => kind === 'file' && paths !== undefined && !known.has(id))
    .map(namedFileDetector)
}

/** All detectors are asked about one path after the other: the answer is worked out once. */
function rememberingLast(test: (path: string) => boolean): (path: string) => boolean {
  let last: string | undefined
  let answer = false
  return (path) => {
    if (path !== last) {
      last = path
      answer = test(path)
    }
    return answer
  }
}

function limitedTo(
  detector: FileDetector,
  rules: ReadonlyMap<string, Rule>,
  isLeftOut: (path: string) => boolean,
): FileDetector {
  const ruleIds = detector.ruleIds.filter((id) => rules.has(id))
  return {
    ...detector,
    ruleIds,
    accepts: (path, head) => !isLeftOut(path) && detector.accepts(path, head),
    scan: (file, path) =>
      detector.scan(file, path).flatMap((match) => {
        const rule = rules.get(match.ruleId)
        if (rule === undefined) return []
        return [{ ...match, confidence: surenessAt(path, match.confidence, { selfMade: isSelfMade(rule) }) }]
      }),
  }
}
